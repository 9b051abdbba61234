// What was told to a car and what came of it, and its bookings.
import { html } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Table, State } from "../../parts/show.js";
import { useList } from "../../parts/list.js";
import { Chip, When } from "../../parts/operate.js";
import { useNames } from "../../parts/who.js";
import { pagesOf } from "../../state/whole.js";
import { href } from "../../route.js";
import { t, money, when } from "../../texts/index.js";

const kinds = { done: "good", failed: "bad", expired: "warn", unknown: "warn", sent: "main", accepted: "main" };

export function CarCommands({ car }) {
  const args = { car: car.car };
  const asked = useList("s.commands", args, pagesOf.commands, { everyMs: 10_000, on: ["command"] });
  const { nameOf } = useNames();
  return html`<${Card} title=${t("op.commands.title")}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.commands.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.commands.title") })} rows=${asked.rows} id=${(one) => one.command} columns=${[
          [t("op.commands.what"), (one) => t(`op.operate.${one.name}`)],
          [t("op.repair.state"), (one) => html`<${Chip} kind=${kinds[one.state] ?? ""}>${t(`op.command.${one.state}`)}<//>`],
          [t("op.when"), (one) => html`<${When} at=${one.at} />`],
          [t("op.by"), (one) => nameOf(one.by)],
          [t("op.commands.for"), (one) => (one.booking ? t("op.who.booking", { id: one.booking }) : one.repair ? t("op.who.repair", { id: one.repair }) : "–")],
          [t("op.reason"), (one) => (one.reason ? html`<span class="said">${one.reason}</span>` : "–")],
        ]} />${asked.more}`)}<//>
  <//>`;
}

// Bookings of a car or of a person, whichever `args` names.
export function BookingList({ args }) {
  const asked = useList("s.bookings", args, pagesOf.bookings, { everyMs: 15_000 });
  const columns = [
    [t("op.booking.number"), (one) => html`<a href=${href("timeline", { booking: one.booking })}>${one.booking}</a>`],
    !args.car && [t("op.booking.car"), (one) => html`<a href=${href(["fleet", one.car])}>${one.car}</a>`],
    !args.user && [t("op.booking.user"), (one) => html`<a href=${href(["accounts", one.user])}>${one.user}</a>`],
    [t("op.booking.start"), (one) => when(one.start)],
    [t("op.booking.end"), (one) => when(one.end)],
    [t("op.booking.price"), (one) => money(one.price, one.currency), "end number"],
    [t("op.booking.state"), (one) => html`<${State} of=${one.state} />`],
  ].filter(Boolean);
  return html`<${Card} title=${t("room.bookings")} acts=${args.car && html`<a href=${href("timeline", { car: args.car })}>${t("op.timeline.on")}</a>`}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.booking.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("room.bookings") })} rows=${asked.rows} id=${(one) => one.booking} columns=${columns} />${asked.more}`)}<//>
  <//>`;
}
