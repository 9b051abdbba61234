// Giving the car back: where it stands, what its instruments show, and anything to add.
import { html, useMemo, useState } from "../view.js";
import { useDeed } from "../state/ask.js";
import { call } from "../server/http.js";
import { Card, say } from "../parts/surface.js";
import { Button, Field, Area, Form, Refused } from "../parts/controls.js";
import { GroundMap, whereAmI } from "../parts/map.js";
import { Icon } from "../parts/icon.js";
import { t, money } from "../texts/index.js";

const figure = (text) => (text === "" || text === undefined ? undefined : Number(text));
const degrees = (value) => (typeof value === "number" ? value.toFixed(5) : "");

function Place({ values, put, car }) {
  const take = (latitude, longitude) => {
    put("latitude")(degrees(latitude));
    put("longitude")(degrees(longitude));
  };
  // The map goes where the device found itself, not where it was pressed.
  const [found, setFound] = useState(0);
  const find = useDeed(async () => {
    const place = await whereAmI();
    take(place.latitude, place.longitude);
    setFound((count) => count + 1);
  });
  const [latitude, longitude] = [figure(values.latitude), figure(values.longitude)];
  const things = useMemo(() => {
    if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return [];
    return [{ id: "car", kind: "draft", latitude, longitude, text: car?.car.slice(0, 10), title: t("return.here") }];
  }, [latitude, longitude]);
  return html`<div class="stack-small">
    <div class="row"><span class="strong">${t("return.where")}</span><span class="small soft grow">${t("return.where.hint")}</span>
      <${Button} kind="small" isBusy=${find.isBusy} onClick=${find.run}><${Icon} name="place" />${t("here.device.use")}<//></div>
    <${Refused} refusal=${find.refusal} />
    <${GroundMap} things=${things} label=${t("return.where")} fit=${`return ${found}`} onPoint=${take} />
    <div class="fields">
      <${Field} label=${t("place.latitude")} type="number" step="any" min="-90" max="90" required value=${values.latitude} onInput=${put("latitude")} />
      <${Field} label=${t("place.longitude")} type="number" step="any" min="-180" max="180" required value=${values.longitude} onInput=${put("longitude")} />
      <${Field} label=${t("return.place")} hint=${t("return.place.hint")} maxlength="500" value=${values.place} onInput=${put("place")} />
    </div>
  </div>`;
}

export function GiveBack({ booking, car, onDone }) {
  const first = { latitude: degrees(car?.latitude), longitude: degrees(car?.longitude), odometer_km: "", fuel_percent: "", place: car?.place ?? "", note: "" };
  const send = (values) =>
    call("s.return", {
      booking: booking.booking,
      latitude: figure(values.latitude),
      longitude: figure(values.longitude),
      odometer_km: figure(values.odometer_km),
      fuel_percent: figure(values.fuel_percent),
      place: values.place.trim(),
      note: values.note.trim(),
    });
  const done = (told) => {
    say(t("return.done", { price: money(told.price, told.currency) }));
    onDone();
  };
  return html`<${Card} title=${t("return.title")}>
    <${Form} first=${first} send=${t("return.send")} onSend=${send} onDone=${done}
      fields=${(values, put) => html`
        <${Place} values=${values} put=${put} car=${car} />
        <div class="fields">
          <${Field} label=${t("return.odometer")} type="number" inputmode="decimal" min="0" step="any" hint=${car?.odometer_km ? t("return.odometer.hint", { value: Math.round(car.odometer_km) }) : undefined} value=${values.odometer_km} onInput=${put("odometer_km")} />
          <${Field} label=${t("return.fuel")} type="number" inputmode="decimal" min="0" max="100" step="any" value=${values.fuel_percent} onInput=${put("fuel_percent")} />
        </div>
        <${Area} label=${t("return.note")} maxlength="500" value=${values.note} onInput=${put("note")} />
      `} />
  <//>`;
}
