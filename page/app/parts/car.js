// What operators see of cars in more than one room: conditions, pins on the map, the fields of a car.
import { html } from "../view.js";
import { Chip } from "./operate.js";
import { Field } from "./controls.js";
import { GroundMap } from "./map.js";
import { t } from "../texts/index.js";

const kinds = { usable: "good", reported: "warn", repair: "warn", out_of_service: "bad", retired: "" };

export function Condition({ of }) {
  return html`<${Chip} kind=${kinds[of] ?? ""}>${t(`op.condition.${of}`)}<//>`;
}

// `out` are the numbers of cars that are out now.
export function carPin(car, { out, onPick } = {}) {
  const isFault = car.condition !== "usable" && car.condition !== "retired";
  return {
    id: `car-${car.car_id}`,
    kind: isFault ? "car fault" : out?.has(car.car_id) ? "car busy" : "car",
    latitude: car.latitude,
    longitude: car.longitude,
    text: car.car.length > 12 ? `${car.car.slice(0, 11)}…` : car.car,
    title: `${car.car}, ${car.plate}`,
    onPick,
  };
}

const text = (value) => value ?? "";

export function carValues(car) {
  return {
    plate: text(car?.plate), make: text(car?.make), model: text(car?.model), body_type: text(car?.body_type), colour: text(car?.colour),
    seats: String(car?.seats ?? 5), place: text(car?.place), rate_per_hour: car?.rate_per_hour ?? "6.50", currency: car?.currency ?? "EUR",
    latitude: String(car?.latitude ?? ""), longitude: String(car?.longitude ?? ""),
  };
}

// As the server takes them: numbers as numbers.
export function carArguments(values) {
  const { latitude, longitude, seats, ...rest } = values;
  const args = { ...rest };
  if (latitude !== undefined && latitude !== "") args.latitude = Number(latitude);
  if (longitude !== undefined && longitude !== "") args.longitude = Number(longitude);
  if (seats !== undefined && seats !== "") args.seats = Number(seats);
  return args;
}

export function CarFields({ values, put }) {
  const here = { latitude: Number(values.latitude), longitude: Number(values.longitude) };
  const isPlaced = values.latitude !== "" && values.longitude !== "" && Number.isFinite(here.latitude) && Number.isFinite(here.longitude);
  const point = (latitude, longitude) => {
    put("latitude")(latitude.toFixed(6));
    put("longitude")(longitude.toFixed(6));
  };
  return html`
    <div class="fields">
      <${Field} label=${t("car.plate")} value=${values.plate} onInput=${put("plate")} maxlength="32" required />
      <${Field} label=${t("car.make")} value=${values.make} onInput=${put("make")} maxlength="128" />
      <${Field} label=${t("car.model")} value=${values.model} onInput=${put("model")} maxlength="128" />
      <${Field} label=${t("op.car.body")} value=${values.body_type} onInput=${put("body_type")} maxlength="128" />
      <${Field} label=${t("op.car.colour")} value=${values.colour} onInput=${put("colour")} maxlength="128" />
      <${Field} label=${t("op.car.seats")} value=${values.seats} onInput=${put("seats")} type="number" min="1" max="99" required />
      <${Field} label=${t("car.rate")} value=${values.rate_per_hour} onInput=${put("rate_per_hour")} inputmode="decimal" pattern="[0-9]+(\\.[0-9]+)?" required />
      <${Field} label=${t("car.currency")} value=${values.currency} onInput=${put("currency")} pattern="[A-Z]{3}" maxlength="3" required />
      <${Field} label=${t("op.car.place")} value=${values.place} onInput=${put("place")} maxlength="128" />
      <${Field} label=${t("place.latitude")} value=${values.latitude} onInput=${put("latitude")} type="number" step="any" min="-90" max="90" required />
      <${Field} label=${t("place.longitude")} value=${values.longitude} onInput=${put("longitude")} type="number" step="any" min="-180" max="180" required />
    </div>
    <p class="soft small">${t("op.car.point")}</p>
    <${GroundMap} label=${t("op.car.where")} fit="place" onPoint=${point} things=${isPlaced ? [{ id: "here", kind: "draft", title: t("op.car.where"), ...here }] : []} />`;
}
