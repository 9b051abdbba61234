// Drawing a building. A press on the map puts the middle of a circle, or one more corner; the fields beside it do the same by keyboard.
import { html, useMemo, useState } from "../../view.js";
import { Head, Card, Answered, say } from "../../parts/surface.js";
import { Button, Choices, Field, Refused } from "../../parts/controls.js";
import { GroundMap } from "../../parts/map.js";
import { carPin } from "../../parts/car.js";
import { useDeed } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { go, href } from "../../route.js";
import { t } from "../../texts/index.js";
import { buildingThings } from "../buildings.js";

const CORNERS_MIN = 3;
const DIGITS = 6;

const isPlace = ({ latitude, longitude }) => latitude !== "" && longitude !== "" && Math.abs(Number(latitude)) <= 90 && Math.abs(Number(longitude)) <= 180;
const place = (latitude, longitude) => ({ latitude: latitude.toFixed(DIGITS), longitude: longitude.toFixed(DIGITS) });
const asNumbers = ({ latitude, longitude }) => ({ latitude: Number(latitude), longitude: Number(longitude) });

function draftThings({ shape, middle, radius, corners }) {
  if (shape === "circle") {
    if (!isPlace(middle)) return [];
    const at = asNumbers(middle);
    return [Number(radius) > 0 && { id: "draft-area", kind: "draft", radius_m: Number(radius), ...at }, { id: "draft-middle", kind: "draft", title: t("op.building.middle"), ...at }].filter(Boolean);
  }
  const ring = corners.map((one) => [Number(one.longitude), Number(one.latitude)]);
  return [
    ring.length >= 2 && { id: "draft-area", kind: "draft", rings: [ring] },
    ...corners.map((one, at) => ({ id: `draft-${at}`, kind: "draft", text: String(at + 1), title: t("op.building.corner", { number: at + 1 }), ...asNumbers(one) })),
  ].filter(Boolean);
}

function Corners({ corners, setCorners }) {
  const [next, setNext] = useState({ latitude: "", longitude: "" });
  const put = (name) => (value) => setNext((before) => ({ ...before, [name]: value }));
  const add = () => {
    if (!isPlace(next)) return;
    setCorners([...corners, place(Number(next.latitude), Number(next.longitude))]);
    setNext({ latitude: "", longitude: "" });
  };
  return html`<div class="stack-small">
    <p class="soft small">${t("op.building.corners.hint")}</p>
    <ol class="op-lines">${corners.map((one, at) => html`<li key=${at}>
      <span class="strong number">${at + 1}</span><span class="grow number">${one.latitude}, ${one.longitude}</span>
      <${Button} kind="small" onClick=${() => setCorners(corners.filter((_, other) => other !== at))}>${t("do.remove")}<span class="hidden-text"> ${t("op.building.corner", { number: at + 1 })}</span><//>
    </li>`)}</ol>
    <div class="fields">
      <${Field} label=${t("place.latitude")} type="number" step="any" min="-90" max="90" value=${next.latitude} onInput=${put("latitude")} />
      <${Field} label=${t("place.longitude")} type="number" step="any" min="-180" max="180" value=${next.longitude} onInput=${put("longitude")} />
    </div>
    <div class="row">
      <${Button} kind="small" disabled=${!isPlace(next)} onClick=${add}>${t("op.building.corner.add")}<//>
      ${corners.length > 0 && html`<${Button} kind="small" onClick=${() => setCorners(corners.slice(0, -1))}>${t("op.building.corner.undo")}<//>`}
    </div>
  </div>`;
}

// The corners that the server told, without the last one where it closes the ring.
function cornersOf(known) {
  const ring = known?.rings?.[0] ?? [];
  const isClosed = ring.length > 1 && ring[0][0] === ring.at(-1)[0] && ring[0][1] === ring.at(-1)[1];
  return (isClosed ? ring.slice(0, -1) : ring).map(([longitude, latitude]) => place(latitude, longitude));
}

function Sheet({ known, list, cars, again }) {
  const [names, setNames] = useState({ building: known?.building ?? "", name: known?.name ?? "" });
  const [shape, setShape] = useState(known && !known.radius_m ? "polygon" : "circle");
  const [middle, setMiddle] = useState(known ? place(known.latitude, known.longitude) : { latitude: "", longitude: "" });
  const [radius, setRadius] = useState(String(known?.radius_m ?? 50));
  const [corners, setCorners] = useState(cornersOf(known));
  const [fault, setFault] = useState("");
  const put = (name) => (value) => setNames((before) => ({ ...before, [name]: value }));
  const isTaken = !known && list.some((one) => one.building === names.building.trim());

  const deed = useDeed(async () => {
    const form = shape === "circle" ? { ...asNumbers(middle), radius_m: Number(radius) } : { rings: [corners.map((one) => [Number(one.longitude), Number(one.latitude)])] };
    const building = names.building.trim();
    const told = await call("s.addbuilding", { building, name: names.name.trim(), ...form });
    say(t(told?.is_new === false ? "op.building.changed" : "op.building.added", { name: names.name.trim() }));
    await again();
    go(["buildings", building]);
  });
  const submit = (event) => {
    event.preventDefault();
    const lacks = shape === "circle" ? !isPlace(middle) && "op.building.fault.middle" : corners.length < CORNERS_MIN && "op.building.fault.corners";
    setFault(lacks ? t(lacks) : "");
    if (!lacks && !isTaken) deed.run();
  };
  const point = (latitude, longitude) => {
    setFault("");
    if (shape === "circle") setMiddle(place(latitude, longitude));
    else setCorners((before) => [...before, place(latitude, longitude)]);
  };
  const around = useMemo(() => [
    ...list.filter((one) => one.building !== known?.building).flatMap((one) => buildingThings(one)),
    ...cars.filter((car) => car.condition !== "retired").map((car) => ({ ...carPin(car), kind: "car busy" })),
  ], [list, cars]);
  const near = known ? draftThings({ shape, middle, radius, corners }) : null;
  const things = useMemo(() => [...(known ? [] : around), ...draftThings({ shape, middle, radius, corners })], [around, shape, middle, radius, corners]);

  return html`<form class="op-side" onSubmit=${submit}>
    <${Card}>
      <${Field} label=${t("op.building.id")} hint=${t("op.building.id.hint")} fault=${isTaken ? t("op.building.id.taken") : ""} value=${names.building} onInput=${put("building")} maxlength="50" disabled=${Boolean(known)} required />
      <${Field} label=${t("op.building.name")} value=${names.name} onInput=${put("name")} maxlength="100" required />
      <${Choices} label=${t("op.building.shape")} value=${shape} onInput=${setShape} options=${[["circle", t("op.building.circle")], ["polygon", t("op.building.polygon")]]} />
      ${shape === "circle" && html`<p class="soft small">${t("op.building.circle.hint")}</p>
        <div class="fields">
          <${Field} label=${t("place.latitude")} type="number" step="any" min="-90" max="90" value=${middle.latitude} onInput=${(latitude) => setMiddle({ ...middle, latitude })} />
          <${Field} label=${t("place.longitude")} type="number" step="any" min="-180" max="180" value=${middle.longitude} onInput=${(longitude) => setMiddle({ ...middle, longitude })} />
          <${Field} label=${t("op.building.radius")} type="number" step="any" min="1" value=${radius} onInput=${setRadius} required />
        </div>`}
      ${shape === "polygon" && known && !known.rings && !known.radius_m && corners.length === 0 && html`<p class="note warn">${t("op.building.corners.unknown")}</p>`}
      ${shape === "polygon" && html`<${Corners} corners=${corners} setCorners=${setCorners} />`}
      ${fault && html`<p class="note bad" role="alert">${fault}</p>`}
      <${Refused} refusal=${deed.refusal} />
      <div class="row"><${Button} type="submit" kind="main" isBusy=${deed.isBusy}>${t("do.save")}<//><a class="button" href=${href(known ? ["buildings", known.building] : "buildings")}>${t("op.leave")}</a></div>
    <//>
    <${GroundMap} label=${t("op.building.map.draw")} things=${near?.length > 0 || !known ? things : around} onPoint=${point} tall fit=${known ? `draw ${known.building}` : "draw"} />
  </form>`;
}

export function Draw({ id, asked, cars }) {
  return html`<${Answered} asked=${asked}>${(list) => {
    const known = list.find((one) => one.building === id);
    return html`<${Head} title=${known ? t("op.building.change", { name: known.name }) : t("op.building.draw")} back=${[href(known ? ["buildings", known.building] : "buildings"), known?.name ?? t("room.buildings")]} />
      <${Sheet} key=${id} known=${known} list=${list} cars=${cars} again=${asked.again} />`;
  }}<//>`;
}
