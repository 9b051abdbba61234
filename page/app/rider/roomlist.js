// Rooms to talk in: mine, those I may know of, and a new one.
import { html, useState } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { call } from "../server/http.js";
import { Answered, Card, Dialog, Empty, say, sayRefusal } from "../parts/surface.js";
import { Button, Choices, Field, Form, Select } from "../parts/controls.js";
import { usePages } from "../parts/show.js";
import { Icon } from "../parts/icon.js";
import { go, href } from "../route.js";
import { t, tn } from "../texts/index.js";

const PAGE = 100;

function NewRoom({ onClose }) {
  return html`<${Dialog} title=${t("rooms.new")} onClose=${onClose}>
    <${Form} first=${{ room: "", entry: "open", history: "joined" }} send=${t("rooms.make")} onSend=${(values) => call("s.newroom", values)}
      onDone=${(told) => {
        onClose();
        go(["messages", "rooms", told.room]);
      }}
      extra=${html`<${Button} onClick=${onClose}>${t("do.cancel")}<//>`}
      fields=${(values, put) => html`
        <${Field} label=${t("rooms.name")} hint=${t("rooms.name.hint")} value=${values.room} onInput=${put("room")} required minlength="3" maxlength="32" pattern="[\\p{L}\\p{N}_.\\-]+" autocomplete="off" autofocus />
        <${Select} label=${t("rooms.entry")} value=${values.entry} onInput=${put("entry")} options=${["open", "asking", "invited"].map((one) => [one, t(`rooms.entry.${one}`)])} />
        <${Select} label=${t("rooms.history")} value=${values.history} onInput=${put("history")} options=${["joined", "all"].map((one) => [one, t(`rooms.history.${one}`)])} />
      `} />
  <//>`;
}

function Row({ room, again }) {
  const join = useDeed(async () => {
    try {
      const told = await call("s.joinroom", { room: room.room });
      say(t(told.done === "asked" ? "rooms.asked" : "rooms.joined", { room: room.room }));
      if (told.done !== "asked") go(["messages", "rooms", room.room]);
    } catch (refusal) {
      sayRefusal(refusal);
    }
    again();
  });
  return html`<li class="person-line">
    <span class="grow">
      ${room.member ? html`<a class="strong said" href=${href(["messages", "rooms", room.room])}>${room.room}</a>` : html`<strong class="said">${room.room}</strong>`}
      <span class="soft small said"> ${[t(`rooms.is.${room.entry}`), tn("rooms.members", room.members), t("rooms.owned", { user: room.owner })].join(" · ")}</span>
    </span>
    ${room.member
      ? html`<a class="button small" href=${href(["messages", "rooms", room.room])} aria-label=${t("rooms.open_named", { room: room.room })}>${t("rooms.open")}</a>`
      : html`<${Button} kind="small" isBusy=${join.isBusy} onClick=${join.run}>${t(room.entry === "asking" ? "rooms.ask" : "rooms.join")}<//>`}
  </li>`;
}

export function Rooms() {
  const [mine, setMine] = useState("all");
  const [isNew, setIsNew] = useState(false);
  const args = mine === "mine" ? { mine: true } : {};
  const asked = useAsk("s.rooms", args, { on: ["room"], everyMs: 20_000 });
  const { rows, more } = usePages(asked, "s.rooms", args, { cursor: (page) => (page.length < PAGE ? undefined : { after: page.at(-1).room }) });
  return html`<div class="row">
      <${Choices} label=${t("rooms.which")} value=${mine} onInput=${setMine} options=${[["all", t("rooms.all")], ["mine", t("rooms.mine")]]} />
      <span class="row-end"><${Button} onClick=${() => setIsNew(true)}><${Icon} name="plus" />${t("rooms.new")}<//></span>
    </div>
    <${Card}><${Answered} asked=${asked}>${() => html`
      ${rows.length === 0 && html`<${Empty}>${t("rooms.none")}<//>`}
      <ul class="rows">${rows.map((room) => html`<${Row} key=${room.room} room=${room} again=${asked.again} />`)}</ul>${more}`}<//><//>
    ${isNew && html`<${NewRoom} onClose=${() => setIsNew(false)} />`}`;
}
