// The server's log with filters, the audit log, and what went wrong.
import { html } from "../view.js";
import { Head } from "../parts/surface.js";
import { Choices } from "../parts/controls.js";
import { may } from "../state/session.js";
import { go } from "../route.js";
import { t } from "../texts/index.js";
import { Events } from "./log/events.js";
import { Audit } from "./log/audit.js";
import { Problems } from "./log/problems.js";

export default function Log({ who, query }) {
  const isAdmin = may(who, "admin");
  const shown = query.show === "audit" ? "audit" : query.show === "problems" && isAdmin ? "problems" : "events";
  const options = [["events", t("op.log.events")], ["audit", t("op.log.audit")]];
  return html`<${Head} title=${t("room.log")} />
    <div class="stack">
      <${Choices} label=${t("room.log")} value=${shown} onInput=${(value) => go("log", value === "events" ? {} : { show: value })} options=${isAdmin ? [...options, ["problems", t("op.log.problems")]] : options} />
      ${shown === "events" && html`<${Events} isAdmin=${isAdmin} first=${query} />`}
      ${shown === "audit" && html`<${Audit} first=${query} />`}
      ${shown === "problems" && html`<${Problems} />`}
    </div>`;
}
