// A time line: what is taken of a thing over some days, and the period that is chosen. Hours run to the right.
import { html, useRef } from "../view.js";
import { t, when } from "../texts/index.js";

const HOUR_MS = 3_600_000;
// A finger chooses quarters of an hour.
const STEP_MS = HOUR_MS / 4;

const percent = (at, from, to) => ((at - from) / (to - from)) * 100;

function clipped({ start, end }, from, to) {
  const first = Math.max(new Date(start).getTime(), from);
  const last = Math.min(new Date(end).getTime(), to);
  return last > first ? { left: percent(first, from, to), width: percent(last, from, to) - percent(first, from, to) } : null;
}

// Marks at each day, and at hours as far as there is room for them.
function marks(from, to) {
  const hours = (to - from) / HOUR_MS;
  const step = hours <= 12 ? 1 : hours <= 26 ? 3 : hours <= 80 ? 12 : 24;
  const first = new Date(from);
  first.setMinutes(0, 0, 0);
  const found = [];
  for (let at = first; at.getTime() <= to && found.length < 64; at = new Date(at.getTime() + HOUR_MS)) {
    if (at.getTime() < from || at.getHours() % step !== 0) continue;
    found.push({ at: at.getTime(), text: at.getHours() === 0 ? when(at, "day") : when(at, "time"), isDay: at.getHours() === 0 });
  }
  return found;
}

export function Marks({ from, to }) {
  return html`<div class="time-marks" aria-hidden="true">
    ${marks(from, to).map((mark) => html`<span key=${mark.at} class=${mark.isDay ? "day" : ""} style=${{ insetInlineStart: `${percent(mark.at, from, to)}%` }}>${mark.text}</span>`)}
  </div>`;
}

// `taken` is a list of {start, end, kind?, title?, onPick?}; `chosen` a {start, end}. `onChoose(start, end)` hears a drag over
// the line as Dates; with the keyboard the fields beside the line do the same.
export function TimeLine({ from, to, taken, chosen, onChoose, label }) {
  const line = useRef(null);
  const began = useRef(null);
  const at = (event) => {
    const box = line.current.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.round((from + part * (to - from)) / STEP_MS) * STEP_MS;
  };
  const tell = (event) => {
    if (began.current === null) return;
    const here = at(event);
    const [first, last] = here >= began.current ? [began.current, here] : [here, began.current];
    if (last - first >= STEP_MS) onChoose(new Date(first), new Date(last));
  };
  const drag = onChoose && {
    onPointerDown: (event) => {
      began.current = at(event);
      line.current.setPointerCapture(event.pointerId);
    },
    onPointerMove: tell,
    onPointerUp: (event) => {
      tell(event);
      began.current = null;
    },
    onPointerCancel: () => {
      began.current = null;
    },
  };
  const mine = chosen && clipped(chosen, from, to);
  const now = Date.now();
  return html`<div class=${`time-line ${onChoose ? "drags" : ""}`} ref=${line} role="group" aria-label=${label} ...${drag}>
    ${marks(from, to).map((mark) => html`<i key=${mark.at} class=${mark.isDay ? "day" : ""} style=${{ insetInlineStart: `${percent(mark.at, from, to)}%` }}></i>`)}
    ${taken.map((one) => {
      const place = clipped(one, from, to);
      if (!place) return null;
      const text = one.title ?? t("time.taken", { start: when(one.start), end: when(one.end) });
      const style = { insetInlineStart: `${place.left}%`, inlineSize: `${place.width}%` };
      return one.onPick
        ? html`<button type="button" key=${one.start} class=${`time-taken ${one.kind ?? ""}`} style=${style} title=${text} aria-label=${text} onClick=${one.onPick}></button>`
        : html`<span key=${one.start} class=${`time-taken ${one.kind ?? ""}`} style=${style} title=${text} role="img" aria-label=${text}></span>`;
    })}
    ${mine && html`<span class="time-chosen" style=${{ insetInlineStart: `${mine.left}%`, inlineSize: `${mine.width}%` }} aria-hidden="true"></span>`}
    ${now > from && now < to && html`<span class="time-now" style=${{ insetInlineStart: `${percent(now, from, to)}%` }} aria-hidden="true"></span>`}
  </div>`;
}

// A Date as the value of <input type="datetime-local">, and back.
export function localInput(date) {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

export const fromLocalInput = (text) => new Date(text);

// The next quarter of an hour.
export const nextQuarter = (now = Date.now()) => new Date(Math.ceil(now / STEP_MS) * STEP_MS);
