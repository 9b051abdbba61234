// Charts of bars whose letters keep their size at any width: named bars below each other, and columns over time.
import { html, useId } from "../view.js";
import { ceiling } from "./chart.js";
import { Table } from "./show.js";
import { t, number } from "../texts/index.js";

// `rows` is a list of [name, figure, href?]. The list is the chart: it reads well without being seen.
export function NamedBars({ title, rows, format = (value) => number(value) }) {
  const id = useId();
  const top = Math.max(...rows.map(([, value]) => value), 0) || 1;
  return html`<figure class="stack-small">
    <figcaption class="strong" id=${id}>${title}</figcaption>
    <ol class="op-bars" aria-labelledby=${id}>
      ${rows.map(([name, value, href]) => html`<li key=${name}>
        <span class="op-bar-name">${href ? html`<a href=${href}>${name}</a>` : name}</span>
        <span class="op-bar-track" aria-hidden="true"><span class="op-bar-fill" style=${{ inlineSize: value > 0 ? `max(2px, ${(value / top) * 100}%)` : "0" }}></span></span>
        <span class="number small strong">${format(value)}</span>
      </li>`)}
    </ol>
  </figure>`;
}

// `rows` is a list of [name, figure], oldest first; `head` names both. The same figures are in a table below.
export function Columns({ title, head, rows, format = (value) => number(value) }) {
  const id = useId();
  const top = ceiling(Math.max(...rows.map(([, value]) => value), 0));
  const shown = rows.length > 2 ? [rows[0], rows[Math.floor(rows.length / 2)], rows.at(-1)] : rows;
  return html`<figure class="stack-small">
    <figcaption class="strong" id=${id}>${title}</figcaption>
    <div class="op-columns-frame">
      <div class="op-columns-scale small soft number" aria-hidden="true"><span>${format(top)}</span><span>${format(top / 2)}</span><span>0</span></div>
      <div class="op-columns" role="img" aria-labelledby=${id}>
        ${rows.map(([name, value]) => html`<span key=${name} class="op-column" title=${`${name}: ${format(value)}`}><span style=${{ blockSize: `${(value / top) * 100}%` }}></span></span>`)}
      </div>
      <div class="op-columns-names small soft" aria-hidden="true">${shown.map(([name]) => html`<span key=${name}>${name}</span>`)}</div>
    </div>
    <details class="small">
      <summary>${t("chart.as_table")}</summary>
      <${Table} label=${t("op.list_of", { name: title })} rows=${rows} id=${([name]) => name} columns=${[[head[0], ([name]) => name], [head[1], ([, value]) => format(value), "end number"]]} />
    </details>
  </figure>`;
}
