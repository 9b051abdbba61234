// A car's own page: what it is, where it stands, what is taken of its time, and booking it.
import { html, useState, useMemo } from "../view.js";
import { useLoad, useNow } from "../parts/load.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Button } from "../parts/controls.js";
import { Meter } from "../parts/show.js";
import { GroundMap } from "../parts/map.js";
import { Icon } from "../parts/icon.js";
import { useCell } from "../state/cell.js";
import { may } from "../state/session.js";
import { href } from "../route.js";
import { here, apart } from "./here.js";
import { loadCarFree, fullName } from "./fleet.js";
import { Free } from "./carcard.js";
import { Booker } from "./booker.js";
import { Report } from "./report.js";
import { t, money, distance, number } from "../texts/index.js";

function Facts({ car, place }) {
  const far = apart(place, car);
  const rows = [
    ["car.plate", car.plate],
    ["car.what", [fullName(car), car.colour, car.body_type].filter(Boolean).join(", ")],
    ["car.seats", car.seats && number(car.seats)],
    ["car.rate", `${money(car.rate_per_hour, car.currency)}`],
    ["car.fuel", car.fuel_percent !== undefined && car.fuel_percent !== null && html`<${Meter} percent=${car.fuel_percent} label=${t("car.fuel")} />`],
    ["car.odometer", car.odometer_km !== undefined && car.odometer_km !== null && t("unit.km", { value: number(Math.round(car.odometer_km)) })],
    ["car.place", car.place],
    ["car.distance", far !== undefined && distance(far)],
  ];
  return html`<dl class="facts">
    ${rows.filter(([, value]) => value).map(([name, value]) => html`<dt key=${name}>${t(name)}</dt><dd>${value}</dd>`)}
  </dl>`;
}

// From farther off the map would show both as dots.
const NEAR_M = 60_000;

function Stands({ car, place }) {
  const things = useMemo(() => {
    const all = [{ id: "car", kind: "car", latitude: car.latitude, longitude: car.longitude, text: car.car.slice(0, 10), title: car.car }];
    return apart(place, car) < NEAR_M ? [...all, { id: "me", kind: "me", latitude: place.latitude, longitude: place.longitude, title: t("here.me") }] : all;
  }, [car.latitude, car.longitude, place]);
  if (typeof car.latitude !== "number") return null;
  return html`<${GroundMap} things=${things} label=${t("car.map")} />`;
}

export function Car({ id, who, query }) {
  const asked = useLoad(() => loadCarFree(id, who), `car ${id} ${who.user}`, { everyMs: 20_000, on: ["booking"] });
  const [isReporting, setIsReporting] = useState(false);
  const place = useCell(here);
  useNow();
  const back = [href("cars"), t("room.cars")];
  const car = asked.answer;
  return html`<${Head} title=${car?.car ?? t("car.one")} back=${back}>
      ${car && may(who, "customer") && html`<${Button} onClick=${() => setIsReporting(true)}><${Icon} name="repair" />${t("report.open")}<//>`}
    <//>
    <${Answered} asked=${asked}>${(car) => car === null
      ? html`<${Empty}>${t("car.gone")}<//>`
      : html`<div class="stack">
        <${Booker} car=${car} who=${who} query=${query} />
        <div class="two">
          <${Card} title=${t("car.about")} acts=${html`<${Free} car=${car} />`}><${Facts} car=${car} place=${place} /><//>
          <${Card} title=${t("car.stands")}><${Stands} car=${car} place=${place} /><//>
        </div>
      </div>`}<//>
    ${isReporting && car && html`<${Report} car=${car} onClose=${() => setIsReporting(false)} />`}`;
}
