// What came: newest first, live, with what is not read yet.
import { html } from "../view.js";
import { useAsk, useDeed, useEvents } from "../state/ask.js";
import { useNow } from "../parts/load.js";
import { call } from "../server/http.js";
import { countUnread } from "../state/unread.js";
import { Answered, Empty, say } from "../parts/surface.js";
import { Button, Refused, SureButton } from "../parts/controls.js";
import { usePages } from "../parts/show.js";
import { href } from "../route.js";
import { Line, toWhom } from "./line.js";
import { t, tn, when } from "../texts/index.js";

const PAGE = 30;

function Acts({ message, isNew, onRead, onBlock }) {
  const back = message.room ? ["messages", "rooms", message.room] : ["messages", "write"];
  const isFromUser = message.kind === "user";
  return html`
    ${(isFromUser || message.room) && html`<a class="button small" href=${href(back, message.room ? {} : { to: message.from })}>${t(message.room ? "inbox.to_room" : "inbox.reply")}</a>`}
    ${isNew && html`<${Button} kind="small" onClick=${onRead}>${t("inbox.read_to_here")}<//>`}
    ${isFromUser && html`<span class="row-end"><${SureButton} kind="plain small" sure=${t("inbox.block.sure", { user: message.from })} onSure=${onBlock}>${t("inbox.block")}<//></span>`}`;
}

function Notices() {
  const asked = useAsk("s.notices", {}, { on: ["notice"] });
  if (!asked.answer || asked.answer.length === 0) return null;
  return html`<section class="stack-small" aria-label=${t("inbox.notices")}>
    ${asked.answer.map((one) => html`<div key=${one.notice} class="note warn"><p class="strong said">${one.body}</p><p class="small">${t("notice.by", { by: one.by, at: when(one.at) })}</p></div>`)}
  </section>`;
}

export function Inbox() {
  useNow();
  const args = { limit: PAGE };
  const asked = useAsk("s.inbox", args, { on: ["message", "gap"] });
  useEvents(["gap"], () => say(t("inbox.gap")));
  const buildings = useAsk("s.buildings");
  const names = new Map((buildings.answer?.buildings ?? []).map((one) => [one.building, one.name]));
  const { rows, more } = usePages(asked, "s.inbox", args, {
    rowsOf: (page) => page.messages,
    cursor: (page) => (page.more && page.messages.length > 0 ? { before: page.messages.at(-1).seq } : undefined),
  });
  const read = useDeed(async (upto) => {
    await call("s.read", { upto });
    await Promise.all([asked.again(), countUnread()]);
  });
  const block = useDeed(async (user) => {
    await call("s.block", { user });
    say(t("blocks.done", { user }));
  });
  return html`<${Notices} /><${Answered} asked=${asked} bones=${3}>${(inbox) => html`
    ${inbox.unread > 0 && html`<div class="row">
      <span role="status">${tn("inbox.unread", inbox.unread)}</span>
      <${Button} kind="small" isBusy=${read.isBusy} onClick=${() => read.run(inbox.last_seq)}>${t("inbox.read_all")}<//>
    </div>`}
    <${Refused} refusal=${read.refusal} /><${Refused} refusal=${block.refusal} />
    ${rows.length === 0 && html`<${Empty}>${t("inbox.none")}<//>`}
    <ol class="lines" aria-label=${t("messages.inbox")}>
      ${rows.map((message) => {
        const isNew = message.seq > inbox.read_seq;
        const chips = html`${isNew && html`<span class="chip main">${t("inbox.new")}</span>`}${message.kind === "bot" && html`<span class="chip">${t("inbox.bot")}</span>`}`;
        const to = toWhom({ ...message, building_name: names.get(message.building) });
        return html`<li key=${message.id}><${Line} from=${message.from} to=${to} at=${message.at} body=${message.body} isNew=${isNew} chips=${chips}
          acts=${html`<${Acts} message=${message} isNew=${isNew} onRead=${() => read.run(message.seq)} onBlock=${() => block.run(message.from)} />`} /></li>`;
      })}
    </ol>
    ${more}`}<//>`;
}
