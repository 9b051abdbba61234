// Services with their state and restarts; the sockets, the calls that run, the servers around; and the server itself.
import { html } from "../view.js";
import { Head, Card, Answered } from "../parts/surface.js";
import { Table } from "../parts/show.js";
import { Act, Chip, When } from "../parts/operate.js";
import { useAsk } from "../state/ask.js";
import { may } from "../state/session.js";
import { call } from "../server/http.js";
import { t, number, lasting } from "../texts/index.js";
import { Sockets, Jobs, Network } from "./services/around.js";
import { Server } from "./services/server.js";

const LOOK_MS = 3_000;

// running, restarting, disabled, and why: `disabled: gave up`.
function ServiceState({ of }) {
  const [state, why] = of.state.split(": ");
  const kind = why === "gave up" ? "bad" : !of.up ? "bad" : state === "running" ? "good" : state === "restarting" ? "warn" : "";
  const name = why === "gave up" ? "gave_up" : why === "all are off" ? "all_off" : state;
  return html`<${Chip} kind=${kind}>${t(`op.service.${name}`)}<//>`;
}

export function span(ms) {
  if (ms < 1_000) return t("op.unit.ms", { value: number(ms) });
  if (ms < 60_000) return t("op.unit.s", { value: number(ms / 1_000, { maximumFractionDigits: 1 }) });
  return lasting(0, ms);
}

function ServiceActs({ of, again }) {
  if (of.interval_ms === null) return null;
  return html`<div class="row">
    <${Act} run=${() => call("s.runservice", { name: of.name })} said=${(told) => t("op.service.ran", { did: told?.did || t("op.service.ran.nothing") })} onDone=${again}>${t("op.service.run")}<//>
    ${of.enabled
      ? html`<${Act} sure=${t("op.service.disable.sure")} run=${() => call("s.services", { enable: false, service_name: of.name })} said=${t("op.service.is_off", { name: of.name })} onDone=${again}>${t("op.service.disable")}<//>`
      : html`<${Act} run=${() => call("s.services", { enable: true, service_name: of.name })} said=${t("op.service.is_on", { name: of.name })} onDone=${again}>${t("op.service.enable")}<//>`}
  </div>`;
}

function Services({ list, isAdmin, again }) {
  const worst = (one) => (one.up && !one.state.includes("gave up") ? 1 : 0);
  const rows = [...list].sort((a, b) => worst(a) - worst(b) || a.name.localeCompare(b.name));
  return html`<${Table} label=${t("op.list_of", { name: t("room.services") })} rows=${rows} id=${(one) => one.name} columns=${[
    [t("op.service.name"), (one) => html`<span class="strong">${one.name}</span>${one.last_error && html`<span class="soft small said op-under">${one.last_error}</span>`}`],
    [t("op.accounts.state"), (one) => html`<${ServiceState} of=${one} />`],
    [t("op.service.every"), (one) => (one.interval_ms === null ? t("op.service.always") : span(one.interval_ms))],
    [t("op.service.last"), (one) => (one.last_run ? html`<${When} at=${one.last_run} /> <span class="soft small number op-whole">${t("op.service.took", { time: span(one.took_ms ?? 0) })}</span>` : "")],
    [t("op.service.rounds"), (one) => (one.interval_ms === null ? "" : number(one.rounds)), "end number"],
    [t("op.service.failures"), (one) => (one.failures > 0 ? html`<${Chip} kind="warn">${number(one.failures)}<//>` : "0"), "end number"],
    [t("op.service.restarts"), (one) => (one.restarts > 0 ? html`<${Chip} kind="bad">${number(one.restarts)}<//>` : "0"), "end number"],
    isAdmin && ["", (one) => html`<${ServiceActs} of=${one} again=${again} />`],
  ].filter(Boolean)} />`;
}

export default function ServicesRoom({ who }) {
  const isAdmin = may(who, "admin");
  const asked = useAsk("s.services_info", {}, { everyMs: LOOK_MS });
  const down = (asked.answer ?? []).filter((one) => !one.up).length;
  return html`<${Head} title=${t("room.services")} />
    <div class="stack">
      <${Answered} asked=${asked}>${(list) => html`
        <p class=${`note ${down > 0 ? "bad" : "good"}`} role="status">${down > 0 ? t("op.service.down", { count: number(down) }) : t("op.service.all_up", { count: number(list.length) })}</p>
        <${Card}><${Services} list=${list} isAdmin=${isAdmin} again=${asked.again} /><//>`}<//>
      <${Jobs} />
      <${Sockets} isAdmin=${isAdmin} />
      <${Network} />
      ${isAdmin && html`<${Server} />`}
    </div>`;
}
