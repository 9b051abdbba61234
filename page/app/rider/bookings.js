// My bookings: those that live, those that ended by what became of them, or one of them.
import { html } from "../view.js";
import { useAsk } from "../state/ask.js";
import { useLoad, useNow } from "../parts/load.js";
import { call } from "../server/http.js";
import { Head, Answered, Empty } from "../parts/surface.js";
import { State, usePages } from "../parts/show.js";
import { Tabs } from "../parts/tabs.js";
import { span } from "../parts/span.js";
import { href } from "../route.js";
import { LIVE } from "./fleet.js";
import { Booking } from "./booking.js";
import { t, money, ago, lasting } from "../texts/index.js";

const ENDED = ["finished", "cancelled", "no_show"];
const PAGE = 150;

function soon(booking, now) {
  if (booking.state === "reserved") return t(new Date(booking.start) > now ? "booking.begins" : "booking.began", { when: ago(booking.start, now) });
  return t(booking.state === "overdue" ? "booking.was_due" : "booking.ends", { when: ago(booking.end, now) });
}

function Row({ booking, now }) {
  const isLive = LIVE.includes(booking.state);
  return html`<a class="card pick" href=${href(["bookings", booking.booking])}>
    <span class="pick-row">
      <strong class="pick-name said">${booking.car}</strong>
      <${State} of=${booking.state} />
      <strong class="pick-price number">${money(booking.price, booking.currency)}</strong>
    </span>
    <span class="pick-row small">
      <span>${span(booking.start, booking.end)}</span>
      <span class="soft">${isLive ? soon(booking, now) : lasting(booking.start, booking.end)}</span>
    </span>
  </a>`;
}

function Rows({ rows, none }) {
  const now = useNow();
  if (rows.length === 0) return html`<${Empty}>${none}<//>`;
  return html`<ul class="stack-small">${rows.map((one) => html`<li key=${one.booking}><${Row} booking=${one} now=${now} /></li>`)}</ul>`;
}

// A person has few that live: each state is one answer.
function Live({ who }) {
  const load = async () => (await Promise.all(LIVE.map((state) => call("s.bookings", { state, user: who.user })))).flat();
  const asked = useLoad(load, who.user, { everyMs: 15_000, on: ["booking", "command"] });
  return html`<${Answered} asked=${asked}>${(rows) => html`
    <${Rows} rows=${rows} none=${html`${t("bookings.none_live")} <a href=${href("cars")}>${t("bookings.find")}</a>`} />`}<//>`;
}

function Ended({ who, state }) {
  const args = { state, user: who.user };
  const asked = useAsk("s.bookings", args, { on: ["booking"] });
  const { rows, more } = usePages(asked, "s.bookings", args, {
    cursor: (page) => (page.length < PAGE ? undefined : { before: page.at(-1).booking }),
  });
  return html`<${Answered} asked=${asked}>${() => html`<div class="stack-small"><${Rows} rows=${rows} none=${t(`bookings.none_${state}`)} />${more}</div>`}<//>`;
}

export default function Bookings({ who, parts }) {
  const number = Number(parts[0]);
  if (Number.isInteger(number)) return html`<${Booking} key=${number} number=${number} who=${who} />`;
  const state = ENDED.includes(parts[0]) ? parts[0] : null;
  const tabs = [[["bookings"], t("bookings.live")], ...ENDED.map((one) => [["bookings", one], t(`state.${one}`)])];
  return html`<${Head} title=${t("room.bookings")} />
    <div class="stack">
      <${Tabs} label=${t("room.bookings")} tabs=${tabs} here=${state ? ["bookings", state] : ["bookings"]} />
      ${state ? html`<${Ended} key=${state} who=${who} state=${state} />` : html`<${Live} who=${who} />`}
    </div>`;
}
