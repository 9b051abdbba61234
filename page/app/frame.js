// The frame around every room: the bar, the rail, the room that one is in, and notices over all.
import { html, useEffect, useRef, useState } from "./view.js";
import { useCell } from "./state/cell.js";
import { may, me } from "./state/session.js";
import { live } from "./server/live.js";
import { look, signOut } from "./server/sign.js";
import { route, href } from "./route.js";
import { ROOMS } from "./rooms.js";
import { Button, Refused } from "./parts/controls.js";
import { Icon } from "./parts/icon.js";
import { sayRefusal } from "./parts/surface.js";
import { Notices } from "./notices.js";
import { unread, watchUnread } from "./state/unread.js";
import { t } from "./texts/index.js";

function Rail({ who, here }) {
  const count = useCell(unread);
  const groups = new Map();
  for (const room of ROOMS.filter((room) => !room.needs || may(who, room.needs))) {
    const group = room.group ?? "everybody";
    groups.set(group, [...(groups.get(group) ?? []), room]);
  }
  const rail = useRef(null);
  useEffect(() => {
    rail.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  return html`<nav class="rail" ref=${rail} aria-label=${t("frame.rooms")}>
    ${[...groups].map(([group, rooms]) => html`<div key=${group} class="rail-group">
      ${groups.size > 1 && html`<p class="rail-head">${t(`group.${group}`)}</p>`}
      <ul>
        ${rooms.map((room) => html`<li key=${room.path}>
          <a href=${href(room.path)} aria-current=${room.path === here ? "page" : undefined}>
            <${Icon} name=${room.icon} />${t(room.text)}
            ${room.path === "messages" && count > 0 && html`<span class="badge">${count > 99 ? "99+" : count}<span class="hidden-text"> ${t("frame.unread")}</span></span>`}
          </a>
        </li>`)}
      </ul>
    </div>`)}
  </nav>`;
}

function Line() {
  const state = useCell(live.state);
  // The session may have ended with the connection: asking shows it.
  useEffect(() => {
    if (state === "sent_away") look().catch(sayRefusal);
  }, [state]);
  if (state === "on" || state === "off") return null;
  if (state === "sent_away") {
    const come = () => look().then(() => me.get() && live.again(), sayRefusal);
    return html`<span class="row" role="status"><span class="chip bad">${t("line.sent_away")}</span><${Button} kind="small" onClick=${come}>${t("line.again")}<//></span>`;
  }
  return html`<span class="chip warn" role="status"><span class="spin" aria-hidden="true"></span>${t(`line.${state}`)}</span>`;
}

function Room({ room, who, parts, query }) {
  const [drawn, setDrawn] = useState({ path: null, View: null, refusal: null });
  useEffect(() => {
    let isGone = false;
    room.load().then(
      (module) => !isGone && setDrawn({ path: room.path, View: module.default, refusal: null }),
      () => !isGone && setDrawn({ path: room.path, View: null, refusal: { code: "unreachable" } }),
    );
    return () => {
      isGone = true;
    };
  }, [room.path]);
  if (drawn.path !== room.path) return html`<div class="bone"></div>`;
  if (drawn.refusal) return html`<${Refused} refusal=${drawn.refusal} />`;
  return html`<${drawn.View} who=${who} parts=${parts} query=${query} />`;
}

export function Frame({ who }) {
  const { parts, query } = useCell(route);
  const seen = ROOMS.filter((room) => !room.needs || may(who, room.needs));
  const first = seen.find((room) => room.group === "operator") ?? seen[0];
  const room = seen.find((room) => room.path === parts[0]) ?? first;
  const main = useRef(null);
  const isFirst = useRef(true);
  useEffect(watchUnread, [who.user_id]);
  // Who hears the page is brought to the room; at the first look the browser's own order is right.
  useEffect(() => {
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
    scrollTo(0, 0);
  }, [room.path]);
  const skip = (event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return html`<div class="frame">
    <a class="skip" href="#room" onClick=${skip}>${t("frame.skip")}</a>
    <header class="bar">
      <a class="bar-name" href=${href(first.path)}><img src="/page/icon.svg" alt="" width="28" height="28" />motorpool</a>
      <div class="bar-end">
        <${Line} />
        <a class="button plain" href=${href("me")}><${Icon} name="me" />${who.user}</a>
        <${Button} kind="plain" onClick=${() => signOut().catch(sayRefusal)} aria-label=${t("do.sign_out")} title=${t("do.sign_out")}><${Icon} name="out" /><//>
      </div>
    </header>
    <${Rail} who=${who} here=${room.path} />
    <main class="room" id="room" ref=${main} tabindex="-1">
      <${Notices} />
      <${Room} key=${room.path} room=${room} who=${who} parts=${parts.slice(1)} query=${query} />
    </main>
  </div>`;
}
