// Writing: to people, to everybody in my building, within a range, or to a room that I am in.
import { html, useState } from "../view.js";
import { useAsk } from "../state/ask.js";
import { call } from "../server/http.js";
import { Card, say } from "../parts/surface.js";
import { Area, Choices, Field, Form, Select } from "../parts/controls.js";
import { go, href } from "../route.js";
import { t, tn } from "../texts/index.js";

const KINDS = ["people", "building", "range", "room"];
const HOUR_S = 3_600;
const LASTS = [0, HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S];

const names = (text) => text.split(/[\s,;]+/).filter(Boolean);

function target(kind, values, building) {
  if (kind === "people") return { users: names(values.users) };
  if (kind === "building") return { building };
  if (kind === "range") return { range_m: Number(values.range_m) };
  return { room: values.room };
}

function begin(query) {
  if (query.building) return "building";
  if (query.range) return "range";
  return query.room ? "room" : "people";
}

function To({ kind, values, put, rooms, where, building }) {
  if (kind === "people") return html`<${Field} label=${t("write.users")} hint=${t("write.users.hint")} value=${values.users} onInput=${put("users")} required autocomplete="off" autocapitalize="none" spellcheck=${false} />`;
  if (kind === "range") return html`<${Field} label=${t("write.range")} hint=${t("write.range.hint")} type="number" min="1" step="any" required value=${values.range_m} onInput=${put("range_m")} />`;
  if (kind === "building") {
    if (where.isAsking && !where.answer) return html`<p class="soft">${t("say.coming")}</p>`;
    return building
      ? html`<p>${t("write.building", { building: building.name })}</p>`
      : html`<p class="note warn">${t("write.no_building")} <a href=${href("people")}>${t("room.people")}</a></p>`;
  }
  const mine = rooms.answer ?? [];
  if (rooms.answer && mine.length === 0) return html`<p class="note warn">${t("write.no_room")} <a href=${href(["messages", "rooms"])}>${t("messages.rooms")}</a></p>`;
  return html`<${Select} label=${t("write.room")} value=${values.room || mine[0]?.room} onInput=${put("room")} options=${mine.map((one) => [one.room, one.room])} />`;
}

export function Write({ query }) {
  const [kind, setKind] = useState(begin(query));
  const rooms = useAsk("s.rooms", { mine: true });
  const where = useAsk("s.whereis");
  const seen = useAsk("s.visibility");
  const buildings = useAsk("s.buildings");
  const id = where.answer?.building;
  const building = id && { id, name: buildings.answer?.buildings.find((one) => one.building === id)?.name ?? id };
  const first = { users: query.to ?? "", range_m: String(Math.round(seen.answer?.range_m ?? 100)), room: query.room ?? "", body: "", lasts: "0" };
  const send = (values) => {
    const room = values.room || rooms.answer?.[0]?.room;
    return call("s.send", { body: values.body, ...target(kind, { ...values, room }, building?.id), expires_in_s: Number(values.lasts) || undefined });
  };
  const isReady = seen.answer !== undefined || seen.refusal;
  if (!isReady) return html`<div class="bone"></div>`;
  return html`<${Card} title=${t("write.title")}>
    <${Choices} label=${t("write.to")} value=${kind} onInput=${setKind} options=${KINDS.map((one) => [one, t(`write.kind.${one}`)])} />
    <${Form} first=${first} send=${t("do.send")} onSend=${send}
      onDone=${(told, clear) => {
        say(tn("write.done", told.recipients));
        clear();
        go(["messages", "sent"]);
      }}
      fields=${(values, put) => html`
        <${To} kind=${kind} values=${values} put=${put} rooms=${rooms} where=${where} building=${building} />
        <${Area} label=${t("write.body")} value=${values.body} onInput=${put("body")} required maxlength="8000" rows="5" />
        <${Select} label=${t("write.lasts")} value=${values.lasts} onInput=${put("lasts")} options=${LASTS.map((one) => [String(one), t(`write.lasts.${one}`)])} />
      `} />
  <//>`;
}
