// Bots: who may speak in which building; what they say by themselves; where events are delivered to.
import { html, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Choices, Field, Select } from "../parts/controls.js";
import { Table } from "../parts/show.js";
import { useList } from "../parts/list.js";
import { Act, Chip, FormButton, Secret, When } from "../parts/operate.js";
import { useNames } from "../parts/who.js";
import { pagesOf, useBuildings } from "../state/whole.js";
import { useAsk } from "../state/ask.js";
import { call } from "../server/http.js";
import { go, href } from "../route.js";
import { t } from "../texts/index.js";
import { Schedules } from "./bots/schedules.js";
import { Webhooks } from "./bots/webhooks.js";

const marks = { authorised: "good", waiting: "warn", revoked: "bad" };

function Register({ buildings, onDone, onKey }) {
  const first = { bot: "", building: buildings[0]?.building ?? "" };
  return html`<${FormButton} label=${t("op.bots.register")} kind="main" about=${t("op.bots.register.about")} first=${first} send=${t("op.bots.register")}
    onSend=${(values) => call("s.registerbot", { ...values, bot: values.bot.trim() })}
    onDone=${(told) => {
      onKey(told);
      onDone();
    }}
    fields=${(values, put) => html`
      <${Field} label=${t("op.bots.bot")} hint=${t("op.bots.id.hint")} value=${values.bot} onInput=${put("bot")} maxlength="50" pattern="[a-zA-Z0-9_.\\-]+" autocapitalize="none" spellcheck=${false} required autofocus />
      <${Select} label=${t("op.bots.building")} value=${values.building} onInput=${put("building")} options=${buildings.map((one) => [one.building, one.name])} />
    `} />`;
}

// Whether it is connected is asked for each that is shown.
function Running({ bot }) {
  const state = useAsk("s.botstate", { bot: bot.bot }, { everyMs: 15_000 });
  if (!state.answer) return "–";
  return html`<${Chip} kind=${state.answer.running ? "good" : ""}>${t(state.answer.running ? "op.sessions.connected" : "op.sessions.away")}<//>`;
}

function BotActs({ bot, onDone, onKey }) {
  return html`<div class="row">
    ${bot.authorised
      ? html`<${Act} sure=${t("op.bots.revoke.sure")} run=${() => call("s.revokebot", { bot: bot.bot })} said=${t("op.bots.revoked")} onDone=${onDone}>${t("op.bots.revoke")}<//>`
      : html`<${Act} run=${() => call("s.authorisebot", { bot: bot.bot })} said=${t("op.bots.authorised")} onDone=${onDone}>${t("op.bots.authorise")}<//>`}
    <${Act} sure=${t("op.bots.key.sure")} run=${() => call("s.newbotkey", { bot: bot.bot })} onDone=${onKey}>${t("op.bots.key.new")}<//>
    <${Act} sure=${t("op.bots.remove.sure")} run=${() => call("s.removebot", { bot: bot.bot })} said=${t("op.bots.removed")} onDone=${onDone}>${t("do.remove")}<//>
  </div>`;
}

function Bots({ asked, buildings, onKey }) {
  const { nameOf } = useNames();
  const named = (id) => buildings.find((one) => one.building === id)?.name ?? id;
  if (asked.rows.length === 0) return html`<${Empty}>${t("op.bots.none")}<//>`;
  return html`<${Card}><${Table} label=${t("op.list_of", { name: t("room.bots") })} rows=${asked.rows} id=${(one) => one.bot} columns=${[
    [t("op.bots.bot"), (one) => html`<span class="strong">${one.bot}</span>`],
    [t("op.bots.building"), (one) => html`<a href=${href(["buildings", one.building])}>${named(one.building)}</a>`],
    [t("op.accounts.state"), (one) => html`<${Chip} kind=${marks[one.clearance] ?? ""}>${t(`op.clearance.${one.clearance}`)}<//>`],
    [t("op.bots.connected"), (one) => html`<${Running} bot=${one} />`],
    [t("op.bots.by"), (one) => nameOf(one.registered_by)],
    [t("op.when"), (one) => html`<${When} at=${one.registered_at} />`],
    ["", (one) => html`<${BotActs} bot=${one} onDone=${asked.again} onKey=${onKey} />`],
  ]} />${asked.more}<//>`;
}

export default function BotsRoom({ query }) {
  const asked = useList("s.bots", {}, pagesOf.bots, { everyMs: 15_000 });
  const buildings = useBuildings();
  const [key, setKey] = useState(null);
  const shown = ["schedules", "webhooks"].includes(query.show) ? query.show : "bots";
  return html`<${Head} title=${t("room.bots")}>${buildings.answer?.length > 0 && html`<${Register} buildings=${buildings.answer} onDone=${asked.again} onKey=${setKey} />`}<//>
    <div class="stack">
      ${buildings.answer?.length === 0 && html`<p class="note">${t("op.bots.no_building")} <a href=${href("buildings")}>${t("room.buildings")}</a></p>`}
      <${Choices} label=${t("room.bots")} value=${shown} onInput=${(value) => go("bots", value === "bots" ? {} : { show: value })} options=${[["bots", t("room.bots")], ["schedules", t("op.bots.schedules")], ["webhooks", t("op.bots.webhooks")]]} />
      ${shown === "bots" && html`<${Answered} asked=${asked}>${() => html`<${Bots} asked=${asked} buildings=${buildings.answer ?? []} onKey=${setKey} />`}<//>`}
      ${shown === "schedules" && html`<${Schedules} bots=${asked.answer ?? []} />`}
      ${shown === "webhooks" && html`<${Webhooks} />`}
    </div>
    ${key && html`<${Secret} title=${t("op.bots.key.of", { bot: key.bot })} rows=${[[t("op.bots.key"), key.key]]} onClose=${() => setKey(null)} />`}`;
}
