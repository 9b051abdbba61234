// Buildings and geofences: all on the map and in a list; one by its id; drawing one, as a circle or by its corners.
import { html, useMemo, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Field } from "../parts/controls.js";
import { Table } from "../parts/show.js";
import { GroundMap } from "../parts/map.js";
import { useShown } from "../parts/list.js";
import { useBuildings, useCars } from "../state/whole.js";
import { go, href } from "../route.js";
import { t, tn, number } from "../texts/index.js";
import { OneBuilding } from "./buildings/one.js";
import { Draw } from "./buildings/draw.js";

// A building as it lies on the map: its circle or corners, and its name in the middle.
export function buildingThings(one, { onPick, isNamed = true } = {}) {
  const at = { latitude: one.latitude, longitude: one.longitude };
  const area = one.rings
    ? { id: `area-${one.building}`, kind: "building", rings: one.rings, onPick }
    : one.radius_m ? { id: `area-${one.building}`, kind: "building", radius_m: one.radius_m, onPick, ...at } : null;
  const name = isNamed && { id: `name-${one.building}`, kind: "op-place", text: one.name.length > 18 ? `${one.name.slice(0, 17)}…` : one.name, title: one.name, onPick, ...at };
  return [area, name].filter(Boolean);
}

export const shapeText = (one) => (one.radius_m ? t("op.building.circle_of", { radius: t("unit.m", { value: number(one.radius_m, { maximumFractionDigits: 1 }) }) }) : t("op.building.polygon_of", { corners: one.vertices ?? one.rings?.[0]?.length ?? 0 }));

function Places({ list }) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const rows = list.filter((one) => !wanted || one.name.toLowerCase().includes(wanted) || one.building.toLowerCase().includes(wanted));
  const { shown, rest } = useShown(rows);
  const things = useMemo(() => rows.flatMap((one) => buildingThings(one, { onPick: () => go(["buildings", one.building]) })), [list, text]);
  return html`<${GroundMap} label=${t("op.building.map")} things=${things} tall fit="all" />
    <${Card}>
      <${Field} label=${t("op.find")} type="search" value=${text} onInput=${setText} />
      <p class="soft small" role="status">${tn("op.building.count", rows.length)}</p>
      ${rows.length === 0 ? html`<${Empty}>${t("op.building.none")}<//>` : html`<${Table} label=${t("op.list_of", { name: t("room.buildings") })} rows=${shown} id=${(one) => one.building} columns=${[
        [t("op.building.name"), (one) => html`<a class="strong" href=${href(["buildings", one.building])}>${one.name}</a>`],
        [t("op.building.id"), (one) => html`<span class="mono">${one.building}</span>`],
        [t("op.building.shape"), shapeText],
        [t("op.car.position"), (one) => html`<span class="number">${one.latitude.toFixed(5)}, ${one.longitude.toFixed(5)}</span>`],
      ]} />`}
      ${rest}
    <//>`;
}

export default function Buildings({ parts, query }) {
  const asked = useBuildings({ everyMs: 30_000 });
  const cars = useCars();
  if (query.draw !== undefined) return html`<${Draw} key=${query.draw} id=${query.draw} asked=${asked} cars=${cars.answer ?? []} />`;
  if (parts[0]) return html`<${OneBuilding} key=${parts[0]} id=${parts[0]} asked=${asked} />`;
  return html`<${Head} title=${t("room.buildings")}><a class="button main" href=${href("buildings", { draw: "" })}>${t("op.building.draw")}</a><//>
    <div class="stack">
      <${Answered} asked=${asked}>${(list) => (list.length === 0 ? html`<${Empty}>${t("op.building.empty")}<//>` : html`<${Places} list=${list} />`)}<//>
    </div>`;
}
