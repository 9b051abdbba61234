// Live figures of the server as small charts, from its metrics.
import { html, useState } from "../view.js";
import { Head, Card, Empty } from "../parts/surface.js";
import { Refused } from "../parts/controls.js";
import { Trend } from "../parts/chart.js";
import { Table } from "../parts/show.js";
import { useEvery } from "../parts/operate.js";
import { get } from "../server/http.js";
import { t, number } from "../texts/index.js";
import { byCommand, figures, looked, p99Between } from "./figures/metrics.js";

const LOOK_MS = 2_000;
const POINTS_MAX = 300;
// Few calls make a 99th percentile jump: it is of the last half minute.
const WINDOW = 15;
const COMMANDS_SHOWN = 12;

// What was looked at stays while the page is open, so that coming back shows more than a dot.
let looks = [];
let points = {};

const plain = (value) => number(value, { maximumFractionDigits: value < 10 ? 1 : 0 });
const time = (seconds) => (seconds === 0 ? "–" : seconds < 0.001 ? t("op.unit.us", { value: plain(seconds * 1e6) }) : seconds < 1 ? t("op.unit.ms", { value: plain(seconds * 1e3) }) : t("op.unit.s", { value: plain(seconds) }));

export function bytes(value) {
  const steps = [["op.unit.gb", 1e9], ["op.unit.mb", 1e6], ["op.unit.kb", 1e3]];
  const [text, size] = steps.find(([, size]) => value >= size) ?? ["op.unit.bytes", 1];
  return t(text, { value: number(value / size, { maximumFractionDigits: value / size < 10 && size > 1 ? 1 : 0 }) });
}

const GROUPS = [
  ["op.figures.work", [["commands", plain], ["http", plain], ["p99", time], ["refused", plain]]],
  ["op.figures.who", [["clients", plain], ["people", plain], ["cars", plain], ["frames", plain]]],
  ["op.figures.queues", [["waiting", plain], ["store", plain], ["mail", plain], ["outbox", bytes]]],
  ["op.figures.machine", [["memory", bytes], ["files", plain], ["bytes", bytes]]],
];

function note(text) {
  const now = looked(text, Date.now());
  const isAnew = looks.length > 0 && now.counters.commands < looks.at(-1).counters.commands;
  const told = { ...figures(now, looks.at(-1)), p99: p99Between(now, isAnew ? undefined : looks[Math.max(0, looks.length - WINDOW)]) };
  // Nothing ran, so nothing was slow.
  if (looks.length > 0) told.p99 ??= 0;
  points = Object.fromEntries(Object.entries(told).map(([name, value]) => [name, value === undefined ? points[name] ?? [] : [...(points[name] ?? []), [now.at, value]].slice(-POINTS_MAX)]));
  looks = [...(isAnew ? [] : looks), now].slice(-WINDOW);
}

function Commands() {
  const rows = looks.length > 0 ? byCommand(looks.at(-1), looks.length > 1 ? looks[0] : undefined).slice(0, COMMANDS_SHOWN) : [];
  return html`<${Card} title=${t("op.figures.commands")}>
    <p class="soft small">${t("op.figures.commands.about", { seconds: number(looks.length > 1 ? Math.round((looks.at(-1).at - looks[0].at) / 1000) : 0) })}</p>
    ${rows.length === 0 ? html`<${Empty}>${t("op.figures.quiet")}<//>` : html`<${Table} label=${t("op.list_of", { name: t("op.figures.commands") })} rows=${rows} id=${(one) => one.command} columns=${[
      [t("op.jobs.command"), (one) => html`<span class="mono">${one.command}</span>`],
      [t("op.figures.count"), (one) => number(one.count), "end number"],
      [t("op.figures.p50"), (one) => (one.p50 === undefined ? "–" : time(one.p50)), "end number"],
      [t("op.figures.p99_of"), (one) => (one.p99 === undefined ? "–" : time(one.p99)), "end number"],
    ]} />`}
  <//>`;
}

export default function Figures() {
  const [state, setState] = useState({ refusal: null, rounds: 0 });
  useEvery(LOOK_MS, () => get("/metrics"), (text, refusal) => {
    if (typeof text === "string") note(text);
    setState((before) => ({ refusal, rounds: before.rounds + 1 }));
  });
  return html`<${Head} title=${t("room.figures")} />
    <div class="stack">
      ${state.refusal && html`<${Refused} refusal=${state.refusal} />`}
      ${GROUPS.map(([title, list]) => html`<${Card} key=${title} title=${t(title)}>
        <div class="op-charts">${list.map(([name, format]) => html`<${Trend} key=${name} title=${t(`op.figures.${name === "commands" ? "rate" : name}`)} points=${points[name] ?? []} format=${format} />`)}</div>
      <//>`)}
      <${Commands} />
    </div>`;
}
