// Any answer of the server as people read it: names with values, lists as tables, instants as times. Never markup.
import { html } from "../view.js";
import { t, when, number } from "../texts/index.js";

const DEPTH_MAX = 6;
const ROWS_MAX = 200;
const isInstant = (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text);
const title = (name) => name.replace(/_/g, " ");

function plain(value) {
  if (value === null || value === undefined) return "–";
  if (value === true) return t("do.yes");
  if (value === false) return t("do.no");
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : number(value, { maximumFractionDigits: 6 });
  return isInstant(value) ? when(value, "second") : value;
}

function Rows({ list, depth }) {
  const heads = [...new Set(list.flatMap((row) => Object.keys(row)))];
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label=${t("op.value.table")}><table class="table op-told">
    <thead><tr>${heads.map((head) => html`<th key=${head} scope="col">${title(head)}</th>`)}</tr></thead>
    <tbody>${list.slice(0, ROWS_MAX).map((row, at) => html`<tr key=${at}>${heads.map((head) => html`<td key=${head} data-head=${title(head)}><span><${Value} of=${row[head]} depth=${depth + 1} /></span></td>`)}</tr>`)}</tbody>
  </table></div>${list.length > ROWS_MAX && html`<p class="soft small">${t("op.value.rest", { count: list.length - ROWS_MAX })}</p>`}`;
}

export function Value({ of, depth = 0 }) {
  if (of === null || typeof of !== "object") return html`<span class="said">${plain(of)}</span>`;
  if (depth > DEPTH_MAX) return html`<span class="soft">…</span>`;
  if (Array.isArray(of)) {
    if (of.length === 0) return html`<span class="soft">${t("op.value.none")}</span>`;
    const isTable = of.every((one) => one !== null && typeof one === "object" && !Array.isArray(one));
    if (isTable && depth === 0) return html`<${Rows} list=${of} depth=${depth} />`;
    if (of.every((one) => one === null || typeof one !== "object")) return html`<span class="said">${of.map(plain).join(", ")}</span>`;
    return html`<ol class="op-list">${of.slice(0, ROWS_MAX).map((one, at) => html`<li key=${at}><${Value} of=${one} depth=${depth + 1} /></li>`)}</ol>`;
  }
  const names = Object.keys(of);
  if (names.length === 0) return html`<span class="soft">${t("op.value.none")}</span>`;
  return html`<dl class="facts">${names.map((name) => html`<dt key=${name}>${title(name)}</dt><dd><${Value} of=${of[name]} depth=${depth + 1} /></dd>`)}</dl>`;
}
