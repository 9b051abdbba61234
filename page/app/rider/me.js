// Me: who I am to the server, how I sign in, who sees me, my face, and all that is kept of me.
import { html } from "../view.js";
import { useAsk } from "../state/ask.js";
import { useCell } from "../state/cell.js";
import { theme } from "../theme.js";
import { Head, Card, Answered } from "../parts/surface.js";
import { Choices } from "../parts/controls.js";
import { Tabs } from "../parts/tabs.js";
import { Profile } from "./profile.js";
import { SignIn } from "./secrets.js";
import { Face } from "./face.js";
import { MyLog } from "./mylog.js";
import { Mine } from "./mine.js";
import { SeenBy } from "./visibility.js";
import { t } from "../texts/index.js";

function Looks() {
  const now = useCell(theme);
  return html`<${Card} title=${t("me.theme")}>
    <${Choices} label=${t("me.theme")} value=${now} onInput=${(value) => theme.set(value)} options=${["auto", "light", "dark"].map((one) => [one, t(`me.theme.${one}`)])} />
  <//>`;
}

function First({ who }) {
  const profile = useAsk("s.profile");
  const seen = useAsk("s.visibility");
  return html`<${SeenBy} asked=${seen} />
    <div class="two">
      <${Answered} asked=${profile}>${(told) => html`<${Profile} profile=${told} onChange=${profile.again} />`}<//>
      <div class="stack"><${Looks} who=${who} /></div>
    </div>`;
}

const PARTS = { signin: SignIn, face: Face, log: MyLog, data: Mine };

export default function Me({ who, parts }) {
  const View = PARTS[parts[0]] ?? First;
  const tabs = [[["me"], t("me.profile")], ...Object.keys(PARTS).map((part) => [["me", part], t(`me.${part}`)])];
  return html`<${Head} title=${t("room.me")} />
    <div class="stack">
      <${Tabs} label=${t("room.me")} tabs=${tabs} here=${["me", ...parts.slice(0, 1)]} />
      <${View} key=${parts[0]} who=${who} />
    </div>`;
}
