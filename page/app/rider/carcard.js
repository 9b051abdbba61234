// A car in a list: what it is, whether it can be had, how far it is and what it costs.
import { html } from "../view.js";
import { Meter, State } from "../parts/show.js";
import { Icon } from "../parts/icon.js";
import { href } from "../route.js";
import { fullName } from "./fleet.js";
import { t, money, distance, when } from "../texts/index.js";

const DAY_MS = 86_400_000;

const short = (at) => when(at, new Date(at) - Date.now() < DAY_MS / 2 ? "time" : "moment");

export function freeText(car) {
  const { free } = car;
  if (car.condition !== "usable") return t(`state.${car.condition}`);
  if (car.offer) return t("car.free_then");
  if (!free) return "";
  if (free.mine) return t("car.mine_until", { end: short(free.mine.end) });
  if (free.isFree) return free.until ? t("car.free_until", { end: short(free.until) }) : t("car.free");
  return free.from ? t("car.free_from", { start: short(free.from) }) : t("car.taken");
}

export function Free({ car }) {
  if (car.condition !== "usable") return html`<${State} of=${car.condition} />`;
  const text = freeText(car);
  if (!text) return null;
  const kind = car.offer ? "good" : car.free.mine ? "main" : car.free.isFree ? "good" : "warn";
  return html`<span class=${`chip ${kind}`}>${text}</span>`;
}

export function CarCard({ car, query }) {
  const about = [fullName(car), car.colour, car.body_type].filter(Boolean).join(" · ");
  return html`<a class="card pick" href=${href(["cars", car.car_id], query)}>
    <span class="pick-row">
      <span class="pick-name"><strong class="said">${car.car}</strong> <span class="soft small said">${about}</span></span>
      <span class="pick-price number">
        ${car.offer
          ? html`<strong>${money(car.offer.price, car.offer.currency)}</strong> <span class="soft small">${t("car.for_period")}</span>`
          : html`<strong>${money(car.rate_per_hour, car.currency)}</strong> <span class="soft small">${t("car.an_hour")}</span>`}
      </span>
    </span>
    <span class="pick-row">
      <${Free} car=${car} />
      ${car.fuel_percent !== undefined && car.fuel_percent !== null && html`<span class="pick-fact"><${Icon} name="fuel" /><${Meter} percent=${car.fuel_percent} label=${t("car.fuel")} /></span>`}
      ${(car.place || car.apart !== undefined) && html`<span class="pick-fact small"><${Icon} name="place" /><span class="said">${[car.apart !== undefined && distance(car.apart), car.place].filter(Boolean).join(" · ")}</span></span>`}
    </span>
  </a>`;
}
