// Events of the server's log, newest first, as they happen.
import { html, useState } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Check, Field, Select } from "../../parts/controls.js";
import { useList } from "../../parts/list.js";
import { Chip, FormButton } from "../../parts/operate.js";
import { call } from "../../server/http.js";
import { t, when } from "../../texts/index.js";
import { instant } from "../accounts/log.js";

const LEVELS = ["error", "warn", "info", "debug", "trace"];
const marks = { error: "bad", warn: "warn", info: "main" };
const LOOK_MS = 3_000;
const PAGE = 100;
// A word that is still being written is not asked for at each letter.
const cursor = (answer) => (answer.length > 0 ? { before: answer.at(-1).number } : undefined);

export function EventLines({ rows }) {
  return html`<ol class="op-lines op-events">${rows.map((one) => html`<li key=${one.number}>
    <time class="soft small number op-at" datetime=${one.at}>${when(one.at, "second")}</time>
    <${Chip} kind=${marks[one.level.toLowerCase()] ?? ""}>${one.level}<//>
    <div class="grow">
      <p class="said"><span class="soft small">${one.target}</span> ${one.text}</p>
      ${one.fields.length > 0 && html`<p class="soft small mono said">${one.fields.join("  ")}</p>`}
    </div>
  </li>`)}</ol>`;
}

function Lines({ args, isLive }) {
  const asked = useList("s.log", args, { cursor }, { everyMs: isLive ? LOOK_MS : 0 });
  return html`<${Answered} asked=${asked} bones=${2}>${() => (asked.rows.length === 0 ? html`<${Empty}>${t("op.log.none")}<//>` : html`<${EventLines} rows=${asked.rows} />${asked.more}`)}<//>`;
}

function Store() {
  return html`<${FormButton} label=${t("op.log.store")} about=${t("op.log.store.about")} first=${{ filename: "" }} send=${t("op.log.store")} said=${t("op.log.stored")}
    onSend=${({ filename }) => call("s.storelog", { filename: filename.trim() })}
    fields=${(values, put) => html`<${Field} label=${t("op.log.file")} hint=${t("op.optional")} value=${values.filename} onInput=${put("filename")} spellcheck=${false} />`} />`;
}

export function Events({ isAdmin, first }) {
  const [filter, setFilter] = useState({ level: "", target: "", client: first.client ?? "", text: "", since: "", until: "" });
  const [isLive, setIsLive] = useState(true);
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const args = { level: filter.level, target: filter.target.trim(), client: filter.client.trim(), text: filter.text.trim(), since: instant(filter.since), until: instant(filter.until), limit: PAGE };
  return html`<${Card} title=${t("op.log.events")} acts=${isAdmin && html`<${Store} />`}>
    <div class="fields">
      <${Select} label=${t("op.log.level")} value=${filter.level} onInput=${put("level")} options=${[["", t("op.all")], ...LEVELS.map((one) => [one, t(`op.level.${one}`)])]} />
      <${Field} label=${t("op.log.text")} type="search" value=${filter.text} onInput=${put("text")} />
      <${Field} label=${t("op.log.target")} hint=${t("op.log.target.hint")} value=${filter.target} onInput=${put("target")} spellcheck=${false} />
      <${Field} label=${t("op.log.client")} value=${filter.client} onInput=${put("client")} spellcheck=${false} />
      <${Field} label=${t("op.log.since")} type="datetime-local" value=${filter.since} onInput=${put("since")} />
      <${Field} label=${t("op.log.until")} type="datetime-local" value=${filter.until} onInput=${put("until")} />
    </div>
    <${Check} label=${t("op.log.live")} value=${isLive} onInput=${setIsLive} />
    <${Lines} args=${args} isLive=${isLive} />
  <//>`;
}
