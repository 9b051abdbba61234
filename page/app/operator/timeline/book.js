// A booking by the operator, for themselves: the server books for who asks.
import { html } from "../../view.js";
import { Field, Select } from "../../parts/controls.js";
import { FormButton } from "../../parts/operate.js";
import { fromLocalInput, localInput, nextQuarter } from "../../parts/timeline.js";
import { call } from "../../server/http.js";
import { t } from "../../texts/index.js";

const HOUR_MS = 3_600_000;

export function BookFor({ cars, onDone }) {
  const start = nextQuarter();
  const usable = cars.filter((car) => car.condition === "usable");
  if (usable.length === 0) return null;
  const first = { car: usable[0].car, start: localInput(start), end: localInput(new Date(start.getTime() + HOUR_MS)) };
  return html`<${FormButton} label=${t("op.booking.book")} about=${t("op.booking.book.about")} first=${first} send=${t("op.booking.book")} said=${t("op.booking.booked")} onDone=${onDone}
    onSend=${(values) => call("s.book", { car: values.car, start: fromLocalInput(values.start).toISOString(), end: fromLocalInput(values.end).toISOString() })}
    fields=${(values, put) => html`
      <${Select} label=${t("op.booking.car")} value=${values.car} onInput=${put("car")} options=${usable.map((car) => [car.car, car.car])} />
      <${Field} label=${t("op.booking.start")} type="datetime-local" step="900" value=${values.start} onInput=${put("start")} required />
      <${Field} label=${t("op.booking.end")} type="datetime-local" step="900" value=${values.end} onInput=${put("end")} required />
    `} />`;
}
