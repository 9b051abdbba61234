// The log of a person, newest first: it is asked for by a press, because every look is kept in the audit log.
import { html, useState } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Button, Check, Field, Select } from "../../parts/controls.js";
import { useList } from "../../parts/list.js";
import { Chip } from "../../parts/operate.js";
import { fromLocalInput } from "../../parts/timeline.js";
import { usePlaces } from "../../parts/who.js";
import { may } from "../../state/session.js";
import { t, when, number } from "../../texts/index.js";

const KINDS = ["sign_in", "sign_out", "sign_in_refused", "movement", "message"];
const marks = { sign_in: "good", sign_in_refused: "bad", movement: "main" };

export const instant = (text) => (text ? fromLocalInput(text).toISOString() : undefined);

function lineText(line, placeOf) {
  if (line.kind === "movement") return t("op.log.moved", { from: placeOf(line.from) ?? t("op.log.nowhere"), to: placeOf(line.to) ?? t("op.log.nowhere") });
  if (line.kind === "message") return line.body ?? t("op.log.message", { length: number(line.characters ?? 0), count: number(line.recipients ?? 0) });
  return [line.how, line.outcome, line.address?.replace(/^ip:/, "")].filter(Boolean).join(" · ");
}

export function LogLines({ lines, text = lineText }) {
  const placeOf = usePlaces();
  return html`<ol class="op-lines">${lines.map((line, at) => html`<li key=${`${line.at} ${at}`}>
    <time class="soft small number op-at" datetime=${line.at}>${when(line.at, "second")}</time>
    <${Chip} kind=${marks[line.kind] ?? ""}>${t(`op.line.kind.${line.kind}`)}<//>
    <span class="grow said">${text(line, placeOf)}</span>
  </li>`)}</ol>`;
}

function Lines({ args }) {
  const asked = useList("s.personlog", args, { rowsOf: (answer) => answer.lines, cursor: (answer) => (answer.next ? { after: answer.next } : undefined) });
  return html`<${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0 ? html`<${Empty}>${t("op.log.none")}<//>` : html`<${LogLines} lines=${asked.rows} />${asked.more}`)}<//>`;
}

export function PersonLog({ user, who }) {
  const [isShown, setIsShown] = useState(false);
  const [filter, setFilter] = useState({ kind: "", since: "", until: "", texts: false });
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const args = { user: user.user, limit: 50, since: instant(filter.since), until: instant(filter.until), kinds: filter.kind ? [filter.kind] : undefined, texts: filter.texts || undefined };
  const query = new URLSearchParams(Object.entries({ since: args.since, until: args.until, kinds: filter.kind, texts: filter.texts ? "true" : "" }).filter(([, value]) => value)).toString();
  const file = (kind) => `/api/v1/users/${encodeURIComponent(user.user)}/log.${kind}${query && `?${query}`}`;
  return html`<${Card} title=${t("op.log.person")} acts=${isShown && html`<a href=${file("csv")} download>CSV</a><a href=${file("json")} download>JSON</a>`}>
    <p class="soft small">${t("op.log.audited")}</p>
    ${!isShown && html`<div><${Button} onClick=${() => setIsShown(true)}>${t("op.log.show")}<//></div>`}
    ${isShown && html`
      <div class="fields">
        <${Select} label=${t("op.log.kind")} value=${filter.kind} onInput=${put("kind")} options=${[["", t("op.all")], ...KINDS.map((kind) => [kind, t(`op.line.kind.${kind}`)])]} />
        <${Field} label=${t("op.log.since")} type="datetime-local" value=${filter.since} onInput=${put("since")} />
        <${Field} label=${t("op.log.until")} type="datetime-local" value=${filter.until} onInput=${put("until")} />
      </div>
      ${may(who, "admin") && html`<${Check} label=${t("op.log.texts")} hint=${t("op.log.texts.hint")} value=${filter.texts} onInput=${put("texts")} />`}
      <${Lines} args=${args} />`}
  <//>`;
}
