// What somebody should look at: bookings that are overdue, services that failed, cars in fault, repairs that nobody has.
import { html } from "../../view.js";
import { Card } from "../../parts/surface.js";
import { Chip, useTick } from "../../parts/operate.js";
import { href } from "../../route.js";
import { t, ago } from "../../texts/index.js";

const TICK_MS = 30_000;
const SHOWN_MAX = 50;
// A service that began anew this often within its life is worth a look.
const RESTARTS_MANY = 3;

export function alarmsOf({ bookings, services, cars, repairs }) {
  const overdue = bookings.filter((one) => one.state === "overdue").map((one) => ({
    id: `booking-${one.booking}`, sort: "overdue", kind: "bad", at: one.end,
    text: t("op.alarm.overdue", { car: one.car, user: one.user }), href: href("timeline", { booking: one.booking }),
  }));
  const down = services.filter((one) => !one.up || one.state.includes("gave up")).map((one) => ({
    id: `service-${one.name}`, sort: "service", kind: "bad", at: one.last_error_at,
    text: t("op.alarm.service", { name: one.name, why: one.last_error ?? one.state }), href: href("services"),
  }));
  const shaky = services.filter((one) => one.up && one.restarts >= RESTARTS_MANY).map((one) => ({
    id: `restarts-${one.name}`, sort: "service", kind: "warn", at: one.last_error_at,
    text: t("op.alarm.restarts", { name: one.name, count: one.restarts }), href: href("services"),
  }));
  const inRepair = new Set(repairs.map((one) => one.car_id));
  const faults = cars.filter((one) => one.condition !== "usable" && one.condition !== "retired").map((one) => ({
    id: `car-${one.car_id}`, sort: "car", kind: "warn",
    text: t(inRepair.has(one.car_id) || one.condition === "out_of_service" ? "op.alarm.car" : "op.alarm.car_out", { car: one.car, condition: t(`op.condition.${one.condition}`) }), href: href(["fleet", one.car]),
  }));
  const waiting = repairs.filter((one) => one.state === "reported" && one.priority <= 2).map((one) => ({
    id: `repair-${one.repair}`, sort: "repair", kind: "warn", at: one.at,
    text: t("op.alarm.repair", { car: cars.find((car) => car.car_id === one.car_id)?.car ?? one.car_id, fault: one.fault }), href: href("fleet", { show: "repairs" }),
  }));
  return [...overdue, ...down, ...waiting, ...faults, ...shaky];
}

export function Alarms({ alarms, isKnown }) {
  useTick(TICK_MS);
  if (!isKnown) return html`<div class="bone"></div>`;
  if (alarms.length === 0) return html`<p class="note good" role="status">${t("op.alarm.none")}</p>`;
  return html`<${Card} title=${t("op.overview.alarms")}>
    <ul class="op-lines" aria-live="polite">
      ${alarms.slice(0, SHOWN_MAX).map((one) => html`<li key=${one.id}>
        <${Chip} kind=${one.kind}>${t(`op.alarm.sort.${one.sort}`)}<//>
        <a class="grow said" href=${one.href}>${one.text}</a>
        ${one.at && html`<span class="soft small">${ago(one.at)}</span>`}
      </li>`)}
    </ul>
  <//>`;
}
