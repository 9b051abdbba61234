// Bookings on a time line, a line for each car. A press on a booking shows it: cancel, extend, shorten, return.
import { html, useMemo } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Button, Choices, Field, Select } from "../parts/controls.js";
import { Marks, TimeLine } from "../parts/timeline.js";
import { useShown } from "../parts/list.js";
import { State, Table } from "../parts/show.js";
import { RefusedHere, useTick } from "../parts/operate.js";
import { Condition } from "../parts/car.js";
import { useCars } from "../state/whole.js";
import { go, href, route } from "../route.js";
import { t, when } from "../texts/index.js";
import { useTaken } from "./timeline/taken.js";
import { OneBooking } from "./timeline/booking.js";
import { BookFor } from "./timeline/book.js";

const DAY_MS = 86_400_000;
const TICK_MS = 60_000;
// A line is never drawn narrower than this; a target never is smaller, and a press beside it is taken this far off.
const LINE_PX = 500;
const BUTTON_PX = 24;
const NEAR_PX = 8;
const SPANS = { 1: DAY_MS, 3: 3 * DAY_MS, 7: 7 * DAY_MS, 14: 14 * DAY_MS };

// Midnight of this day in the browser's time, moved by whole days so that a change of the clock moves nothing else.
export function midnight(at, days = 0) {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() + days);
  return day.getTime();
}

export const dayText = (at) => {
  const day = new Date(at);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
};

const width = (one, from, to) => ((Math.min(new Date(one.end).getTime(), to) - Math.max(new Date(one.start).getTime(), from)) / (to - from)) * LINE_PX;

function barOf(one, from, to, onPick) {
  const kind = one.state === "overdue" ? "bad" : one.booking ? "mine" : "";
  if (!one.booking) return { ...one, kind, title: t("op.timeline.closed", { start: when(one.start), end: when(one.end) }) };
  return {
    ...one, kind: `${kind} ${one.state === "ongoing" ? "op-ongoing" : ""} ${one.state === "finished" || one.state === "no_show" ? "op-over" : ""}`,
    title: t("op.timeline.bar", { id: one.booking, user: one.user, state: t(`state.${one.state}`), start: when(one.start), end: when(one.end) }),
    // A bar that is too short for a finger is no button: the line hears the press, and the list below has all bookings.
    onPick: width(one, from, to) >= BUTTON_PX ? () => onPick(one.booking) : undefined,
  };
}

// A press near a short bar is meant for it.
function pressed(event, taken, from, to) {
  const box = event.currentTarget.querySelector(".time-line").getBoundingClientRect();
  const at = from + ((event.clientX - box.left) / box.width) * (to - from);
  const near = ((to - from) / box.width) * NEAR_PX;
  const off = (one) => Math.max(new Date(one.start).getTime() - at, at - new Date(one.end).getTime(), 0);
  return taken.filter((one) => one.booking && off(one) <= near).sort((a, b) => off(a) - off(b))[0];
}

function Line({ car, taken, from, to, onPick }) {
  const bars = useMemo(() => taken.map((one) => barOf(one, from, to, onPick)), [taken, from, to]);
  const press = (event) => {
    const one = !event.target.closest("button") && pressed(event, taken, from, to);
    if (one) onPick(one.booking);
  };
  return html`<div class="op-line">
    <div class="op-line-name"><a class="strong" href=${href(["fleet", car.car])}>${car.car}</a>${car.condition !== "usable" && html`<${Condition} of=${car.condition} />`}</div>
    <div class="op-line-time" onClick=${press}><${TimeLine} from=${from} to=${to} taken=${bars} label=${t("op.timeline.of", { car: car.car })} /></div>
  </div>`;
}

function Lines({ cars, takenOf, from, to, onPick }) {
  return html`<div class="op-line-scroll" role="region" aria-label=${t("op.timeline.lines")} tabindex="0">
    <div class="op-lines-of-time">
      <div class="op-line"><div class="op-line-name soft small">${t("op.booking.car")}</div><div class="op-line-time"><${Marks} from=${from} to=${to} /></div></div>
      ${cars.map((car) => html`<${Line} key=${car.car_id} car=${car} taken=${takenOf(car.car_id)} from=${from} to=${to} onPick=${onPick} />`)}
    </div>
  </div>`;
}

function Listed({ cars, takenOf, onPick }) {
  const rows = cars.flatMap((car) => takenOf(car.car_id).filter((one) => one.booking).map((one) => ({ ...one, car: car.car })));
  rows.sort((a, b) => new Date(a.start) - new Date(b.start));
  const { shown, rest } = useShown(rows);
  return html`<${Card} title=${t("op.timeline.listed")}>
    ${rows.length === 0 ? html`<p class="soft">${t("op.timeline.free")}</p>` : html`<${Table} label=${t("op.list_of", { name: t("op.timeline.listed") })} rows=${shown} id=${(one) => one.booking} columns=${[
      [t("op.booking.car"), (one) => html`<span class="strong">${one.car}</span>`],
      [t("op.booking.user"), (one) => one.user],
      [t("op.booking.start"), (one) => when(one.start)],
      [t("op.booking.end"), (one) => when(one.end)],
      [t("op.booking.state"), (one) => html`<${State} of=${one.state} />`],
      ["", (one) => html`<${Button} kind="small" onClick=${() => onPick(one.booking)}>${t("op.show")}<span class="hidden-text"> ${t("op.who.booking", { id: one.booking })}</span><//>`],
    ]} />`}
    ${rest}
  <//>`;
}

function Where({ from, days, span, cars, car, onChange }) {
  return html`<div class="op-tools">
    <${Choices} label=${t("op.timeline.span")} value=${String(span)} onInput=${(value) => onChange({ span: value })} options=${Object.keys(SPANS).map((one) => [one, t(one === "1" ? "op.timeline.day" : "op.timeline.days", { days: one })])} />
    <div class="row">
      <${Button} kind="small" onClick=${() => onChange({ day: dayText(midnight(from, -days)) })} aria-label=${t("op.timeline.before")}>‹<//>
      <${Button} kind="small" onClick=${() => onChange({ day: undefined })}>${t("op.timeline.today")}<//>
      <${Button} kind="small" onClick=${() => onChange({ day: dayText(midnight(from, days)) })} aria-label=${t("op.timeline.after")}>›<//>
    </div>
    <${Field} label=${t("op.timeline.from")} type="date" value=${dayText(from)} onInput=${(value) => value && onChange({ day: value })} />
    <${Select} label=${t("op.booking.car")} value=${car} onInput=${(value) => onChange({ car: value })} options=${[["", t("op.all")], ...cars.map((one) => [one.car, one.car])]} />
  </div>`;
}

export default function TimeLineRoom({ query }) {
  useTick(TICK_MS);
  const cars = useCars();
  const span = Number(query.span) in SPANS ? Number(query.span) : 3;
  const from = query.day ? midnight(`${query.day}T00:00`) : midnight(Date.now());
  const to = midnight(from, span);
  const taken = useTaken(from, to);
  const change = (values) => go("timeline", Object.fromEntries(Object.entries({ ...route.get().query, ...values }).filter(([, value]) => value !== undefined && value !== "")));
  const found = (cars.answer ?? []).filter((car) => car.condition !== "retired" && (!query.car || car.car === query.car));
  const { shown, rest } = useShown(found);
  return html`<${Head} title=${t("room.timeline")}><${BookFor} cars=${cars.answer ?? []} onDone=${taken.again} /><//>
    <div class="stack">
      <${Where} from=${from} days=${span} span=${span} cars=${cars.answer ?? []} car=${query.car ?? ""} onChange=${change} />
      <${RefusedHere} refusal=${taken.refusal} />
      <${Answered} asked=${cars}>${() => (shown.length === 0
        ? html`<${Empty}>${t("op.fleet.none")}<//>`
        : html`<${Card}><${Lines} cars=${shown} takenOf=${taken.of} from=${from} to=${to} onPick=${(booking) => change({ booking })} />
          ${rest}
          <p class="row small soft op-legend">
            <span class="op-key"><span class="op-swatch mine" aria-hidden="true"></span>${t("state.reserved")}</span>
            <span class="op-key"><span class="op-swatch op-ongoing" aria-hidden="true"></span>${t("state.ongoing")}</span>
            <span class="op-key"><span class="op-swatch bad" aria-hidden="true"></span>${t("state.overdue")}</span>
            <span class="op-key"><span class="op-swatch op-over" aria-hidden="true"></span>${t("state.finished")}</span>
            <span class="op-key"><span class="op-swatch closed" aria-hidden="true"></span>${t("op.timeline.not_bookable")}</span>
          </p><//>
          <${Listed} cars=${found} takenOf=${taken.of} onPick=${(booking) => change({ booking })} />`)}<//>
    </div>
    ${query.booking && html`<${OneBooking} key=${query.booking} number=${Number(query.booking)} onChange=${taken.again} onClose=${() => change({ booking: undefined })} />`}`;
}
