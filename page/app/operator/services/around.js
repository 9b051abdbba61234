// The sockets clients connect to, the calls that run now, and the servers above and below.
import { html } from "../../view.js";
import { Card, Answered } from "../../parts/surface.js";
import { Table } from "../../parts/show.js";
import { Act, Chip, FormButton } from "../../parts/operate.js";
import { Check, Field, Select } from "../../parts/controls.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { t, tn, number } from "../../texts/index.js";
import { span } from "../services.js";

const LOOK_MS = 5_000;

export function Jobs() {
  const asked = useAsk("s.jobs", {}, { everyMs: LOOK_MS });
  return html`<${Card} title=${t("op.jobs.title")}>
    <${Answered} asked=${asked} bones=${1}>${(list) => (list.length === 0
      ? html`<p class="soft">${t("op.jobs.none")}</p>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.jobs.title") })} rows=${list} id=${(one) => one.job} columns=${[
          [t("op.jobs.command"), (one) => html`<span class="mono">${one.command}</span>`],
          [t("op.jobs.client"), (one) => one.client],
          [t("op.jobs.running"), (one) => span(one.running_ms), "end number"],
          [t("op.jobs.limit"), (one) => span(one.limit_ms), "end number"],
          ["", (one) => one.cancellable && html`<${Act} run=${() => call("s.canceljob", { job: [one.job] })} said=${t("op.jobs.cancelled")} onDone=${asked.again}>${t("op.jobs.cancel")}<//>`],
        ]} />`)}<//>
  <//>`;
}

function NewDatasock({ onDone }) {
  return html`<${FormButton} label=${t("op.socks.new")} first=${{ name: "", receiver: "default", port: "", auto_connect: false }} send=${t("op.socks.new")} said=${t("op.socks.opened")} onDone=${onDone}
    onSend=${(values) => call("s.newdatasock", { ...values, name: values.name.trim(), port: values.port.trim(), auto_connect: values.auto_connect || undefined })}
    fields=${(values, put) => html`
      <${Field} label=${t("op.socks.name")} value=${values.name} onInput=${put("name")} minlength="3" maxlength="16" spellcheck=${false} required autofocus />
      <${Select} label=${t("op.socks.receiver")} value=${values.receiver} onInput=${put("receiver")} options=${["default", "bytes", "lines", "telemetry"].map((one) => [one, one])} />
      <${Field} label=${t("op.socks.port")} hint=${t("op.socks.port.hint")} value=${values.port} onInput=${put("port")} />
      <${Check} label=${t("op.socks.auto")} value=${values.auto_connect} onInput=${put("auto_connect")} />
    `} />`;
}

export function Sockets({ isAdmin }) {
  const asked = useAsk("s.listsocks", {}, { everyMs: LOOK_MS });
  return html`<${Card} title=${t("op.socks.title")} acts=${isAdmin && html`<${NewDatasock} onDone=${asked.again} />`}>
    <${Answered} asked=${asked} bones=${1}>${(list) => html`<${Table} label=${t("op.list_of", { name: t("op.socks.title") })} rows=${list} id=${(one) => one.name} columns=${[
      [t("op.socks.name"), (one) => html`<span class="strong">${one.name}</span>`],
      [t("op.sessions.address"), (one) => one.address ?? html`<${Chip} kind="bad">${t("op.socks.down")}<//>`],
      [t("op.socks.receiver"), (one) => one.receiver],
      [t("op.socks.sessions"), (one) => number(one.sessions), "end number"],
      [t("op.socks.rate"), (one) => (one.datasock ? t("op.socks.rates", { frames: number(one.datasock.frames_per_s), bytes: number(one.datasock.bytes_per_s) }) : "–"), "end number"],
      isAdmin && ["", (one) => one.datasock && html`<${Act} sure=${t("op.socks.close.sure")} run=${() => call("s.closedatasock", { names: [one.name] })} said=${t("op.socks.closed")} onDone=${asked.again}>${t("op.socks.close")}<//>`],
    ].filter(Boolean)} />`}<//>
  <//>`;
}

function Branch({ of }) {
  return html`<li>
    <span class="strong">${of.name}</span> <${Chip} kind=${of.state === "up" ? "good" : "warn"}>${of.state}<//> <span class="soft small">${tn("op.clients.count", of.clients.length)}</span>
    ${of.servers.length > 0 && html`<ul class="op-tree">${of.servers.map((one) => html`<${Branch} key=${one.name} of=${one} />`)}</ul>`}
  </li>`;
}

export function Network() {
  const asked = useAsk("s.listnetwork", {}, { everyMs: LOOK_MS * 4 });
  return html`<${Card} title=${t("op.network.title")}>
    <${Answered} asked=${asked} bones=${1}>${(top) => html`<ul class="op-tree"><${Branch} of=${top} /></ul>
      ${top.servers.length === 0 && html`<p class="soft small">${t("op.network.alone")}</p>`}`}<//>
  <//>`;
}
