// Who is kept out: an account, a name, an address, until an end.
import { html } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Choices, Field, Select } from "../../parts/controls.js";
import { Table } from "../../parts/show.js";
import { useList } from "../../parts/list.js";
import { Act, FormButton } from "../../parts/operate.js";
import { pagesOf } from "../../state/whole.js";
import { call } from "../../server/http.js";
import { t, when } from "../../texts/index.js";

const SPANS = [["60", "op.span.hour"], ["1440", "op.span.day"], ["10080", "op.span.week"], ["43200", "op.span.month"], ["527040", "op.span.year"]];
export const spanOptions = (most = Infinity) => SPANS.filter(([minutes]) => Number(minutes) <= most).map(([minutes, text]) => [minutes, t(text)]);

export function BanForm({ label, first = {}, onDone, kind = "small danger" }) {
  return html`<${FormButton} label=${label} title=${t("op.bans.add")} kind=${kind} about=${t("op.bans.about")} first=${{ what: "user", user: "", name: "", address: "", reason: "", minutes: "1440", ...first }} send=${t("op.bans.add")} said=${t("op.bans.added")} onDone=${onDone}
    onSend=${(values) => call("s.ban", { [values.what]: values[values.what].trim(), reason: values.reason.trim(), minutes: Number(values.minutes) })}
    fields=${(values, put) => html`
      <${Choices} label=${t("op.bans.what")} value=${values.what} onInput=${put("what")} options=${[["user", t("op.bans.user")], ["name", t("op.bans.name")], ["address", t("op.bans.address")]]} />
      <${Field} label=${t(`op.bans.${values.what}`)} value=${values[values.what]} onInput=${put(values.what)} autocapitalize="none" spellcheck=${false} required />
      <${Field} label=${t("op.reason")} hint=${t("op.bans.reason.hint")} value=${values.reason} onInput=${put("reason")} maxlength="120" />
      <${Select} label=${t("op.bans.minutes")} value=${values.minutes} onInput=${put("minutes")} options=${spanOptions()} />
    `} />`;
}

// `user:7`, `name:x`, `ip:…`: which argument the end of a ban wants.
function subjectArguments(ban) {
  const sort = ban.subject.split(":")[0];
  if (sort === "user") return { user: ban.name };
  if (sort === "name") return { name: ban.name };
  return { address: ban.subject.slice(sort.length + 1) };
}

export function Bans() {
  const asked = useList("s.bans", {}, pagesOf.bans, { everyMs: 15_000 });
  return html`<${Card} title=${t("op.bans.title")}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.bans.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.bans.title") })} rows=${asked.rows} id=${(one) => one.subject} columns=${[
          [t("op.bans.who"), (one) => html`<span class="strong">${one.name}</span>`],
          [t("op.bans.what"), (one) => t(`op.bans.sort.${one.subject.split(":")[0]}`)],
          [t("op.by"), (one) => one.by],
          [t("op.reason"), (one) => (one.reason ? html`<span class="said">${one.reason}</span>` : "–")],
          [t("op.bans.until"), (one) => when(one.until)],
          ["", (one) => html`<${Act} sure=${t("op.bans.end.sure")} run=${() => call("s.unban", subjectArguments(one))} said=${t("op.bans.ended")} onDone=${asked.again}>${t("op.bans.end")}<//>`],
        ]} />${asked.more}`)}<//>
  <//>`;
}
