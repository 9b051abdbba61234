// The fleet: every car on the map and in a list; repairs; one car by its name.
import { html, useMemo, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Field, Select, Choices } from "../parts/controls.js";
import { Table, Meter } from "../parts/show.js";
import { GroundMap } from "../parts/map.js";
import { useShown } from "../parts/list.js";
import { FormButton, Chip } from "../parts/operate.js";
import { Condition, CarFields, carArguments, carPin, carValues } from "../parts/car.js";
import { useCars } from "../state/whole.js";
import { useAsk } from "../state/ask.js";
import { call } from "../server/http.js";
import { go, href } from "../route.js";
import { t, tn, money } from "../texts/index.js";
import { OneCar } from "./fleet/one.js";
import { RepairList } from "./fleet/repairs.js";

const SHOWN_MS = 10_000;

function AddCar({ onDone }) {
  return html`<${FormButton} label=${t("op.fleet.add")} kind="main" first=${{ car: "", ...carValues() }} send=${t("do.add")}
    onSend=${(values) => call("s.addcar", carArguments(values))}
    said=${(car) => t("op.fleet.added", { car: car?.car ?? "" })} onDone=${onDone}
    fields=${(values, put) => html`
      <${Field} label=${t("car.name")} hint=${t("op.car.name.hint")} value=${values.car} onInput=${put("car")} maxlength="64" autocapitalize="none" spellcheck=${false} required autofocus />
      <${CarFields} values=${values} put=${put} />
    `} />`;
}

function useOnline() {
  const clients = useAsk("s.clients", {}, { everyMs: SHOWN_MS });
  return useMemo(() => new Set((clients.answer ?? []).filter((one) => one.kind === "car").map((one) => one.car_id)), [clients.answer]);
}

const matches = (car, wanted) => [car.car, car.plate, car.make, car.model, car.place].some((text) => text?.toLowerCase().includes(wanted));

function CarList({ cars, online }) {
  const [filter, setFilter] = useState({ text: "", condition: "" });
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const wanted = filter.text.trim().toLowerCase();
  const rows = cars.filter((car) => (!filter.condition || car.condition === filter.condition) && (!wanted || matches(car, wanted)));
  const { shown, rest } = useShown(rows);
  const things = useMemo(() => rows.filter((car) => car.condition !== "retired").map((car) => carPin(car, { onPick: () => go(["fleet", car.car]) })), [cars, filter]);
  return html`<div class="stack">
    <${GroundMap} label=${t("op.fleet.map")} things=${things} />
    <${Card}>
      <div class="fields">
        <${Field} label=${t("op.find")} type="search" value=${filter.text} onInput=${put("text")} />
        <${Select} label=${t("op.car.condition")} value=${filter.condition} onInput=${put("condition")}
          options=${[["", t("op.all")], ...["usable", "reported", "repair", "out_of_service", "retired"].map((one) => [one, t(`op.condition.${one}`)])]} />
      </div>
      <p class="soft small" role="status">${tn("op.fleet.count", rows.length)}</p>
      ${rows.length === 0 && html`<${Empty}>${t("op.fleet.none")}<//>`}
      ${rows.length > 0 && html`<${Table} label=${t("op.list_of", { name: t("room.fleet") })} rows=${shown} id=${(car) => car.car_id} columns=${[
        [t("car.name"), (car) => html`<a href=${href(["fleet", car.car])} class="strong">${car.car}</a>`],
        [t("car.plate"), (car) => car.plate],
        [t("op.car.kind"), (car) => [car.make, car.model].filter(Boolean).join(" ") || "–"],
        [t("op.car.place"), (car) => car.place || "–"],
        [t("op.car.fuel"), (car) => (car.fuel_percent === undefined || car.fuel_percent === null ? "–" : html`<${Meter} percent=${car.fuel_percent} label=${t("op.car.fuel")} />`)],
        [t("car.rate"), (car) => money(car.rate_per_hour, car.currency), "end number"],
        [t("op.car.unit"), (car) => html`<${Chip} kind=${online.has(car.car_id) ? "good" : ""}>${t(online.has(car.car_id) ? "op.car.online" : "op.car.offline")}<//>`],
        [t("op.car.condition"), (car) => html`<${Condition} of=${car.condition} />`],
      ]} />`}
      ${rest}
    <//>
  </div>`;
}

export default function Fleet({ parts, query }) {
  const cars = useCars({ everyMs: SHOWN_MS });
  const online = useOnline();
  if (parts[0]) return html`<${OneCar} name=${parts[0]} cars=${cars} online=${online} />`;
  const shown = query.show === "repairs" ? "repairs" : "cars";
  return html`<${Head} title=${t("room.fleet")}><${AddCar} onDone=${cars.again} /><//>
    <div class="stack">
      <${Choices} label=${t("room.fleet")} value=${shown} onInput=${(value) => go("fleet", value === "cars" ? {} : { show: value })} options=${[["cars", t("op.fleet.cars")], ["repairs", t("op.fleet.repairs")]]} />
      ${shown === "repairs"
        ? html`<${RepairList} cars=${cars} isOperator />`
        : html`<${Answered} asked=${cars}>${(list) => (list.length === 0 ? html`<${Empty}>${t("op.fleet.empty")}<//>` : html`<${CarList} cars=${list} online=${online} />`)}<//>`}
    </div>`;
}
