// The audit log: who did what to what, and what came of it.
import { html, useState } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Button, Field } from "../../parts/controls.js";
import { Table } from "../../parts/show.js";
import { useList } from "../../parts/list.js";
import { Value } from "../../parts/value.js";
import { Chip } from "../../parts/operate.js";
import { useNames, whoText } from "../../parts/who.js";
import { pagesOf } from "../../state/whole.js";
import { t, when } from "../../texts/index.js";

// People write names; the server wants numbers.
function reference(text, { users, cars }) {
  const wanted = text.trim();
  if (wanted === "" || wanted.includes(":") || wanted === "server") return wanted;
  for (const [id, user] of users) if (user.user === wanted) return `user:${id}`;
  for (const [id, car] of cars) if (car.car === wanted) return `car:${id}`;
  return wanted;
}

const resultKind = (result) => (result === "ok" ? "good" : /^(refused|failed|denied|wrong|bad)/.test(result) ? "bad" : "");

// Some details are maps that were written down as they were.
function Detail({ of }) {
  if (!of) return "–";
  try {
    const value = JSON.parse(of);
    if (value !== null && typeof value === "object") return html`<${Value} of=${value} />`;
  } catch {
    // It is a text.
  }
  return html`<span class="said small">${of}</span>`;
}

export function Audit({ first }) {
  const names = useNames();
  const [filter, setFilter] = useState({ who: first.who ?? "", on_what: first.on_what ?? "" });
  const [asking, setAsking] = useState(filter);
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const args = { who: reference(asking.who, names), on_what: reference(asking.on_what, names) };
  const asked = useList("s.audit", args, pagesOf.audit, { everyMs: 10_000 });
  return html`<${Card} title=${t("op.log.audit")}>
    <form class="stack" onSubmit=${(event) => {
      event.preventDefault();
      setAsking(filter);
    }}>
      <div class="fields">
        <${Field} label=${t("op.audit.who")} hint=${t("op.audit.hint")} value=${filter.who} onInput=${put("who")} spellcheck=${false} autocapitalize="none" />
        <${Field} label=${t("op.audit.on")} hint=${t("op.audit.on.hint")} value=${filter.on_what} onInput=${put("on_what")} spellcheck=${false} autocapitalize="none" />
      </div>
      <div><${Button} type="submit">${t("op.look")}<//></div>
    </form>
    <${Answered} asked=${asked} bones=${2}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.log.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.log.audit") })} rows=${asked.rows} id=${(one) => one.id} columns=${[
          [t("op.when"), (one) => html`<time class="number" datetime=${one.at}>${when(one.at, "second")}</time>`],
          [t("op.audit.who"), (one) => whoText(one.who, names)],
          [t("op.audit.what"), (one) => html`<span class="mono">${one.what}</span>`],
          [t("op.audit.on"), (one) => whoText(one.on_what, names) || "–"],
          [t("op.audit.result"), (one) => html`<${Chip} kind=${resultKind(one.result)}>${one.result}<//>`],
          [t("op.audit.detail"), (one) => html`<${Detail} of=${one.detail} />`],
        ]} />${asked.more}`)}<//>
  <//>`;
}
