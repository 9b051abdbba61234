// What became of a booking, so that it can be printed and kept.
import { html } from "../view.js";
import { Card } from "../parts/surface.js";
import { Button } from "../parts/controls.js";
import { State } from "../parts/show.js";
import { settings } from "../state/session.js";
import { href } from "../route.js";
import { fullName } from "./fleet.js";
import { t, money, when, lasting, number } from "../texts/index.js";

function rows(booking, car) {
  const back = booking.returned;
  const has = (value) => value !== undefined && value !== null && value !== "";
  return [
    ["booking.number", number(booking.booking, { useGrouping: false })],
    ["receipt.rider", booking.user],
    ["receipt.car", [booking.car, car && fullName(car), car?.plate].filter(Boolean).join(", ")],
    ["period.start", when(booking.start)],
    ["period.end", when(booking.end)],
    ["period.length", lasting(booking.start, booking.end)],
    ["booking.started", booking.started_at && when(booking.started_at)],
    ["booking.ended", booking.ended_at && when(booking.ended_at)],
    ["receipt.place", back && [back.place, has(back.latitude) && `${back.latitude.toFixed(5)}, ${back.longitude.toFixed(5)}`].filter(Boolean).join(" · ")],
    ["return.odometer", has(back?.odometer_km) && t("unit.km", { value: number(back.odometer_km) })],
    ["return.fuel", has(back?.fuel_percent) && `${number(back.fuel_percent)} %`],
    ["return.note", back?.note],
  ].filter(([, value]) => has(value) && value !== false);
}

export function Receipt({ booking, car }) {
  const isFree = booking.state === "cancelled";
  return html`<${Card} kind="receipt">
    <div class="row">
      <div class="grow">
        <p class="soft small said">${settings.get()?.server ?? "motorpool"}</p>
        <h2>${t(booking.state === "finished" ? "receipt.title" : "receipt.other")}</h2>
      </div>
      <${State} of=${booking.state} />
      <${Button} kind="no-print" onClick=${() => print()}>${t("receipt.print")}<//>
    </div>
    <dl class="facts">
      ${rows(booking, car).map(([name, value]) => html`<dt key=${name}>${t(name)}</dt><dd class="said">${value}</dd>`)}
    </dl>
    <p class="receipt-total"><span>${t(isFree ? "receipt.not_used" : "receipt.total")}</span><strong class="number">${money(booking.price, booking.currency)}</strong></p>
    <p class="row no-print"><a class="button plain" href=${href(["cars", booking.car_id])}>${t("receipt.again")}</a></p>
  <//>`;
}
