// Emergency notices: over everything, until they are read.
import { html, useState, useEffect } from "./view.js";
import { live } from "./server/live.js";
import { Button } from "./parts/controls.js";
import { t, when } from "./texts/index.js";
import { Icon } from "./parts/icon.js";
import { say } from "./parts/surface.js";

// What is said to who is there, and kept nowhere.
const hearSaid = () =>
  live.on("message", (message, event) => {
    if (!event.seq) say(t("message.said", { from: message.from, body: message.body }));
  });

export function Notices() {
  const [notices, setNotices] = useState([]);
  useEffect(
    () => live.on("notice", (notice) => setNotices((now) => [...now.filter((one) => one.notice !== notice.notice), notice])),
    [],
  );
  useEffect(hearSaid, []);
  const read = (number) => setNotices((now) => now.filter((one) => one.notice !== number));
  if (notices.length === 0) return null;
  return html`<div class="stack-small notices" role="alert">
    ${notices.map((notice) => html`<div class="note bad row" key=${notice.notice}>
      <${Icon} name="bell" />
      <div class="grow"><p class="strong said">${notice.body}</p><p class="small">${t("notice.by", { by: notice.by, at: when(notice.at) })}</p></div>
      <${Button} kind="small" onClick=${() => read(notice.notice)}>${t("notice.read")}<//>
    </div>`)}
  </div>`;
}
