// Warnings and errors that are still in memory.
import { html } from "../../view.js";
import { Card, Answered } from "../../parts/surface.js";
import { useAsk } from "../../state/ask.js";
import { t } from "../../texts/index.js";
import { EventLines } from "./events.js";

export function Problems() {
  const asked = useAsk("s.errortrace", {}, { everyMs: 5_000 });
  return html`<${Card} title=${t("op.log.problems")}>
    <p class="soft small">${t("op.log.problems.about")}</p>
    <${Answered} asked=${asked} bones=${1}>${(told) => (Array.isArray(told) && told.length > 0
      ? html`<${EventLines} rows=${[...told].reverse()} />`
      : html`<p class="note good" role="status">${t("op.log.no_problems")}</p>`)}<//>
  <//>`;
}
