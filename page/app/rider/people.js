// People: who sees me, where I am, how far I look, who is in my building and who is within my range, as it changes.
import { html, useState, useMemo } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { call } from "../server/http.js";
import { Head, Card, Answered, Empty, say } from "../parts/surface.js";
import { Button, Field, Check, Refused } from "../parts/controls.js";
import { Told } from "../parts/told.js";
import { GroundMap, whereAmI } from "../parts/map.js";
import { Icon } from "../parts/icon.js";
import { usePages } from "../parts/show.js";
import { href } from "../route.js";
import { apart, putHere } from "./here.js";
import { SeenBy } from "./visibility.js";
import { useRange } from "./range.js";
import { t, tn, distance, ago } from "../texts/index.js";

const EVERY_MS = 10_000;
const NEAR_M = 1_500;
const NONE = [];

function Person({ person }) {
  return html`<li class="person-line">
    <span class=${`presence ${person.online === false ? "" : "on"}`} role="img" aria-label=${t(person.online === false ? "people.away" : "people.online")}></span>
    <span class="grow"><strong class="said">${person.user}</strong>
      <span class="soft small"> ${[person.distance_m !== undefined && distance(person.distance_m), person.blur_m && t("people.blurred", { blur: distance(person.blur_m) }), person.at && ago(person.at)].filter(Boolean).join(" · ")}</span>
    </span>
    <a class="button small" href=${href(["messages", "write"], { to: person.user })}>${t("people.write")}</a>
  </li>`;
}

function List({ people, none }) {
  if (people.length === 0) return html`<${Empty}>${none}<//>`;
  return html`<ul class="rows">${people.map((one) => html`<${Person} key=${one.user_id} person=${one} />`)}</ul>`;
}

function Here({ hasPlace, building, away }) {
  const args = { away, positions: true };
  const asked = useAsk(hasPlace ? "s.peoplehere" : null, args, { everyMs: EVERY_MS, on: ["movement"] });
  const { rows, more } = usePages(asked, "s.peoplehere", args, { rowsOf: (page) => page.people, cursor: (page) => page.next && { after: page.next } });
  return html`<${Card} title=${t("people.here")} acts=${building && html`<a class="button small" href=${href(["messages", "write"], { building })}>${t("people.write_all")}</a>`}>
    ${hasPlace
      ? html`<${Answered} asked=${asked}>${() => html`<${List} people=${rows} none=${t(building ? "people.none_here" : "people.no_building")} />${more}`}<//>`
      : html`<${Empty}>${t("people.say_first")}<//>`}
  <//>`;
}

// Without those who are away it is watched live; with them it is asked again and again.
function Near({ hasPlace, away, watched }) {
  const args = { away: true, positions: true };
  const asked = useAsk(hasPlace && away ? "s.peoplenear" : null, args, { everyMs: EVERY_MS });
  const { rows, more } = usePages(asked, "s.peoplenear", args, { rowsOf: (page) => page.people, cursor: (page) => page.next && { after: page.next } });
  const acts = html`${!away && watched.isOn && html`<span class="chip good">${t("people.live")}</span>`}<a class="button small" href=${href(["messages", "write"], { range: 1 })}>${t("people.write_all")}</a>`;
  return html`<${Card} title=${t("people.near")} acts=${acts}>
    ${!hasPlace && html`<${Empty}>${t("people.say_first")}<//>`}
    ${hasPlace && away && html`<${Answered} asked=${asked}>${() => html`<${List} people=${rows} none=${t("people.none_near")} />${more}`}<//>`}
    ${hasPlace && !away && html`<${Refused} refusal=${watched.refusal} /><${List} people=${watched.people} none=${t("people.none_near")} />`}
  <//>`;
}

// The buildings around me; all of them while nobody knows where I am.
function around(buildings, where) {
  const near = where ? buildings.filter((one) => !(apart(where, one) > NEAR_M)) : buildings;
  return near
    .filter((one) => one.rings || one.radius_m)
    .map((one) => ({ id: `building ${one.building}`, kind: "building", latitude: one.latitude, longitude: one.longitude, radius_m: one.radius_m, rings: one.rings, title: one.name }));
}

function Position({ where, who, range, onMoved, people, buildings }) {
  const move = useDeed(async (place) => {
    const told = await call("s.move", place);
    putHere(place, "told", who);
    say(told.name ? t("people.moved_in", { building: told.name }) : t("people.moved"));
    onMoved();
  });
  const device = useDeed(async () => {
    const { latitude, longitude, accuracy_m } = await whereAmI();
    await move.run({ latitude, longitude, accuracy_m: Math.round(accuracy_m) });
  });
  const things = useMemo(() => {
    const others = people.filter((one) => typeof one.latitude === "number").map((one) => ({ id: `user ${one.user_id}`, kind: "person", latitude: one.latitude, longitude: one.longitude, text: one.user.slice(0, 10), title: `${one.user}, ${distance(one.distance_m)}` }));
    const areas = around(buildings, where);
    if (!where) return [...areas, ...others];
    return [
      ...areas,
      { id: "range", kind: "range", latitude: where.latitude, longitude: where.longitude, radius_m: range },
      ...others,
      { id: "me", kind: "me", latitude: where.latitude, longitude: where.longitude, title: t("here.me") },
    ];
  }, [where?.latitude, where?.longitude, range, people, buildings]);
  return html`<${Card} title=${t("people.place")}>
    <p role="status">${where ? t(where.name ? "people.at_building" : "people.at", { building: where.name, when: ago(where.at) }) : t("people.nowhere")}</p>
    <${GroundMap} things=${things} label=${t("people.map")} fit=${`people ${where?.latitude} ${where?.longitude} ${range} ${buildings.length > 0}`} onPoint=${(latitude, longitude) => move.run({ latitude, longitude })} />
    <div class="row">
      <${Button} kind="main" isBusy=${device.isBusy || move.isBusy} onClick=${device.run}><${Icon} name="place" />${t("people.tell")}<//>
      <span class="small soft grow">${t("people.tell.hint")}</span>
    </div>
    <${Refused} refusal=${device.refusal} /><${Told} refusal=${move.refusal} />
  <//>`;
}

function Range({ range, onSet }) {
  const [text, setText] = useState(String(Math.round(range)));
  const set = useDeed(async () => {
    await call("s.setrange", { radius_m: Number(text) });
    say(t("people.range_set", { range: distance(Number(text)) }));
    onSet();
  });
  const send = (event) => {
    event.preventDefault();
    set.run();
  };
  return html`<form class="row range" onSubmit=${send}>
    <div class="grow"><${Field} label=${t("people.range")} hint=${t("people.range.hint")} type="number" min="1" step="any" required value=${text} onInput=${setText} /></div>
    <${Button} type="submit" isBusy=${set.isBusy}>${t("do.save")}<//>
  </form>
  <${Told} refusal=${set.refusal} />`;
}

// Where I said I am, with the name of the building; null when I never did.
function useWhere() {
  const asked = useAsk("s.whereis", {}, { on: ["movement"] });
  const told = useAsk("s.buildings");
  const buildings = told.answer?.buildings ?? NONE;
  const named = buildings.find((one) => one.building === asked.answer?.building);
  const isNowhere = asked.refusal?.code === "not_found";
  const where = asked.answer && { ...asked.answer, name: asked.answer.building ? named?.name ?? asked.answer.building : null };
  return { buildings, where: isNowhere ? null : where, isKnown: Boolean(asked.answer) || isNowhere, refusal: isNowhere ? null : asked.refusal, again: asked.again };
}

export default function People({ who }) {
  const seen = useAsk("s.visibility");
  const place = useWhere();
  const [away, setAway] = useState(false);
  const hasPlace = Boolean(place.where);
  const range = seen.answer?.range_m;
  const watched = useRange(hasPlace && range !== undefined, range);
  const position = place.isKnown && range !== undefined && html`<${Position} where=${place.where} who=${who} range=${range} people=${watched.people} buildings=${place.buildings} onMoved=${place.again} />`;
  return html`<${Head} title=${t("room.people")} />
    <div class="stack">
      <${SeenBy} asked=${seen} />
      <${Refused} refusal=${place.refusal} />
      <${Check} label=${t("people.with_away")} value=${away} onInput=${setAway} />
      ${!hasPlace && position}
      <div class="two">
        <${Here} hasPlace=${hasPlace} building=${place.where?.building} away=${away} />
        <${Near} hasPlace=${hasPlace} away=${away} watched=${watched} />
      </div>
      ${hasPlace && position}
      ${range !== undefined && html`<${Card} title=${t("people.range.title")}><${Range} key=${range} range=${range} onSet=${seen.again} /><//>`}
      <p class="hidden-text" role="status">${hasPlace && tn("people.count", watched.people.length)}</p>
    </div>`;
}
