// The server itself, for admins: read the configuration again, a new admin key, restart, shut down. What ends it is said twice.
import { html, useState } from "../../view.js";
import { Card, Answered } from "../../parts/surface.js";
import { Act, Secret } from "../../parts/operate.js";
import { useNames } from "../../parts/who.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { t, when } from "../../texts/index.js";

function reloadedText(told) {
  const changed = ["commands", "requestables", "services"].flatMap((sort) => ["added", "changed", "removed"].map((what) => told?.[sort]?.[what]?.length ?? 0)).reduce((sum, one) => sum + one, 0);
  const restart = told?.needs_restart?.length ?? 0;
  if (restart > 0) return t("op.server.reloaded.restart", { count: changed, names: told.needs_restart.join(", ") });
  return changed > 0 ? t("op.server.reloaded", { count: changed }) : t("op.server.reloaded.same");
}

// The server wants it twice; the page asks the person once, plainly, and says it twice.
async function twice(command) {
  await call(command);
  return call(command);
}

export function Server() {
  const key = useAsk("s.getadminkey");
  const [made, setMade] = useState(null);
  const { nameOf } = useNames();
  return html`<${Card} title=${t("op.server.title")}>
    <${Answered} asked=${key} bones=${1}>${(told) => html`<p class="soft small">${t("op.server.key.told", { at: when(told.set_at), by: nameOf(told.set_by) })}</p>`}<//>
    <div class="row">
      <${Act} run=${() => call("s.reload")} said=${reloadedText}>${t("op.server.reload")}<//>
      <${Act} sure=${t("op.server.key.sure")} run=${() => call("s.setadminkey")} onDone=${(told) => {
        setMade(told);
        key.again();
      }}>${t("op.server.key.new")}<//>
      <${Act} sure=${t("op.server.restart.sure")} run=${() => twice("s.restart")} said=${t("op.server.restarting")}>${t("op.server.restart")}<//>
      <${Act} sure=${t("op.server.shutdown.sure")} run=${() => twice("s.shutdown")} said=${t("op.server.going")}>${t("op.server.shutdown")}<//>
    </div>
    ${made && html`<${Secret} title=${t("op.server.key")} rows=${[[t("op.server.key"), made.key]]} onClose=${() => setMade(null)} />`}
  <//>`;
}
