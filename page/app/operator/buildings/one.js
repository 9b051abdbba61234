// One building: where it is, who and which cars are in it, what bots said there and who came and left.
import { html, useMemo, useState } from "../../view.js";
import { Head, Card, Answered, Empty } from "../../parts/surface.js";
import { Button, Field, Select } from "../../parts/controls.js";
import { GroundMap } from "../../parts/map.js";
import { useList } from "../../parts/list.js";
import { Act, Chip } from "../../parts/operate.js";
import { call } from "../../server/http.js";
import { go, href } from "../../route.js";
import { t, distance } from "../../texts/index.js";
import { buildingThings, shapeText } from "../buildings.js";
import { LogLines, instant } from "../accounts/log.js";

const KINDS = ["message", "entry", "exit"];

function People({ building }) {
  const [isShown, setIsShown] = useState(false);
  const args = { building: building.building };
  const asked = useList(isShown ? "s.peoplein" : null, args, { rowsOf: (answer) => answer.people, cursor: (answer) => (answer.next ? { after: answer.next } : undefined) }, { everyMs: 0 });
  return html`<${Card} title=${t("op.building.people")}>
    <p class="soft small">${t("op.building.people.about")}</p>
    <div><${Button} kind="small" isBusy=${isShown && asked.isAsking} onClick=${() => (isShown ? asked.again() : setIsShown(true))}>${t(isShown ? "op.again" : "op.building.people.show")}<//></div>
    ${isShown && html`<${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.building.people.none")}<//>`
      : html`<ul class="op-lines">${asked.rows.map((one) => html`<li key=${one.user_id}><a class="grow" href=${href(["accounts", one.user])}>${one.user}</a><${Chip} kind=${one.online ? "good" : ""}>${t(one.online ? "op.accounts.online" : "op.sessions.away")}<//></li>`)}</ul>${asked.more}`)}<//>`}
  <//>`;
}

function Cars({ building }) {
  const args = { building: building.building };
  const asked = useList("s.carshere", args, { rowsOf: (answer) => answer.cars, cursor: (answer) => (answer.next ? { after: answer.next } : undefined) }, { everyMs: 15_000 });
  return html`<${Card} title=${t("op.building.cars")}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.building.cars.none")}<//>`
      : html`<ul class="op-lines">${asked.rows.map((one) => html`<li key=${one.car_id}><a class="grow" href=${href(["fleet", one.car])}>${one.car}</a><span class="soft small">${t("op.building.from_middle", { distance: distance(one.distance_m) })}</span></li>`)}</ul>${asked.more}`)}<//>
  <//>`;
}

function lineText(line, placeOf) {
  if (line.kind === "message") return `${line.bot ?? ""}: ${line.body ?? ""}`;
  return line.kind === "entry" ? t("op.building.came", { user: line.user, from: placeOf(line.from) ?? t("op.log.nowhere") }) : t("op.building.left", { user: line.user, to: placeOf(line.to) ?? t("op.log.nowhere") });
}

function Lines({ args }) {
  const asked = useList("s.buildinglog", args, { rowsOf: (answer) => answer.lines, cursor: (answer) => (answer.next ? { after: answer.next } : undefined) });
  return html`<${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0 ? html`<${Empty}>${t("op.log.none")}<//>` : html`<${LogLines} lines=${asked.rows} text=${lineText} />${asked.more}`)}<//>`;
}

function BuildingLog({ building }) {
  const [isShown, setIsShown] = useState(false);
  const [filter, setFilter] = useState({ kind: "", bot: "", since: "", until: "" });
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const args = { building: building.building, limit: 50, bot: filter.bot.trim(), since: instant(filter.since), until: instant(filter.until), kinds: filter.kind ? [filter.kind] : undefined };
  const query = new URLSearchParams(Object.entries({ since: args.since, until: args.until, kinds: filter.kind }).filter(([, value]) => value)).toString();
  const file = (kind) => `/api/v1/buildings/${encodeURIComponent(building.building)}/log.${kind}${query && `?${query}`}`;
  return html`<${Card} title=${t("op.building.log")} acts=${isShown && html`<a href=${file("csv")} download>CSV</a><a href=${file("json")} download>JSON</a>`}>
    <p class="soft small">${t("op.log.audited")}</p>
    ${!isShown && html`<div><${Button} kind="small" onClick=${() => setIsShown(true)}>${t("op.log.show")}<//></div>`}
    ${isShown && html`<div class="fields">
        <${Select} label=${t("op.log.kind")} value=${filter.kind} onInput=${put("kind")} options=${[["", t("op.all")], ...KINDS.map((kind) => [kind, t(`op.line.kind.${kind}`)])]} />
        <${Field} label=${t("op.bots.bot")} value=${filter.bot} onInput=${put("bot")} />
        <${Field} label=${t("op.log.since")} type="datetime-local" value=${filter.since} onInput=${put("since")} />
        <${Field} label=${t("op.log.until")} type="datetime-local" value=${filter.until} onInput=${put("until")} />
      </div>
      <${Lines} args=${args} />`}
  <//>`;
}

export function OneBuilding({ id, asked }) {
  const building = asked.answer?.find((one) => one.building === id);
  const things = useMemo(() => (building ? buildingThings(building) : []), [building]);
  return html`<${Answered} asked=${asked}>${() => {
    if (!building) return html`<${Head} title=${id} back=${[href("buildings"), t("room.buildings")]} /><${Empty}>${t("op.building.unknown")}<//>`;
    return html`<${Head} title=${building.name} back=${[href("buildings"), t("room.buildings")]}>
        <a class="button small" href=${href("buildings", { draw: building.building })}>${t("op.building.edit")}</a>
        <${Act} sure=${t("op.building.remove.sure")} run=${() => call("s.removebuilding", { building: building.building })} said=${t("op.building.removed")} onDone=${() => {
          asked.again();
          go("buildings");
        }}>${t("do.remove")}<//>
      <//>
      <div class="stack">
        <${GroundMap} label=${building.name} things=${things} fit=${`building ${building.building}`} />
        <p class="soft small said">${shapeText(building)} · <span class="mono">${building.building}</span>${!building.radius_m && !building.rings ? ` · ${t("op.building.corners.not_told")}` : ""}</p>
        <div class="two"><${People} building=${building} /><${Cars} building=${building} /></div>
        <${BuildingLog} building=${building} />
      </div>`;
  }}<//>`;
}
