// One car: what it is and where, what is done with it, what was said to it, its bookings and repairs.
import { html, useMemo, useState } from "../../view.js";
import { Head, Card, Answered, Empty } from "../../parts/surface.js";
import { Area, Select } from "../../parts/controls.js";
import { Meter } from "../../parts/show.js";
import { GroundMap } from "../../parts/map.js";
import { Chip, FormButton } from "../../parts/operate.js";
import { Condition, CarFields, carArguments, carPin, carValues } from "../../parts/car.js";
import { ask, call } from "../../server/http.js";
import { href } from "../../route.js";
import { t, money, number } from "../../texts/index.js";
import { RepairList } from "./repairs.js";
import { CarCommands, BookingList } from "./told.js";
import { Operate } from "./operate.js";

// Only what was changed is sent, so that nothing is put back that somebody else changed meanwhile.
function changed(before, values) {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== before[name]));
}

// A text that was emptied is sent as such; the call of the page leaves out what is empty.
function change(car, args) {
  return ask("/api/v1/commands/s.changecar", { body: { car: car.car, ...args } });
}

function Change({ car, onDone }) {
  const first = carValues(car);
  return html`<${FormButton} label=${t("op.car.change")} title=${t("op.car.change.title", { car: car.car })} first=${first} send=${t("do.save")} said=${t("op.car.changed")} onDone=${onDone}
    onSend=${(values) => change(car, carArguments(changed(first, values)))}
    fields=${(values, put) => html`<${CarFields} values=${values} put=${put} />`} />`;
}

function SetCondition({ car, onDone }) {
  const choices = ["out_of_service", "usable"];
  return html`<${FormButton} label=${t("op.car.set_condition")} first=${{ condition: car.condition === "out_of_service" ? "usable" : "out_of_service", note: "" }} send=${t("do.save")} said=${t("op.car.changed")} onDone=${onDone}
    about=${t("op.car.set_condition.about")}
    onSend=${(values) => call("s.setcondition", { car: car.car, ...values })}
    fields=${(values, put) => html`
      <${Select} label=${t("op.car.condition")} value=${values.condition} onInput=${put("condition")} options=${choices.map((one) => [one, t(`op.condition.${one}`)])} />
      <${Area} label=${t("op.why")} value=${values.note} onInput=${put("note")} required />
    `} />`;
}

function Retire({ car, onDone }) {
  return html`<${FormButton} label=${t("op.car.retire")} title=${t("op.car.retire.title", { car: car.car })} about=${t("op.car.retire.about")} kind="small danger" first=${{ note: "" }} send=${t("op.car.retire")} said=${t("op.car.retired")} onDone=${onDone}
    onSend=${({ note }) => call("s.retirecar", { car: car.car, note: note.trim() })}
    fields=${(values, put) => html`<${Area} label=${t("op.why")} hint=${t("op.optional")} value=${values.note} onInput=${put("note")} autofocus />`} />`;
}

function Report({ car, onDone }) {
  return html`<${FormButton} label=${t("op.car.report")} first=${{ fault: "", priority: "3" }} send=${t("op.car.report")} said=${t("op.car.reported")} onDone=${onDone}
    onSend=${({ fault, priority }) => call("s.reportcar", { car: car.car, fault, priority: Number(priority) })}
    fields=${(values, put) => html`
      <${Area} label=${t("op.repair.fault")} value=${values.fault} onInput=${put("fault")} required autofocus />
      <${Select} label=${t("op.repair.priority")} value=${values.priority} onInput=${put("priority")} options=${[1, 2, 3, 4, 5].map((one) => [String(one), t(`op.priority.${one}`)])} />
    `} />`;
}

function Facts({ car, isOnline }) {
  const rows = [
    [t("car.plate"), car.plate],
    [t("op.car.kind"), [car.make, car.model].filter(Boolean).join(" ")],
    [t("op.car.body"), car.body_type],
    [t("op.car.colour"), car.colour],
    [t("op.car.seats"), number(car.seats)],
    [t("car.rate"), money(car.rate_per_hour, car.currency)],
    [t("op.car.place"), car.place],
    [t("op.car.position"), `${car.latitude.toFixed(5)}, ${car.longitude.toFixed(5)}`],
    [t("op.car.odometer"), car.odometer_km === undefined || car.odometer_km === null ? "" : t("unit.km", { value: number(car.odometer_km) })],
    [t("op.car.fuel"), car.fuel_percent === undefined || car.fuel_percent === null ? "" : html`<${Meter} percent=${car.fuel_percent} label=${t("op.car.fuel")} />`],
    [t("op.car.unit"), html`<${Chip} kind=${isOnline ? "good" : ""}>${t(isOnline ? "op.car.online" : "op.car.offline")}<//>`],
    [t("op.car.condition"), html`<${Condition} of=${car.condition} />`],
  ];
  return html`<dl class="facts">${rows.filter(([, value]) => value).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function Known({ car, cars, isOnline }) {
  const things = useMemo(() => [carPin(car)], [car]);
  const [turn, setTurn] = useState(0);
  const again = cars.again;
  // A fault that was reported here is in the list at once.
  const reported = () => {
    again();
    setTurn(turn + 1);
  };
  const isRetired = car.condition === "retired";
  return html`<${Head} title=${car.car} back=${[href("fleet"), t("room.fleet")]}>
      ${!isRetired && html`<${Change} car=${car} onDone=${again} />`}
      ${!isRetired && html`<${SetCondition} car=${car} onDone=${again} />`}
      ${!isRetired && html`<${Report} car=${car} onDone=${reported} />`}
      ${!isRetired && html`<${Retire} car=${car} onDone=${again} />`}
    <//>
    <div class="stack">
      <div class="two">
        <${Card} title=${t("op.car.facts")}><${Facts} car=${car} isOnline=${isOnline} /><//>
        <${Card} title=${t("op.car.where")}><${GroundMap} label=${t("op.map_of", { name: t("op.car.where") })} things=${things} fit=${`car ${car.car_id}`} /><//>
      </div>
      <${Operate} car=${car} isOnline=${isOnline} />
      <${RepairList} key=${turn} cars=${cars} car=${car} isOperator onDone=${again} />
      <${BookingList} args=${{ car: car.car }} />
      <${CarCommands} car=${car} />
    </div>`;
}

export function OneCar({ name, cars, online }) {
  return html`<${Answered} asked=${cars}>${(list) => {
    const car = list.find((one) => one.car === name);
    if (!car) return html`<${Head} title=${name} back=${[href("fleet"), t("room.fleet")]} /><${Empty}>${t("op.fleet.unknown")}<//>`;
    return html`<${Known} car=${car} cars=${cars} isOnline=${online.has(car.car_id)} />`;
  }}<//>`;
}
