// More time, or less: the new end over the car's time line, and what it will cost.
import { html, useState } from "../view.js";
import { useDeed } from "../state/ask.js";
import { call } from "../server/http.js";
import { Dialog, say } from "../parts/surface.js";
import { Button, Field } from "../parts/controls.js";
import { Told } from "../parts/told.js";
import { localInput, fromLocalInput, nextQuarter } from "../parts/timeline.js";
import { Days, useTaken, firstDay } from "./days.js";
import { t, money, when, lasting } from "../texts/index.js";

const MINUTE_MS = 60_000;
const STEPS = [-30, 30, 60, 120];

// The price follows the booked time at the rate of the booking.
function priceAt(booking, end) {
  const length = new Date(booking.end) - new Date(booking.start);
  return (Number(booking.price) * (end - new Date(booking.start))) / length;
}

// More time for a car that is late counts from now.
const moved = (end, minutes) => (minutes > 0 ? Math.max(end, +nextQuarter() - 15 * MINUTE_MS) : end) + minutes * MINUTE_MS;

export function Extend({ booking, onClose }) {
  const [end, setEnd] = useState(new Date(booking.end));
  const [text, setText] = useState(localInput(end));
  const [view, setView] = useState({ from: firstDay(booking.start), days: 1 });
  const calendar = useTaken(view, booking.car);
  const start = new Date(booking.start);
  const isRight = !Number.isNaN(+end) && end > start;
  const put = (at) => {
    setEnd(at);
    if (!Number.isNaN(+at)) setText(localInput(at));
    deed.clear();
  };
  const type = (value) => {
    setText(value);
    setEnd(fromLocalInput(value));
  };
  const deed = useDeed(async () => {
    const told = await call("s.extend", { booking: booking.booking, end: end.toISOString() });
    say(t("extend.done", { end: when(told.end), price: money(told.price, told.currency) }));
    onClose();
  });
  return html`<${Dialog} title=${t("extend.title")} onClose=${onClose}>
    <div class="stack">
      <${Days} view=${view} onView=${setView} calendar=${calendar} chosen=${isRight ? { start, end } : null} onChoose=${(_, last) => put(last)} label=${t("book.line", { car: booking.car })} />
      <${Field} label=${t("extend.end")} type="datetime-local" value=${text} onInput=${type} fault=${isRight ? undefined : t("period.wrong")} />
      <div class="row" role="group" aria-label=${t("extend.by")}>
        ${STEPS.map((minutes) => html`<${Button} key=${minutes} kind="small" disabled=${!isRight} onClick=${() => put(new Date(moved(+end, minutes)))}>${t(minutes > 0 ? "extend.more" : "extend.less", { length: lasting(0, Math.abs(minutes) * MINUTE_MS) })}<//>`)}
      </div>
      ${isRight && html`<p role="status">${t("extend.price", { price: money(priceAt(booking, end), booking.currency), length: lasting(start, end) })}</p>`}
      <${Told} refusal=${deed.refusal} />
      <div class="dialog-acts">
        <${Button} onClick=${onClose}>${t("do.cancel")}<//>
        <${Button} kind="main" isBusy=${deed.isBusy} disabled=${!isRight || +end === +new Date(booking.end)} onClick=${deed.run}>${t("extend.send")}<//>
      </div>
    </div>
  <//>`;
}
