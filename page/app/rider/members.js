// Who is in a room and who stands before its door; its owner lets in, sends away and gives the room on.
import { html, useState } from "../view.js";
import { useDeed } from "../state/ask.js";
import { call } from "../server/http.js";
import { Card, say } from "../parts/surface.js";
import { Button, Field, Form, Refused, SureButton } from "../parts/controls.js";
import { t, ago } from "../texts/index.js";

function Business({ member, act }) {
  const [isOpen, setIsOpen] = useState(false);
  if (!isOpen) return html`<${Button} kind="small" aria-label=${t("members.more_of", { user: member.user })} onClick=${() => setIsOpen(true)}>…<//>`;
  const { user } = member;
  return html`<span class="row member-acts">
    <${SureButton} kind="small" sure=${t("members.give.sure", { user })} onSure=${() => act("s.giveroom", { user })}>${t("members.give")}<//>
    <${Button} kind="small" onClick=${() => act("s.removemember", { user })}>${t("members.send_away")}<//>
    <${SureButton} kind="danger small" sure=${t("members.ban.sure", { user })} onSure=${() => act("s.removemember", { user, for_good: true })}>${t("members.ban")}<//>
  </span>`;
}

function Invite({ room, again }) {
  return html`<${Form} first=${{ user: "" }} kind="small" send=${t("members.invite")}
    onSend=${({ user }) => call("s.invitemember", { room, user: user.trim() })}
    onDone=${(_, clear) => {
      say(t("members.invited.done"));
      clear();
      again();
    }}
    fields=${(values, put) => html`<${Field} label=${t("members.invite.who")} value=${values.user} onInput=${put("user")} required autocomplete="off" autocapitalize="none" spellcheck=${false} />`} />`;
}

export function Members({ room, members, who, isIn, isOwner, again }) {
  const deed = useDeed(async (command, args) => {
    await call(command, { room: room.room, ...args });
    await again();
  });
  const owner = members.rows.find((one) => one.user_id === room.owner_id)?.user;
  return html`<${Card} title=${t("members.title")}>
    <p class="small soft">${t(`rooms.is.${room.entry}`)} · ${t(`rooms.history.${room.history}`)}</p>
    <${Refused} refusal=${deed.refusal} />
    ${isIn && html`<ul class="rows">
      ${members.rows.map((one) => html`<li key=${one.user_id} class="person-line">
        <span class="grow"><strong class="said">${one.user}</strong> ${one.user === owner && html`<span class="chip main">${t("members.owner")}</span>`}
          <span class="soft small"> ${t("members.since", { when: ago(one.joined_at) })}</span></span>
        ${isOwner && one.user_id !== who.user_id && html`<${Business} member=${one} act=${deed.run} />`}
      </li>`)}
    </ul>${members.more}`}
    ${(room.door ?? []).length > 0 && html`<div class="stack-small"><h3>${t("members.door")}</h3><ul class="rows">
      ${room.door.map((one) => html`<li key=${one.user_id} class="person-line">
        <span class="grow"><strong class="said">${one.user}</strong> <span class="chip">${t(`members.${one.standing}`)}</span></span>
        ${one.standing !== "invited" && html`<${Button} kind="small" isBusy=${deed.isBusy} onClick=${() => deed.run("s.invitemember", { user: one.user })}>${t("members.let_in")}<//>`}
        ${one.standing !== "banned" && html`<${Button} kind="small" isBusy=${deed.isBusy} onClick=${() => deed.run("s.removemember", { user: one.user })}>${t("members.send_away")}<//>`}
      </li>`)}
    </ul></div>`}
    ${isOwner && html`<${Invite} room=${room.room} again=${again} />`}
  <//>`;
}
