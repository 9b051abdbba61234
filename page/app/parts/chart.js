// Small charts as SVG: bars over names, lines over time. The same figures are in a table for who does not see them.
import { html, useId } from "../view.js";
import { t, number } from "../texts/index.js";

const WIDTH = 600;
const HEIGHT = 200;
const LEFT = 44;
const BELOW = 28;

// A round figure at or above the highest.
export function ceiling(highest) {
  if (!(highest > 0)) return 1;
  const size = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 2.5, 5, 10].map((step) => step * size).find((step) => step >= highest);
}

function Lines({ top, format }) {
  return [0, 0.5, 1].map((part) => {
    const y = (HEIGHT - BELOW) * (1 - part) + 8;
    return html`<g key=${part}>
      <line class="chart-line" x1=${LEFT} x2=${WIDTH} y1=${y} y2=${y} />
      <text class="chart-text" x=${LEFT - 6} y=${y + 4} text-anchor="end">${format(top * part)}</text>
    </g>`;
  });
}

function Figures({ title, head, rows, format }) {
  return html`<details class="small">
    <summary>${t("chart.as_table")}</summary>
    <table class="table">
      <caption class="hidden-text">${title}</caption>
      <thead><tr><th scope="col">${head[0]}</th><th scope="col" class="end">${head[1]}</th></tr></thead>
      <tbody>${rows.map(([name, value]) => html`<tr key=${name}><td data-head=${head[0]}><span>${name}</span></td><td class="end number" data-head=${head[1]}><span>${format(value)}</span></td></tr>`)}</tbody>
    </table>
  </details>`;
}

// `rows` is a list of [name, figure]; `head` names both.
export function Bars({ title, head, rows, format = (value) => number(value) }) {
  const id = useId();
  const top = ceiling(Math.max(...rows.map(([, value]) => value), 0));
  const step = (WIDTH - LEFT) / Math.max(rows.length, 1);
  const every = Math.ceil(rows.length / 8);
  return html`<figure class="stack-small">
    <figcaption class="strong" id=${id}>${title}</figcaption>
    <svg class="chart" viewBox=${`0 0 ${WIDTH} ${HEIGHT + 8}`} role="img" aria-labelledby=${id}>
      <${Lines} top=${top} format=${format} />
      ${rows.map(([name, value], at) => {
        const tall = ((HEIGHT - BELOW) * value) / top;
        const x = LEFT + at * step;
        return html`<g key=${name}>
          <rect class="chart-bar" x=${x + step * 0.15} width=${step * 0.7} y=${HEIGHT - BELOW - tall + 8} height=${tall} rx="2"><title>${name}: ${format(value)}</title></rect>
          ${at % every === 0 && html`<text class="chart-text" x=${x + step / 2} y=${HEIGHT + 2} text-anchor="middle">${name.length > 12 ? `${name.slice(0, 11)}…` : name}</text>`}
        </g>`;
      })}
    </svg>
    <${Figures} title=${title} head=${head} rows=${rows} format=${format} />
  </figure>`;
}

// `points` is a list of [time in ms, figure], oldest first: a line with the last figure beside its title.
export function Trend({ title, points, format = (value) => number(value, { maximumFractionDigits: 1 }) }) {
  const id = useId();
  const last = points.at(-1)?.[1];
  const top = ceiling(Math.max(...points.map(([, value]) => value), 0));
  const from = points[0]?.[0] ?? 0;
  const span = Math.max((points.at(-1)?.[0] ?? 0) - from, 1);
  const line = points.map(([at, value]) => `${((at - from) / span) * 200},${(48 - (value / top) * 44).toFixed(1)}`).join(" ");
  return html`<figure class="stack-small">
    <figcaption class="row"><span class="soft small" id=${id}>${title}</span><span class="strong number row-end">${last === undefined ? "–" : format(last)}</span></figcaption>
    <svg class="chart" viewBox="0 0 200 50" preserveAspectRatio="none" role="img" aria-label=${`${title}: ${last === undefined ? "" : format(last)}`}>
      <line class="chart-line" x1="0" x2="200" y1="48" y2="48" />
      ${points.length > 1 && html`<polyline class="chart-trend" points=${line} />`}
    </svg>
  </figure>`;
}
