// What bots say by themselves: every so many seconds, or by a pattern of times.
import { html } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Area, Choices, Field, Select } from "../../parts/controls.js";
import { Table } from "../../parts/show.js";
import { useList } from "../../parts/list.js";
import { Act, Chip, FormButton } from "../../parts/operate.js";
import { pagesOf } from "../../state/whole.js";
import { call } from "../../server/http.js";
import { t, when, number } from "../../texts/index.js";
import { instant } from "../accounts/log.js";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function Add({ bots, onDone }) {
  const first = { bot: bots[0]?.bot ?? "", body: "", how: "every", every_s: "3600", cron: "30 8 * * MON-FRI", zone: ZONE, until: "" };
  return html`<${FormButton} label=${t("op.schedule.add")} kind="main" first=${first} send=${t("op.schedule.add")} said=${t("op.schedule.added")} onDone=${onDone}
    onSend=${(values) => call("s.schedulebot", {
      bot: values.bot, body: values.body.trim(), until: instant(values.until),
      ...(values.how === "every" ? { every_s: Number(values.every_s) } : { cron: values.cron.trim(), zone: values.zone.trim() }),
    })}
    fields=${(values, put) => html`
      <${Select} label=${t("op.bots.bot")} value=${values.bot} onInput=${put("bot")} options=${bots.map((one) => [one.bot, one.bot])} />
      <${Area} label=${t("op.schedule.body")} value=${values.body} onInput=${put("body")} maxlength="250" required autofocus />
      <${Choices} label=${t("op.schedule.how")} value=${values.how} onInput=${put("how")} options=${[["every", t("op.schedule.every")], ["cron", t("op.schedule.cron")]]} />
      ${values.how === "every"
        ? html`<${Field} label=${t("op.schedule.seconds")} type="number" min="1" value=${values.every_s} onInput=${put("every_s")} required />`
        : html`<div class="fields">
            <${Field} label=${t("op.schedule.pattern")} hint=${t("op.schedule.pattern.hint")} value=${values.cron} onInput=${put("cron")} spellcheck=${false} required />
            <${Field} label=${t("op.schedule.zone")} value=${values.zone} onInput=${put("zone")} spellcheck=${false} />
          </div>`}
      <${Field} label=${t("op.schedule.until")} hint=${t("op.optional")} type="datetime-local" value=${values.until} onInput=${put("until")} />
    `} />`;
}

export function Schedules({ bots }) {
  const asked = useList("s.botschedules", {}, pagesOf.schedules, { everyMs: 10_000 });
  return html`<${Card} title=${t("op.bots.schedules")} acts=${bots.length > 0 && html`<${Add} bots=${bots} onDone=${asked.again} />`}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.schedule.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.bots.schedules") })} rows=${asked.rows} id=${(one) => one.schedule} columns=${[
          [t("op.bots.bot"), (one) => html`<span class="strong">${one.bot}</span>`],
          [t("op.schedule.body"), (one) => html`<span class="said">${one.body}</span>`],
          [t("op.schedule.how"), (one) => (one.cron ? html`<span class="mono">${one.cron}</span> ${one.zone ?? ""}` : t("op.schedule.every_s", { seconds: number(one.every_s) }))],
          [t("op.schedule.next"), (one) => (one.paused ? html`<${Chip} kind="warn">${t("op.schedule.paused")}<//>` : when(one.next_at, "second"))],
          [t("op.schedule.runs"), (one) => t("op.schedule.runs_of", { runs: number(one.runs), missed: number(one.missed) })],
          ["", (one) => html`<div class="row">
            <${Act} run=${() => call("s.pauseschedule", { schedule: one.schedule, paused: !one.paused })} said=${t(one.paused ? "op.schedule.goes_on" : "op.schedule.is_paused")} onDone=${asked.again}>${t(one.paused ? "op.schedule.go_on" : "op.schedule.pause")}<//>
            <${Act} sure=${t("op.schedule.remove.sure")} run=${() => call("s.removeschedule", { schedule: one.schedule })} said=${t("op.schedule.removed")} onDone=${asked.again}>${t("do.remove")}<//>
          </div>`],
        ]} />${asked.more}`)}<//>
  <//>`;
}
