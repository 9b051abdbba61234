// What goes on now: figures, alarms, the cars on the map, the bookings that live; and a word to everybody.
import { html, useMemo } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { State, Table } from "../parts/show.js";
import { GroundMap } from "../parts/map.js";
import { Figure, useTick } from "../parts/operate.js";
import { carPin } from "../parts/car.js";
import { pagesOf, useCars, useWhole } from "../state/whole.js";
import { usePresence } from "../state/presence.js";
import { useAsk, useEvents } from "../state/ask.js";
import { go, href } from "../route.js";
import { t, when, lasting, number } from "../texts/index.js";
import { Alarms, alarmsOf } from "./overview/alarms.js";
import { Words } from "./overview/words.js";

const LOOK_MS = 5_000;
const SLOW_MS = 15_000;

function Uptime({ info }) {
  useTick(LOOK_MS);
  return html`<p class="soft small">${t("op.overview.server", { name: info.name, version: info.version, since: when(info.started_at) })}</p>`;
}

function Figures({ info, online, alarms, bookings }) {
  const out = bookings.filter((one) => one.state !== "reserved").length;
  return html`<div class="op-figures">
    <${Figure} name=${t("op.overview.alarms")} value=${number(alarms)} kind=${alarms > 0 ? "op-bad" : ""} />
    <${Figure} name=${t("op.overview.clients")} value=${number(info.clients)} href=${href("clients")} />
    <${Figure} name=${t("op.overview.people")} value=${online === undefined ? "–" : number(online)} href=${href("accounts")} />
    <${Figure} name=${t("op.overview.cars_online")} value=${t("op.overview.of", { count: number(info.cars_online), all: number(info.cars) })} href=${href("fleet")} />
    <${Figure} name=${t("op.overview.out")} value=${number(out)} href=${href("timeline")} />
    <${Figure} name=${t("op.overview.live")} value=${number(info.bookings_live)} href=${href("timeline")} />
  </div>`;
}

function Now({ bookings }) {
  const rows = [...bookings].sort((a, b) => new Date(a.state === "reserved" ? a.start : a.end) - new Date(b.state === "reserved" ? b.start : b.end));
  if (rows.length === 0) return html`<${Empty}>${t("op.overview.no_bookings")}<//>`;
  return html`<${Table} label=${t("op.list_of", { name: t("op.overview.now") })} rows=${rows} id=${(one) => one.booking} columns=${[
    [t("op.booking.car"), (one) => html`<a class="strong" href=${href(["fleet", one.car])}>${one.car}</a>`],
    [t("op.booking.user"), (one) => html`<a href=${href(["accounts", one.user])}>${one.user}</a>`],
    [t("op.booking.start"), (one) => when(one.start)],
    [t("op.booking.end"), (one) => when(one.end)],
    [t("op.booking.length"), (one) => lasting(one.start, one.end)],
    [t("op.booking.state"), (one) => html`<${State} of=${one.state} />`],
    ["", (one) => html`<a href=${href("timeline", { booking: one.booking })}>${t("op.show")}<span class="hidden-text"> ${t("op.who.booking", { id: one.booking })}</span></a>`],
  ]} />`;
}

// Everybody's living bookings: three lists of the server.
function useLiving() {
  const lists = ["reserved", "ongoing", "overdue"].map((state) => useWhole("s.bookings", { state }, pagesOf.bookings, { everyMs: LOOK_MS }));
  const bookings = useMemo(() => lists.flatMap((list) => list.answer ?? []), lists.map((list) => list.answer));
  return { bookings, isKnown: lists.every((list) => list.answer !== undefined), refusal: lists.find((list) => list.refusal)?.refusal, again: () => lists.forEach((list) => list.again()) };
}

export default function Overview() {
  usePresence();
  const info = useAsk("s.info", {}, { everyMs: LOOK_MS, on: ["presence"] });
  const cars = useCars({ everyMs: SLOW_MS });
  const services = useAsk("s.services_info", {}, { everyMs: LOOK_MS });
  const repairs = useAsk("s.repairs", {}, { everyMs: SLOW_MS });
  const online = useAsk("s.online", { limit: 200 }, { everyMs: SLOW_MS, on: ["presence"] });
  const living = useLiving();
  useEvents(["booking"], living.again);
  const alarms = useMemo(
    () => alarmsOf({ bookings: living.bookings, services: services.answer ?? [], cars: cars.answer ?? [], repairs: repairs.answer ?? [] }),
    [living.bookings, services.answer, cars.answer, repairs.answer],
  );
  const out = useMemo(() => new Set(living.bookings.filter((one) => one.state !== "reserved").map((one) => one.car_id)), [living.bookings]);
  const things = useMemo(
    () => (cars.answer ?? []).filter((car) => car.condition !== "retired").map((car) => carPin(car, { out, onPick: () => go(["fleet", car.car]) })),
    [cars.answer, out],
  );
  const people = online.answer && (online.answer.next ? undefined : online.answer.people.length);
  return html`<${Head} title=${t("room.overview")} />
    <div class="stack">
      <${Answered} asked=${info} bones=${1}>${(told) => html`<${Figures} info=${told} online=${people} alarms=${alarms.length} bookings=${living.bookings} />`}<//>
      <${Alarms} alarms=${alarms} isKnown=${living.isKnown && services.answer !== undefined && cars.answer !== undefined} />
      <div class="stack-small">
        <${GroundMap} label=${t("op.overview.map")} things=${things} />
        <p class="row small soft op-legend"><span class="op-key"><span class="pin car" aria-hidden="true"></span>${t("op.overview.legend.free")}</span><span class="op-key"><span class="pin car busy" aria-hidden="true"></span>${t("op.overview.legend.out")}</span><span class="op-key"><span class="pin car fault" aria-hidden="true"></span>${t("op.overview.legend.fault")}</span></p>
      </div>
      <${Card} title=${t("op.overview.now")}>
        <${Answered} asked=${{ answer: living.isKnown ? living.bookings : undefined, refusal: living.refusal, again: living.again }} bones=${1}>${(list) => html`<${Now} bookings=${list} />`}<//>
      <//>
      <${Words} />
      ${info.answer && html`<${Uptime} info=${info.answer} />`}
    </div>`;
}
