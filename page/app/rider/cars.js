// The room of cars: all of them on a map and in a list, or one of them.
import { html, useState, useEffect, useMemo } from "../view.js";
import { useCell } from "../state/cell.js";
import { useDeed } from "../state/ask.js";
import { useLoad, useNow } from "../parts/load.js";
import { call } from "../server/http.js";
import { Head, Answered, Empty } from "../parts/surface.js";
import { Button, Choices, Field, Refused } from "../parts/controls.js";
import { Told } from "../parts/told.js";
import { GroundMap, whereAmI } from "../parts/map.js";
import { localInput, fromLocalInput, nextQuarter } from "../parts/timeline.js";
import { Icon } from "../parts/icon.js";
import { go } from "../route.js";
import { here, apart, putHere, recallHere } from "./here.js";
import { loadFleet } from "./fleet.js";
import { CarCard, freeText } from "./carcard.js";
import { Car } from "./car.js";
import { t, tn } from "../texts/index.js";

const HOUR_MS = 3_600_000;
// From farther off the cars would be one dot on the map.
const NEAR_M = 60_000;

function From({ who }) {
  const now = useCell(here);
  const find = useDeed(async () => putHere(await whereAmI(), "device", who));
  return html`<div class="stack-small">
    <div class="row">
      <${Icon} name="place" />
      <span class="small grow">${t(now ? `here.${now.from}` : "here.none")} <span class="soft">${t("here.press")}</span></span>
      <${Button} kind="small" isBusy=${find.isBusy} onClick=${find.run}>${t("here.device.use")}<//>
    </div>
    <${Refused} refusal=${find.refusal} />
  </div>`;
}

// Cars that are free for a whole period, each with its price for that period.
function useOffers(period, place) {
  const start = period && fromLocalInput(period.start);
  const end = period && fromLocalInput(period.end);
  const isRight = Boolean(period) && !Number.isNaN(+start) && !Number.isNaN(+end) && start < end;
  const key = isRight ? `${+start} ${+end} ${place?.latitude} ${place?.longitude}` : "none";
  const asked = useLoad(
    async () => {
      if (!isRight) return null;
      const at = place ? { latitude: place.latitude, longitude: place.longitude } : {};
      const offers = await call("s.availability", { start: start.toISOString(), end: end.toISOString(), ...at });
      return new Map(offers.map((offer) => [offer.car_id, offer]));
    },
    key,
    { everyMs: isRight ? 20_000 : undefined },
  );
  return { ...asked, isRight };
}

function Period({ period, onPeriod, isRight }) {
  const put = (name) => (value) => onPeriod({ ...period, [name]: value });
  const choose = (how) => {
    const start = nextQuarter();
    onPeriod(how === "now" ? null : { start: localInput(start), end: localInput(new Date(+start + 2 * HOUR_MS)) });
  };
  return html`<div class="stack-small">
    <${Choices} label=${t("cars.when")} value=${period ? "then" : "now"} onInput=${choose} options=${[["now", t("cars.when.now")], ["then", t("cars.when.then")]]} />
    ${period && html`<div class="fields">
      <${Field} label=${t("period.start")} type="datetime-local" value=${period.start} onInput=${put("start")} />
      <${Field} label=${t("period.end")} type="datetime-local" value=${period.end} onInput=${put("end")} fault=${isRight ? undefined : t("period.wrong")} />
    </div>`}
  </div>`;
}

function pin(car) {
  const isOut = car.condition !== "usable";
  return {
    id: `car ${car.car_id}`,
    kind: isOut ? "car fault" : car.free?.isFree === false ? "car busy" : "car",
    latitude: car.latitude,
    longitude: car.longitude,
    text: car.car.length > 10 ? `${car.car.slice(0, 9)}…` : car.car,
    title: `${car.car}: ${freeText(car)}`,
    onPick: () => go(["cars", car.car_id]),
  };
}

function arranged(cars, { place, offers, words }) {
  const wanted = words.trim().toLocaleLowerCase();
  return cars
    .map((car) => ({ ...car, apart: apart(place, car), offer: offers?.get(car.car_id) }))
    .filter((car) => !offers || car.offer)
    .filter((car) => !wanted || [car.car, car.make, car.model, car.place, car.plate, car.body_type].join(" ").toLocaleLowerCase().includes(wanted))
    .sort((one, other) => (one.apart ?? 0) - (other.apart ?? 0) || one.car.localeCompare(other.car));
}

function CarList({ who }) {
  const [pages, setPages] = useState(1);
  const [period, setPeriod] = useState(null);
  const [words, setWords] = useState("");
  const place = useCell(here);
  const fleet = useLoad(() => loadFleet(pages, who), `fleet ${pages} ${who.user}`, { everyMs: 20_000, on: ["booking"] });
  const offers = useOffers(period, place);
  useNow();
  useEffect(() => {
    recallHere(who);
  }, [who.user_id]);
  const shown = useMemo(
    () => arranged(fleet.answer?.cars ?? [], { place, offers: period ? offers.answer ?? new Map() : null, words }),
    [fleet.answer, place, period, offers.answer, words],
  );
  const things = useMemo(() => {
    const pins = shown.filter((car) => typeof car.latitude === "number").map(pin);
    const isNear = shown.length === 0 || shown.some((car) => car.apart < NEAR_M);
    return place && isNear ? [...pins, { id: "me", kind: "me", latitude: place.latitude, longitude: place.longitude, title: t("here.me") }] : pins;
  }, [shown, place]);
  const pick = (latitude, longitude) => putHere({ latitude, longitude }, "map", who);
  const query = period && offers.isRight ? { start: period.start, end: period.end } : {};
  return html`<${Head} title=${t("room.cars")} />
    <div class="beside">
      <div class="stack beside-list">
        <${Period} period=${period} onPeriod=${setPeriod} isRight=${offers.isRight} />
        <${Field} label=${t("cars.find")} type="search" value=${words} onInput=${setWords} autocomplete="off" />
        ${period && html`<${Told} refusal=${offers.refusal} />`}
        <${Answered} asked=${period && offers.isRight && !offers.refusal && fleet.answer ? offers : fleet} bones=${4}>${() => html`
          <p class="small soft" role="status">${tn(period ? "cars.free_count" : "cars.count", shown.length)}</p>
          ${shown.length === 0 && html`<${Empty}>${t(period ? "cars.none_then" : words ? "cars.none_found" : "cars.none")}<//>`}
          <ul class="stack-small">${shown.map((car) => html`<li key=${car.car_id}><${CarCard} car=${car} query=${query} /></li>`)}</ul>
          ${fleet.answer?.hasMore && html`<${Button} kind="wide" isBusy=${fleet.isAsking} onClick=${() => setPages(pages + 1)}>${t("do.more")}<//>`}
        `}<//>
      </div>
      <div class="stack-small beside-map">
        <${GroundMap} things=${things} label=${t("cars.map")} fit=${`cars ${things.length > 1} ${place?.from === "map" ? "" : Boolean(place)}`} onPoint=${pick} />
        <${From} who=${who} />
      </div>
    </div>`;
}

export default function Cars({ who, parts, query }) {
  const id = Number(parts[0]);
  if (parts[0] === undefined) return html`<${CarList} who=${who} />`;
  return html`<${Car} key=${id} id=${id} who=${who} query=${query} />`;
}
