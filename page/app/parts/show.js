// Small things that are shown in many places: states, meters, tables, pages of lists.
import { html, useState } from "../view.js";
import { t, number } from "../texts/index.js";
import { call } from "../server/http.js";
import { useDeed } from "../state/ask.js";
import { Button, Refused } from "./controls.js";

const kinds = {
  reserved: "main", ongoing: "good", overdue: "bad", finished: "", cancelled: "", no_show: "warn",
  usable: "good", needs_repair: "warn", in_repair: "warn", retired: "",
  reported: "warn", assigned: "main", taken: "main",
  running: "good", stopped: "", failed: "bad", restarting: "warn",
};

// A state as the server names it, with its text and colour.
export function State({ of }) {
  return html`<span class=${`chip ${kinds[of] ?? ""}`}>${t(`state.${of}`)}</span>`;
}

export function Meter({ percent, label }) {
  if (percent === undefined || percent === null) return null;
  const full = Math.max(0, Math.min(100, percent));
  return html`<span class="meter">
    <span class="meter-track" role="img" aria-label=${`${label}: ${number(Math.round(full))} %`}>
      <span class=${`meter-fill ${full < 20 ? "low" : ""}`} style=${{ display: "block", inlineSize: `${full}%` }}></span>
    </span>
    <span class="small number" aria-hidden="true">${number(Math.round(full))} %</span>
  </span>`;
}

// `columns` is a list of [head, draw(row), kind?]. On a phone each row is a card with the heads beside the values.
export function Table({ columns, rows, id, label }) {
  return html`<div class="table-wrap" role="region" aria-label=${label} tabindex="0">
    <table class="table">
      <thead><tr>${columns.map(([head, , kind]) => html`<th key=${head} scope="col" class=${kind ?? ""}>${head || html`<span class="hidden-text">${t("say.acts")}</span>`}</th>`)}</tr></thead>
      <tbody>
        ${rows.map((row) => html`<tr key=${id(row)}>
          ${columns.map(([head, draw, kind]) => html`<td key=${head} data-head=${head || undefined} class=${kind ?? ""}><span>${draw(row)}</span></td>`)}
        </tr>`)}
      </tbody>
    </table>
  </div>`;
}

// The pages behind a first one: {rows, more}, where `more` is a button, or nothing at the end.
// `rowsOf` finds the list in an answer, `cursor(answer)` the arguments of the next page or undefined.
export function usePages(asked, command, args, { rowsOf = (answer) => answer, cursor }) {
  const [pages, setPages] = useState({ of: undefined, list: [] });
  const behind = pages.of === asked.answer ? pages.list : [];
  const last = behind.at(-1) ?? asked.answer;
  const next = last === undefined ? undefined : cursor(last);
  const deed = useDeed(async () => {
    const answer = await call(command, { ...args, ...next });
    setPages({ of: asked.answer, list: [...behind, answer] });
  });
  const rows = [asked.answer, ...behind].filter((answer) => answer !== undefined).flatMap(rowsOf);
  const more = next && html`<div class="stack-small">
    <${Refused} refusal=${deed.refusal} />
    <${Button} kind="wide" isBusy=${deed.isBusy} onClick=${deed.run}>${t("do.more")}<//>
  </div>`;
  return { rows, more };
}
