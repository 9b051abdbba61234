// Messages: what came, what I sent, rooms to talk in, whom I block, and writing.
import { html } from "../view.js";
import { useCell } from "../state/cell.js";
import { unread } from "../state/unread.js";
import { Head } from "../parts/surface.js";
import { Icon } from "../parts/icon.js";
import { Tabs } from "../parts/tabs.js";
import { href } from "../route.js";
import { Inbox } from "./inbox.js";
import { Sent } from "./sent.js";
import { Rooms } from "./roomlist.js";
import { TalkRoom } from "./talkroom.js";
import { Blocks } from "./blocks.js";
import { Write } from "./write.js";
import { t } from "../texts/index.js";

const PARTS = { sent: Sent, rooms: Rooms, blocked: Blocks, write: Write };

export default function Messages({ who, parts, query }) {
  const count = useCell(unread);
  const [part, name] = parts;
  if (part === "rooms" && name !== undefined) return html`<${TalkRoom} key=${name} name=${name} who=${who} />`;
  const View = PARTS[part] ?? Inbox;
  const tabs = [
    [["messages"], t("messages.inbox"), count],
    [["messages", "sent"], t("messages.sent")],
    [["messages", "rooms"], t("messages.rooms")],
    [["messages", "blocked"], t("messages.blocked")],
  ];
  return html`<${Head} title=${t("room.messages")}>
      ${part !== "write" && html`<a class="button main" href=${href(["messages", "write"])}><${Icon} name="plus" />${t("messages.write")}</a>`}
    <//>
    <div class="stack">
      <${Tabs} label=${t("room.messages")} tabs=${tabs} here=${["messages", ...parts.slice(0, 1)]} />
      <${View} key=${part} who=${who} query=${query} />
    </div>`;
}
