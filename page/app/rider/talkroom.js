// One room: what was said in it, saying something to all or whispering to some, who is in it, and its owner's business.
import { html, useState, useEffect } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { useNow } from "../parts/load.js";
import { call } from "../server/http.js";
import { Head, Card, Answered, Empty, say, sayRefusal } from "../parts/surface.js";
import { Button, SureButton, Check, Refused } from "../parts/controls.js";
import { usePages } from "../parts/show.js";
import { go, href } from "../route.js";
import { Line } from "./line.js";
import { Members } from "./members.js";
import { t } from "../texts/index.js";

const PAGE = 30;

// `said` counts what I said here: of that no event tells.
function History({ name, who, said }) {
  useNow();
  const args = { room: name, limit: PAGE };
  const asked = useAsk("s.roomhistory", args, { on: ["message"], everyMs: 20_000 });
  useEffect(() => {
    if (said > 0) asked.again();
  }, [said]);
  const { rows, more } = usePages(asked, "s.roomhistory", args, {
    rowsOf: (page) => page.messages,
    cursor: (page) => (page.more && page.messages.length > 0 ? { before: page.messages.at(-1).id } : undefined),
  });
  return html`<${Answered} asked=${asked} bones=${3}>${() => html`
    ${rows.length === 0 && html`<${Empty}>${t("talk.none")}<//>`}
    <ol class="lines" aria-label=${t("talk.history")} aria-live="polite">
      ${rows.map((one) => html`<li key=${one.id}><${Line} from=${one.from} at=${one.at} body=${one.body} isMine=${one.from_user_id === who.user_id}
        chips=${one.to === "whisper" && html`<span class="chip warn">${t("talk.whisper")}</span>`} /></li>`)}
    </ol>
    ${more}`}<//>`;
}

function Say({ name, others, onSaid }) {
  const [body, setBody] = useState("");
  const [to, setTo] = useState([]);
  const [isWhisper, setIsWhisper] = useState(false);
  const send = useDeed(async () => {
    await call("s.send", { room: name, body, users: isWhisper ? to : undefined });
    if (isWhisper) say(t("talk.whispered"));
    setBody("");
    onSaid();
  });
  const submit = (event) => {
    event.preventDefault();
    if (body.trim() !== "") send.run();
  };
  const byKey = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const put = (user) => (isOn) => setTo((now) => (isOn ? [...now, user] : now.filter((one) => one !== user)));
  return html`<form class="stack-small say" onSubmit=${submit}>
    <textarea class="input" rows="2" maxlength="8000" aria-label=${t("talk.say")} placeholder=${t("talk.say")} value=${body} onInput=${(event) => setBody(event.target.value)} onKeyDown=${byKey}></textarea>
    <${Refused} refusal=${send.refusal} />
    ${isWhisper && html`<fieldset class="row"><legend class="small strong">${t("talk.whisper_to")}</legend>
      ${others.map((user) => html`<${Check} key=${user} label=${user} value=${to.includes(user)} onInput=${put(user)} />`)}</fieldset>`}
    <div class="row">
      <${Button} type="submit" kind="main" isBusy=${send.isBusy} disabled=${isWhisper && to.length === 0}>${t(isWhisper ? "talk.do_whisper" : "do.send")}<//>
      ${others.length > 0 && html`<${Check} label=${t("talk.as_whisper")} value=${isWhisper} onInput=${setIsWhisper} />`}
      <span class="small soft row-end wide-only">${t("talk.keys")}</span>
    </div>
  </form>`;
}

function Door({ room, again }) {
  const join = useDeed(async () => {
    try {
      const told = await call("s.joinroom", { room });
      say(t(told.done === "asked" ? "rooms.asked" : "rooms.joined", { room }));
    } catch (refusal) {
      sayRefusal(refusal);
    }
    again();
  });
  return html`<${Card}><p>${t("talk.outside")}</p><div><${Button} kind="main" isBusy=${join.isBusy} onClick=${join.run}>${t("rooms.join")}<//></div><//>`;
}

function Leaving({ room, isOwner }) {
  const leave = useDeed(async (command) => {
    try {
      await call(command, { room: room.room });
      go(["messages", "rooms"]);
    } catch (refusal) {
      sayRefusal(refusal);
    }
  });
  return html`
    <${SureButton} kind="small" sure=${t(isOwner && room.members.length > 1 ? "talk.leave.owner" : "talk.leave.sure")} isBusy=${leave.isBusy} onSure=${() => leave.run("s.leaveroom")}>${t("talk.leave")}<//>
    ${isOwner && html`<${SureButton} kind="danger small" sure=${t("talk.close.sure")} isBusy=${leave.isBusy} onSure=${() => leave.run("s.closeroom")}>${t("talk.close")}<//>`}`;
}

export function TalkRoom({ name, who }) {
  const args = { room: name };
  const asked = useAsk("s.room", args, { on: ["room"], everyMs: 20_000 });
  const members = usePages(asked, "s.room", args, {
    rowsOf: (page) => page.members ?? [],
    cursor: (page) => ((page.members ?? []).length < 200 ? undefined : { after: page.members.at(-1).user_id }),
  });
  const [said, setSaid] = useState(0);
  const room = asked.answer;
  const isIn = members.rows.some((one) => one.user_id === who.user_id);
  const isOwner = room?.owner_id === who.user_id;
  const others = members.rows.map((one) => one.user).filter((user) => user !== who.user);
  return html`<${Head} title=${room?.room ?? name} back=${[href(["messages", "rooms"]), t("messages.rooms")]}>
      ${isIn && html`<${Leaving} room=${room} isOwner=${isOwner} />`}
    <//>
    <${Answered} asked=${asked}>${(room) => html`<div class="talk">
      ${isIn
        ? html`<${Card} title=${t("talk.history")}><${Say} name=${room.room} others=${others} onSaid=${() => setSaid((count) => count + 1)} /><${History} name=${room.room} who=${who} said=${said} /><//>`
        : html`<${Door} room=${room.room} again=${asked.again} />`}
      <${Members} room=${room} members=${members} who=${who} isIn=${isIn} isOwner=${isOwner} again=${asked.again} />
    </div>`}<//>`;
}
