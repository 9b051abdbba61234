// Booking a car: a period chosen by a drag over its time line or in the fields, its price beforehand, then the booking.
import { html, useState } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { useStill } from "../parts/load.js";
import { call } from "../server/http.js";
import { may } from "../state/session.js";
import { Card, say } from "../parts/surface.js";
import { Button, Field } from "../parts/controls.js";
import { Told } from "../parts/told.js";
import { localInput, fromLocalInput, nextQuarter } from "../parts/timeline.js";
import { span } from "../parts/span.js";
import { go } from "../route.js";
import { nextFree, overlaps } from "./fleet.js";
import { Days, useTaken, firstDay, daysLater } from "./days.js";
import { t, money, when, lasting } from "../texts/index.js";

const HOUR_MS = 3_600_000;
const LENGTHS = [1, 2, 4, 8, 24];

const isDate = (at) => !Number.isNaN(+at);

// What was asked for in the list, else the next hour that is free.
function begin(query, car) {
  const [start, end] = [fromLocalInput(query.start), fromLocalInput(query.end)];
  if (isDate(start) && isDate(end) && start < end) return { start, end };
  const next = nextQuarter(Math.max(Date.now(), car.free?.from ?? 0));
  return { start: next, end: new Date(+next + HOUR_MS) };
}

// What the server would ask for exactly this time: {price, currency}, or why not.
function usePrice(car, chosen) {
  const still = useStill(chosen && { start: chosen.start.toISOString(), end: chosen.end.toISOString() });
  const where = typeof car.latitude === "number" ? { latitude: car.latitude, longitude: car.longitude, radius_m: 50 } : {};
  const asked = useAsk(still ? "s.availability" : null, { ...still, ...where }, { everyMs: 20_000, on: ["booking"] });
  const isNew = chosen && (still?.start !== chosen.start.toISOString() || still?.end !== chosen.end.toISOString());
  return { ...asked, isComing: isNew || asked.isAsking && !asked.answer, offer: isNew ? undefined : asked.answer?.find((one) => one.car_id === car.car_id) };
}

function Price({ price, chosen, way, next, onTake }) {
  if (price.refusal) return html`<${Told} refusal=${price.refusal} />`;
  const length = lasting(chosen.start, chosen.end);
  return html`<div class="price" role="status">
    ${price.offer && html`<strong class="price-figure number">${money(price.offer.price, price.offer.currency)}</strong> <span class="soft">${t("book.for", { length })}</span>`}
    ${!price.offer && price.isComing && html`<span class="soft">${t("book.asking")}</span>`}
    ${!price.offer && !price.isComing && html`<span class="note warn grow">${way ? t(way.mine ? "book.mine_then" : "book.taken_then", { span: span(way.start, way.end) }) : t("book.not_free")}
      ${next && +next !== +chosen.start && html` <${Button} kind="small" onClick=${() => onTake(next, new Date(+next + (chosen.end - chosen.start)))}>${t("book.take_next", { span: span(next, new Date(+next + (chosen.end - chosen.start))) })}<//>`}</span>`}
  </div>`;
}

// Somebody was faster, or the time is taken: what is in the way, and the next time that is free.
function Clash({ refusal, onTake }) {
  const { in_the_way: way, next_free: next } = refusal?.info ?? {};
  if (!way) return html`<${Told} refusal=${refusal} />`;
  return html`<div class="note bad stack-small" role="alert">
    <p>${t("book.clash", { span: span(way.start, way.end) })}</p>
    ${next && html`<div><${Button} kind="small" onClick=${() => onTake(new Date(next.start), new Date(next.end))}>${t("book.take_next", { span: span(next.start, next.end) })}<//></div>`}
  </div>`;
}

function Fields({ texts, onText, fault }) {
  return html`<div class="fields">
    <${Field} label=${t("period.start")} type="datetime-local" value=${texts.start} onInput=${onText("start")} />
    <${Field} label=${t("period.end")} type="datetime-local" value=${texts.end} onInput=${onText("end")} fault=${fault} />
  </div>`;
}

export function Booker({ car, who, query }) {
  const [first] = useState(() => begin(query, car));
  const [texts, setTexts] = useState({ start: localInput(first.start), end: localInput(first.end) });
  const [exact, setExact] = useState(first);
  const [view, setView] = useState({ from: firstDay(first.start), days: matchMedia("(min-width: 720px)").matches ? 3 : 1 });
  const calendar = useTaken(view, car.car);
  const start = exact?.start ?? fromLocalInput(texts.start);
  const end = exact?.end ?? fromLocalInput(texts.end);
  const isRight = isDate(start) && isDate(end) && start < end;
  const chosen = isRight ? { start, end } : null;
  const price = usePrice(car, chosen);
  const choose = (from, to) => {
    setExact({ start: from, end: to });
    setTexts({ start: localInput(from), end: localInput(to) });
    book.clear();
  };
  const onText = (name) => (value) => {
    const at = fromLocalInput(value);
    setExact(null);
    setTexts({ ...texts, [name]: value });
    if (name === "start" && isDate(at)) {
      // It stays as long as it was.
      if (isRight) setTexts({ start: value, end: localInput(new Date(+at + (end - start))) });
      setView({ ...view, from: firstDay(at) });
    }
    book.clear();
  };
  const book = useDeed(async () => {
    const wish = { car: car.car, start: start.toISOString(), end: end.toISOString() };
    const booked = await call("s.book", wish).catch((refusal) => {
      price.again();
      throw refusal;
    });
    say(t("book.done", { car: car.car, start: when(booked.start) }));
    go(["bookings", booked.booking]);
  });
  const take = (from, to) => {
    choose(from, to);
    setView({ ...view, from: firstDay(from) });
  };
  if (car.condition !== "usable") return html`<p class="note warn">${t("book.unusable")}</p>`;
  return html`<${Card} title=${t("book.title")}>
    <${Days} view=${view} onView=${setView} calendar=${calendar} chosen=${chosen} onChoose=${choose} label=${t("book.line", { car: car.car })} hint=${t("book.drag")} />
    <${Fields} texts=${texts} onText=${onText} fault=${isRight ? undefined : t("period.wrong")} />
    ${isRight && html`<div class="row" role="group" aria-label=${t("book.length")}>
      ${LENGTHS.map((hours) => html`<${Button} key=${hours} kind="small" aria-pressed=${+end - +start === hours * HOUR_MS ? "true" : "false"} onClick=${() => choose(start, new Date(+start + hours * HOUR_MS))}>${t("unit.hours", { value: hours })}<//>`)}
    </div>`}
    ${chosen && html`<${Price} price=${price} chosen=${chosen} onTake=${take}
      way=${calendar.taken && overlaps(calendar.taken, start, end)} next=${calendar.taken && nextFree(calendar.taken, start, end - start, +daysLater(view.from, view.days))} />`}
    <${Clash} refusal=${book.refusal} onTake=${take} />
    ${may(who, "customer")
      ? html`<${Button} kind="main wide" isBusy=${book.isBusy} disabled=${!chosen} onClick=${book.run}>${t("do.book")}<//>`
      : html`<p class="note">${t("book.not_you")}</p>`}
  <//>`;
}
