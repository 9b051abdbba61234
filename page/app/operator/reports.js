// What the fleet earns and who drives: use of each car, people and bookings of each day, the busiest weekday, income. Each has its CSV.
import { html, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Choices, Field } from "../parts/controls.js";
import { Columns, NamedBars } from "../parts/bars.js";
import { Table } from "../parts/show.js";
import { useShown } from "../parts/list.js";
import { Figure, isMissing } from "../parts/operate.js";
import { useAsk } from "../state/ask.js";
import { href } from "../route.js";
import { t, money, number, when } from "../texts/index.js";
import { dayText, midnight } from "./timeline.js";
import { csv, csvLink } from "./reports/csv.js";

const DAY_MS = 86_400_000;
const DAYS_MAX = 366;
const SPANS = ["7", "30", "90", "365"];
const BARS_MAX = 24;

const hoursText = (hours) => t("unit.hours", { value: number(hours, { maximumFractionDigits: 1 }) });
// A day at its noon is that day in every zone of the browser.
const dayName = (day) => when(`${day}T12:00:00`, "day");
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function Sum({ told }) {
  const bookings = told.cars.reduce((sum, one) => sum + one.bookings, 0);
  const hours = told.cars.reduce((sum, one) => sum + one.hours, 0);
  const most = told.days.reduce((best, one) => Math.max(best, one.people), 0);
  return html`<div class="op-figures">
    <${Figure} name=${t("op.reports.bookings")} value=${number(bookings)} />
    <${Figure} name=${t("op.reports.hours")} value=${number(hours, { maximumFractionDigits: 0 })} />
    <${Figure} name=${t("op.reports.most_people")} value=${number(most)} />
    <${Figure} name=${t("op.reports.busiest")} value=${told.busiest_weekday ? t(`op.weekday.${told.busiest_weekday}`) : "–"} />
    ${told.income.map((one) => html`<${Figure} key=${one.currency} name=${t("op.reports.income")} value=${money(one.amount, one.currency)} />`)}
  </div>`;
}

function Cars({ told, query }) {
  const rows = [...told.cars].sort((a, b) => b.hours - a.hours);
  const { shown, rest } = useShown(rows);
  const text = csv(["car", "car_id", "bookings", "hours", "income", "currency"], rows.map((one) => [one.car, one.car_id, one.bookings, one.hours, one.income, one.currency]));
  return html`<${Card} title=${t("op.reports.cars")} acts=${csvLink("cars.csv", text, `/api/v1/usage/cars.csv?${query}`)}>
    ${rows.length === 0 ? html`<${Empty}>${t("op.reports.none")}<//>` : html`
      <${NamedBars} title=${t("op.reports.hours_per_car")} rows=${rows.slice(0, BARS_MAX).map((one) => [one.car, one.hours])} format=${hoursText} />
      <${Table} label=${t("op.list_of", { name: t("op.reports.cars") })} rows=${shown} id=${(one) => one.car_id} columns=${[
        [t("op.booking.car"), (one) => html`<a class="strong" href=${href(["fleet", one.car])}>${one.car}</a>`],
        [t("op.reports.bookings"), (one) => number(one.bookings), "end number"],
        [t("op.reports.time"), (one) => hoursText(one.hours), "end number"],
        [t("op.reports.income"), (one) => money(one.income, one.currency), "end number"],
      ]} />${rest}
      ${told.cars_left_out > 0 && html`<p class="soft small">${t("op.reports.left_out", { count: number(told.cars_left_out) })}</p>`}`}
  <//>`;
}

function Days({ told, query }) {
  const text = csv(["day", "people", "bookings"], told.days.map((one) => [one.day, one.people, one.bookings]));
  return html`<${Card} title=${t("op.reports.days")} acts=${csvLink("days.csv", text, `/api/v1/usage/days.csv?${query}`)}>
    ${told.days.length === 0 ? html`<${Empty}>${t("op.reports.none")}<//>` : html`
      <${Columns} title=${t("op.reports.people_per_day")} head=${[t("op.reports.day"), t("op.reports.people")]} rows=${told.days.map((one) => [dayName(one.day), one.people])} />
      <${Columns} title=${t("op.reports.bookings_per_day")} head=${[t("op.reports.day"), t("op.reports.bookings")]} rows=${told.days.map((one) => [dayName(one.day), one.bookings])} />`}
  <//>`;
}

function Weekdays({ told }) {
  const text = csv(["weekday", "bookings"], told.weekdays.map((one) => [one.weekday, one.bookings]));
  return html`<${Card} title=${t("op.reports.weekdays")} acts=${csvLink("weekdays.csv", text)}>
    <${NamedBars} title=${t("op.reports.bookings_per_weekday")} rows=${told.weekdays.map((one) => [t(`op.weekday.${one.weekday}`), one.bookings])} />
    ${told.busiest_weekday && html`<p class="soft small">${t("op.reports.busiest.is", { weekday: t(`op.weekday.${told.busiest_weekday}`) })}</p>`}
  <//>`;
}

function Income({ told }) {
  const currencies = told.income.map((one) => one.currency);
  const of = (currency) => told.cars.filter((one) => one.currency === currency && Number(one.income) > 0).sort((a, b) => Number(b.income) - Number(a.income));
  const text = csv(["car", "income", "currency"], told.cars.map((one) => [one.car, one.income, one.currency]));
  return html`<${Card} title=${t("op.reports.income")} acts=${csvLink("income.csv", text)}>
    ${currencies.length === 0 && html`<${Empty}>${t("op.reports.no_income")}<//>`}
    ${currencies.map((currency) => html`<${NamedBars} key=${currency} title=${t("op.reports.income_per_car", { currency, all: money(told.income.find((one) => one.currency === currency).amount, currency) })}
      rows=${of(currency).slice(0, BARS_MAX).map((one) => [one.car, Number(one.income)])} format=${(value) => money(value, currency)} />`)}
  <//>`;
}

export default function Reports() {
  const [span, setSpan] = useState("30");
  const [own, setOwn] = useState({ since: dayText(midnight(Date.now(), -30)), until: dayText(Date.now()) });
  const isOwn = span === "own";
  const until = isOwn ? midnight(`${own.until}T00:00`) : midnight(Date.now(), 1);
  const since = isOwn ? midnight(`${own.since}T00:00`) : midnight(Date.now(), 1 - Number(span));
  const days = Math.round((until - since) / DAY_MS);
  const fault = isOwn && !(days > 0 && days <= DAYS_MAX) ? t("op.reports.fault", { days: DAYS_MAX }) : "";
  const args = fault ? {} : { since: new Date(since).toISOString(), until: new Date(until).toISOString(), zone: ZONE };
  const usage = useAsk(fault ? null : "s.usage", args, { everyMs: 60_000 });
  const query = new URLSearchParams(args).toString();
  const put = (name) => (value) => setOwn((before) => ({ ...before, [name]: value }));
  return html`<${Head} title=${t("room.reports")} />
    <div class="stack">
      <${Choices} label=${t("op.reports.span")} value=${span} onInput=${setSpan} options=${[...SPANS.map((one) => [one, t("op.timeline.days", { days: one })]), ["own", t("op.reports.own")]]} />
      ${isOwn && html`<div class="fields"><${Field} label=${t("op.reports.since")} type="date" value=${own.since} onInput=${put("since")} /><${Field} label=${t("op.reports.until")} fault=${fault} type="date" value=${own.until} onInput=${put("until")} /></div>`}
      ${isMissing(usage.refusal) && html`<p class="note warn">${t("op.missing")}</p>`}
      ${!fault && !isMissing(usage.refusal) && html`<${Answered} asked=${usage} bones=${3}>${(told) => html`
        <${Sum} told=${told} />
        <${Cars} told=${told} query=${query} />
        <${Days} told=${told} query=${query} />
        <div class="two"><${Weekdays} told=${told} /><${Income} told=${told} /></div>`}<//>`}
    </div>`;
}
