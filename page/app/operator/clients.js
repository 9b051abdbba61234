// Who is connected now, and who is kept out. One client by its id: send away, take the word, tell, call, request, rights.
import { html, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Choices, Field, Select } from "../parts/controls.js";
import { Table } from "../parts/show.js";
import { useShown } from "../parts/list.js";
import { Act, When } from "../parts/operate.js";
import { useNames } from "../parts/who.js";
import { usePresence } from "../state/presence.js";
import { useAsk } from "../state/ask.js";
import { call } from "../server/http.js";
import { go, href } from "../route.js";
import { t, tn } from "../texts/index.js";
import { OneClient } from "./clients/one.js";
import { Bans, BanForm } from "./clients/bans.js";

const KINDS = ["client", "console", "car", "bot", "server"];
const LOOK_MS = 4_000;

// Whose it is: an account, a car, or nobody's.
export function ownerOf(client, names) {
  if (typeof client.user_id === "number") return names.nameOf(`user:${client.user_id}`);
  if (typeof client.car_id === "number") return names.nameOf(`car:${client.car_id}`);
  return t("op.clients.guest");
}

function Connected({ list, again }) {
  const [filter, setFilter] = useState({ text: "", kind: "" });
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const names = useNames();
  const wanted = filter.text.trim().toLowerCase();
  const rows = list.filter((one) => (!filter.kind || one.kind === filter.kind)
    && (!wanted || [one.name, one.address, one.software, ownerOf(one, names)].some((text) => text.toLowerCase().includes(wanted))));
  const { shown, rest } = useShown(rows);
  return html`<${Card}>
    <div class="fields">
      <${Field} label=${t("op.find")} type="search" value=${filter.text} onInput=${put("text")} />
      <${Select} label=${t("op.clients.kind")} value=${filter.kind} onInput=${put("kind")} options=${[["", t("op.all")], ...KINDS.map((kind) => [kind, t(`op.client.${kind}`)])]} />
    </div>
    <p class="soft small" role="status">${tn("op.clients.count", rows.length)}</p>
    ${rows.length === 0 ? html`<${Empty}>${t("op.clients.none")}<//>` : html`<${Table} label=${t("op.list_of", { name: t("room.clients") })} rows=${shown} id=${(one) => one.client_id} columns=${[
      [t("op.clients.name"), (one) => html`<a class="strong" href=${href(["clients", one.client_id])}>${one.name}</a>`],
      [t("op.clients.kind"), (one) => t(`op.client.${one.kind}`)],
      [t("op.clients.owner"), (one) => ownerOf(one, names)],
      [t("op.sessions.address"), (one) => one.address],
      [t("op.clients.software"), (one) => one.software || "–"],
      [t("op.sessions.since"), (one) => html`<${When} at=${one.connected_at} />`],
      [t("op.clients.ping"), (one) => (typeof one.ping_ms === "number" ? t("op.unit.ms", { value: one.ping_ms }) : "–"), "end number"],
      ["", (one) => html`<div class="row">
        <${Act} sure=${t("op.clients.kick.sure")} run=${() => call("s.kickuser", { client: [one.client_id] })} said=${t("op.clients.kicked", { name: one.name })} onDone=${again}>${t("op.clients.kick")}<//>
      </div>`],
    ]} />`}
    ${rest}
  <//>`;
}

export default function Clients({ who, parts, query }) {
  usePresence();
  const asked = useAsk("s.clients", {}, { everyMs: LOOK_MS, on: ["presence"] });
  if (parts[0]) return html`<${OneClient} key=${parts[0]} id=${parts[0]} asked=${asked} who=${who} />`;
  const shown = query.show === "bans" ? "bans" : "clients";
  return html`<${Head} title=${t("room.clients")}><${BanForm} label=${t("op.bans.add")} kind="danger" onDone=${() => go("clients", { show: "bans" })} /><//>
    <div class="stack">
      <${Choices} label=${t("room.clients")} value=${shown} onInput=${(value) => go("clients", value === "clients" ? {} : { show: value })} options=${[["clients", t("op.clients.connected")], ["bans", t("op.bans.title")]]} />
      ${shown === "bans" ? html`<${Bans} />` : html`<${Answered} asked=${asked}>${(list) => html`<${Connected} list=${list} again=${asked.again} />`}<//>`}
    </div>`;
}
