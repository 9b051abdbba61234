// One connected client.
import { html } from "../../view.js";
import { Head, Card, Answered, Empty } from "../../parts/surface.js";
import { Area, Field, Select } from "../../parts/controls.js";
import { Act, Chip, FormButton, When } from "../../parts/operate.js";
import { useNames } from "../../parts/who.js";
import { useAsk } from "../../state/ask.js";
import { may } from "../../state/session.js";
import { call } from "../../server/http.js";
import { href } from "../../route.js";
import { t, when } from "../../texts/index.js";
import { ownerOf } from "../clients.js";
import { BanForm, spanOptions } from "./bans.js";
import { AskClient } from "./ask.js";
import { Rights } from "./rights.js";

const MUTE_MOST = 43_200;

function withReason({ label, title, command, args, said, onDone, minutes }) {
  return html`<${FormButton} label=${label} title=${title} kind="small danger" first=${{ reason: "", minutes: "60" }} send=${label} said=${said} onDone=${onDone}
    onSend=${(values) => call(command, { ...args, reason: values.reason.trim(), minutes: minutes ? Number(values.minutes) : undefined })}
    fields=${(values, put) => html`
      <${Field} label=${t("op.reason")} hint=${t("op.bans.reason.hint")} value=${values.reason} onInput=${put("reason")} maxlength="120" autofocus />
      ${minutes && html`<${Select} label=${t("op.bans.minutes")} value=${values.minutes} onInput=${put("minutes")} options=${spanOptions(MUTE_MOST)} />`}
    `} />`;
}

function Tell({ client }) {
  return html`<${FormButton} label=${t("op.clients.tell")} title=${t("op.clients.tell.title", { name: client.name })} first=${{ text: "" }} send=${t("do.send")} said=${t("op.clients.told")}
    onSend=${({ text }) => call("s.tell", { client: client.client_id, text: text.trim() })}
    fields=${(values, put) => html`<${Area} label=${t("op.words.text")} value=${values.text} onInput=${put("text")} maxlength="8192" required autofocus />`} />`;
}

function Rename({ client, onDone }) {
  return html`<${FormButton} label=${t("op.clients.rename")} first=${{ newname: client.name }} send=${t("do.save")} said=${t("op.clients.renamed")} onDone=${onDone}
    onSend=${({ newname }) => call("s.changename", { client: client.client_id, newname: newname.trim() })}
    fields=${(values, put) => html`<${Field} label=${t("op.clients.name")} hint=${t("op.clients.name.hint")} value=${values.newname} onInput=${put("newname")} minlength="3" maxlength="16" spellcheck=${false} required autofocus />`} />`;
}

function Acts({ client, names, isMuted, again }) {
  const ids = { client: [client.client_id] };
  const first = typeof client.user_id === "number" ? { what: "user", user: ownerOf(client, names), name: client.name, address: client.address } : { what: "address", name: client.name, address: client.address };
  return html`
    <${Tell} client=${client} />
    ${isMuted
      ? html`<${Act} run=${() => call("s.unmute", ids)} said=${t("op.clients.unmuted")} onDone=${again}>${t("op.clients.unmute")}<//>`
      : withReason({ label: t("op.clients.mute"), title: t("op.clients.mute.title", { name: client.name }), command: "s.mute", args: ids, said: t("op.clients.muted"), onDone: again, minutes: true })}
    ${withReason({ label: t("op.clients.kick"), title: t("op.clients.kick.title", { name: client.name }), command: "s.kickuser", args: ids, said: t("op.clients.kicked", { name: client.name }), onDone: again })}
    ${withReason({ label: t("op.clients.kick_address"), title: t("op.clients.kick_address.title", { address: client.address }), command: "s.kickip", args: { address: [client.address] }, said: t("op.clients.address_kicked"), onDone: again })}
    <${BanForm} label=${t("op.bans.add")} first=${first} onDone=${again} />
    ${(client.kind === "client" || client.kind === "console") && html`<${Rename} client=${client} onDone=${again} />`}`;
}

function Facts({ client, info, names }) {
  const mutedUntil = info?.muted_until;
  const rows = [
    [t("op.clients.kind"), t(`op.client.${client.kind}`)],
    [t("op.clients.owner"), ownerOf(client, names)],
    [t("op.sessions.address"), client.address],
    [t("op.clients.software"), client.software],
    [t("op.clients.about"), client.description],
    [t("op.sessions.since"), html`<${When} at=${client.connected_at} />`],
    [t("op.clients.ping"), typeof client.ping_ms === "number" && t("op.unit.ms", { value: client.ping_ms })],
    [t("op.clients.rights"), client.permissions.join(", ")],
    [t("op.clients.commands"), client.commands.join(", ")],
    [t("op.clients.requestables"), client.requestables.join(", ")],
    [t("op.clients.datasocks"), info?.of_managers?.datasocks?.join(", ")],
    [t("op.clients.muted_until"), mutedUntil && html`<${Chip} kind="bad">${when(mutedUntil)}<//>`],
  ];
  return html`<dl class="facts">${rows.filter(([, value]) => value).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function Known({ client, who, asked }) {
  const info = useAsk("s.info", { entity: [client.client_id] }, { everyMs: 10_000 });
  const names = useNames();
  const told = Array.isArray(info.answer) ? info.answer[0] : info.answer;
  const again = () => {
    asked.again();
    info.again();
  };
  return html`<${Head} title=${client.name} back=${[href("clients"), t("room.clients")]}>
      <${Acts} client=${client} names=${names} isMuted=${Boolean(told?.muted_until)} again=${again} />
    <//>
    <div class="stack">
      <${Card} title=${t("op.clients.facts")}><${Facts} client=${client} info=${told} names=${names} /><//>
      <${AskClient} client=${client} />
      ${may(who, "admin") && html`<${Rights} client=${client} onDone=${again} />`}
    </div>`;
}

export function OneClient({ id, asked, who }) {
  return html`<${Answered} asked=${asked}>${(list) => {
    const client = list.find((one) => one.client_id === id);
    if (!client) return html`<${Head} title=${t("op.clients.gone")} back=${[href("clients"), t("room.clients")]} /><${Empty}>${t("op.clients.gone.about")}<//>`;
    return html`<${Known} client=${client} who=${who} asked=${asked} />`;
  }}<//>`;
}
