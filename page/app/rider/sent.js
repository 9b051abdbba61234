// What I sent, and who has read it; and whether others hear that I have read theirs.
import { html, useState } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { useNow } from "../parts/load.js";
import { call } from "../server/http.js";
import { Answered, Card, Empty, say } from "../parts/surface.js";
import { Button, Refused } from "../parts/controls.js";
import { usePages } from "../parts/show.js";
import { Line, toWhom } from "./line.js";
import { t, tn, when } from "../texts/index.js";

const PAGE = 30;
const READERS_PAGE = 200;

function Readers({ message }) {
  const args = { message };
  const asked = useAsk("s.readers", args, { on: ["receipt"] });
  const listed = (page) => (Array.isArray(page) ? page : page.readers ?? []);
  const { rows, more } = usePages(asked, "s.readers", args, {
    rowsOf: listed,
    cursor: (page) => (listed(page).length < READERS_PAGE ? undefined : { after: listed(page).at(-1).user_id }),
  });
  return html`<${Answered} asked=${asked} bones=${1}>${() => html`
    ${rows.length === 0 && html`<p class="small soft">${t("sent.nobody_read")}</p>`}
    <ul class="small">${rows.map((one) => html`<li key=${one.user_id}><span class="said strong">${one.user}</span> <span class="soft">${one.at ? when(one.at) : ""}</span></li>`)}</ul>
    ${more}`}<//>`;
}

function Mine({ message, names }) {
  const [isOpen, setIsOpen] = useState(false);
  const hasReaders = message.to !== "building" && message.to !== "range_m";
  return html`<div>
    <${Line} from=${message.to === "user" ? t("sent.to.user") : toWhom({ ...message, building_name: names.get(message.place) })} at=${message.at} body=${message.body} isMine
      chips=${html`<span class="chip">${tn("sent.recipients", message.recipients)}</span>`}
      acts=${hasReaders && html`<${Button} kind="small" aria-expanded=${isOpen ? "true" : "false"} onClick=${() => setIsOpen(!isOpen)}>${t("sent.who_read")}<//>`} />
    ${isOpen && html`<div class="under"><${Readers} message=${message.id} /></div>`}
  </div>`;
}

function Receipts() {
  const set = useDeed(async (on) => {
    await call("s.receipts", { on });
    say(t(on ? "receipts.on" : "receipts.off"));
  });
  return html`<${Card} title=${t("receipts.title")}>
    <p class="small soft">${t("receipts.about")}</p>
    <div class="row">
      <${Button} kind="small" isBusy=${set.isBusy} onClick=${() => set.run(true)}>${t("receipts.tell")}<//>
      <${Button} kind="small" isBusy=${set.isBusy} onClick=${() => set.run(false)}>${t("receipts.do_not")}<//>
    </div>
    <${Refused} refusal=${set.refusal} />
  <//>`;
}

export function Sent() {
  useNow();
  const args = { limit: PAGE };
  const asked = useAsk("s.sent", args);
  const buildings = useAsk("s.buildings");
  const names = new Map((buildings.answer?.buildings ?? []).map((one) => [one.building, one.name]));
  const { rows, more } = usePages(asked, "s.sent", args, {
    rowsOf: (page) => page.messages,
    cursor: (page) => (page.more && page.messages.length > 0 ? { before: page.messages.at(-1).id } : undefined),
  });
  return html`<${Answered} asked=${asked} bones=${3}>${() => html`
      ${rows.length === 0 && html`<${Empty}>${t("sent.none")}<//>`}
      <ol class="lines" aria-label=${t("messages.sent")}>${rows.map((message) => html`<li key=${message.id}><${Mine} message=${message} names=${names} /></li>`)}</ol>
      ${more}`}<//>
    <${Receipts} />`;
}
