// One booking, by its number: what it is, and what an operator may do with it.
import { html, useState } from "../../view.js";
import { Answered, Dialog, Empty } from "../../parts/surface.js";
import { Field, Form, Refused } from "../../parts/controls.js";
import { State } from "../../parts/show.js";
import { fromLocalInput, localInput } from "../../parts/timeline.js";
import { Act } from "../../parts/operate.js";
import { GroundMap } from "../../parts/map.js";
import { say } from "../../parts/surface.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { href } from "../../route.js";
import { t, money, when, lasting, number } from "../../texts/index.js";

const LIVES = ["reserved", "ongoing", "overdue"];

function Extend({ booking, onDone }) {
  return html`<${Form} first=${{ end: localInput(new Date(booking.end)) }} send=${t("op.booking.extend")} kind=""
    onSend=${({ end }) => call("s.extend", { booking: booking.booking, end: fromLocalInput(end).toISOString() })}
    onDone=${() => {
      say(t("op.booking.extended"));
      onDone();
    }}
    fields=${(values, put) => html`<${Field} label=${t("op.booking.new_end")} hint=${t("op.booking.new_end.hint")} type="datetime-local" step="900" value=${values.end} onInput=${put("end")} required />`} />`;
}

function Return({ booking, car, onDone }) {
  const first = { latitude: String(car?.latitude ?? ""), longitude: String(car?.longitude ?? ""), odometer_km: "", fuel_percent: "", place: car?.place ?? "", note: "" };
  const asNumber = (text) => (text === "" ? undefined : Number(text));
  return html`<${Form} first=${first} send=${t("op.booking.return")} kind=""
    onSend=${(values) => call("s.return", { booking: booking.booking, latitude: Number(values.latitude), longitude: Number(values.longitude), odometer_km: asNumber(values.odometer_km), fuel_percent: asNumber(values.fuel_percent), place: values.place, note: values.note.trim() })}
    onDone=${() => {
      say(t("op.booking.returned"));
      onDone();
    }}
    fields=${(values, put) => html`
      <div class="fields">
        <${Field} label=${t("place.latitude")} type="number" step="any" min="-90" max="90" value=${values.latitude} onInput=${put("latitude")} required />
        <${Field} label=${t("place.longitude")} type="number" step="any" min="-180" max="180" value=${values.longitude} onInput=${put("longitude")} required />
        <${Field} label=${t("op.car.odometer_km")} type="number" step="any" min="0" value=${values.odometer_km} onInput=${put("odometer_km")} />
        <${Field} label=${t("op.car.fuel_percent")} type="number" step="any" min="0" max="100" value=${values.fuel_percent} onInput=${put("fuel_percent")} />
        <${Field} label=${t("op.car.place")} value=${values.place} onInput=${put("place")} maxlength="128" />
        <${Field} label=${t("op.why")} hint=${t("op.booking.return.why")} value=${values.note} onInput=${put("note")} required />
      </div>`} />`;
}

function Told({ booking }) {
  const { returned } = booking;
  const rows = [
    [t("op.booking.car"), html`<a href=${href(["fleet", booking.car])}>${booking.car}</a>`],
    [t("op.booking.user"), html`<a href=${href(["accounts", booking.user])}>${booking.user}</a>`],
    [t("op.booking.start"), when(booking.start)],
    [t("op.booking.end"), when(booking.end)],
    [t("op.booking.length"), lasting(booking.start, booking.end)],
    [t("op.booking.price"), money(booking.price, booking.currency)],
    [t("op.booking.started"), booking.started_at && when(booking.started_at)],
    [t("op.booking.ended"), booking.ended_at && when(booking.ended_at)],
    [t("op.car.odometer"), typeof returned?.odometer_km === "number" && t("unit.km", { value: number(returned.odometer_km) })],
    [t("op.car.fuel"), typeof returned?.fuel_percent === "number" && `${number(returned.fuel_percent)} %`],
    [t("op.car.place"), returned?.place],
    [t("op.note"), returned?.note && html`<span class="said">${returned.note}</span>`],
    [t("op.booking.verified"), returned && t(returned.verified ? "do.yes" : "do.no")],
  ];
  return html`<dl class="facts">${rows.filter(([, value]) => value).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>
    ${returned && html`<${GroundMap} label=${t("op.booking.returned_at")} things=${[{ id: "returned", kind: "car", text: booking.car.slice(0, 12), title: booking.car, latitude: returned.latitude, longitude: returned.longitude }]} />`}`;
}

function Doable({ booking, onDone }) {
  const cars = useAsk("s.cars", { after: booking.car_id - 1 });
  const car = cars.answer?.find((one) => one.car_id === booking.car_id);
  const isOut = booking.state !== "reserved";
  const [refusal, setRefusal] = useState(null);
  const [word, setWord] = useState("");
  const act = (command, said) => async () => {
    setWord("");
    await call(command, { booking: booking.booking });
    setWord(said);
  };
  return html`<div class="stack">
    <${Refused} refusal=${refusal} />
    ${word && html`<p class="note good" role="status">${word}</p>`}
    <div class="row">
      ${!isOut && html`<${Act} kind="" sure=${t("op.booking.cancel.sure")} run=${act("s.cancel", t("op.booking.cancelled"))} said=${t("op.booking.cancelled")} onRefused=${setRefusal} onDone=${onDone}>${t("op.booking.cancel")}<//>`}
      <${Act} kind="" sure=${t("op.booking.unlock.sure")} run=${act("s.unlock", t("op.booking.unlocked"))} onRefused=${setRefusal} onDone=${onDone}>${t("op.booking.unlock")}<//>
      <${Act} kind="" run=${act("s.lock", t("op.booking.locked"))} onRefused=${setRefusal} onDone=${onDone}>${t("op.booking.lock")}<//>
    </div>
    <details open><summary>${t("op.booking.extend.title")}</summary><div class="op-inner"><${Extend} booking=${booking} onDone=${onDone} /></div></details>
    ${isOut && html`<details><summary>${t("op.booking.return.title")}</summary><div class="op-inner">${cars.answer && html`<${Return} booking=${booking} car=${car} onDone=${onDone} />`}</div></details>`}
  </div>`;
}

// There is no command for one booking: the newest below the next number is it.
export function OneBooking({ number: wanted, onClose, onChange }) {
  const asked = useAsk("s.bookings", { before: wanted + 1 }, { everyMs: 10_000, on: ["booking"] });
  const done = () => {
    asked.again();
    onChange?.();
  };
  return html`<${Dialog} title=${t("op.who.booking", { id: wanted })} onClose=${onClose}>
    <${Answered} asked=${asked} bones=${2}>${(list) => {
      const booking = list.find((one) => one.booking === wanted);
      if (!booking) return html`<${Empty}>${t("op.booking.unknown")}<//>`;
      return html`<div class="stack">
        <div><${State} of=${booking.state} /></div>
        <${Told} booking=${booking} />
        ${LIVES.includes(booking.state) && html`<${Doable} key=${`${booking.state} ${booking.end}`} booking=${booking} onDone=${done} />`}
      </div>`;
    }}<//>
  <//>`;
}
