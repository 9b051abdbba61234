// Begins: what the server is, who is signed in, then the page for them.
import { html, render, useEffect } from "./view.js";
import { useCell } from "./state/cell.js";
import { me, settings } from "./state/session.js";
import { begin } from "./server/sign.js";
import { live } from "./server/live.js";
import { Frame } from "./frame.js";
import { Gate } from "./gate.js";
import { Toasts } from "./parts/surface.js";
import { Button, Refused } from "./parts/controls.js";
import { useDeed } from "./state/ask.js";
import { t } from "./texts/index.js";
import { showTheme } from "./theme.js";

function Page() {
  const who = useCell(me);
  const told = useCell(settings);
  const start = useDeed(begin);
  useEffect(() => {
    start.run();
  }, []);
  // The socket lives as long as somebody is signed in; it is somebody else's when they are.
  useEffect(() => {
    if (!who) return undefined;
    live.start();
    return live.stop;
  }, [who?.user_id]);
  if (start.refusal) {
    return html`<main class="gate"><div class="gate-card stack">
      <${Refused} refusal=${start.refusal} />
      <${Button} kind="main" onClick=${start.run}>${t("do.again")}<//>
    </div></main>`;
  }
  if (!told || who === undefined) return null;
  return html`${who ? html`<${Frame} who=${who} />` : html`<${Gate} />`}<${Toasts} />`;
}

showTheme();
const place = document.getElementById("page");
render(html`<${Page} />`, place);
place.removeAttribute("aria-busy");
