// Some days of a car's time: the line with what is taken, and going from day to day.
import { html } from "../view.js";
import { useAsk } from "../state/ask.js";
import { isMissing } from "../parts/load.js";
import { Button, Choices, Refused } from "../parts/controls.js";
import { TimeLine, Marks } from "../parts/timeline.js";
import { Icon } from "../parts/icon.js";
import { stretches } from "./fleet.js";
import { t, tn, when } from "../texts/index.js";

export function firstDay(at) {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day;
}

// Days of 23 and 25 hours are days.
export function daysLater(day, days) {
  const later = new Date(day);
  later.setDate(later.getDate() + days);
  return later;
}

// What is taken of one car in a view {from, days}: {taken, refusal}. `taken` is undefined while it is not known.
export function useTaken(view, car) {
  const args = { start: view.from.toISOString(), end: daysLater(view.from, view.days).toISOString(), car };
  const asked = useAsk("s.calendar", args, { everyMs: 15_000, on: ["booking"] });
  const hasNone = isMissing(asked.refusal);
  return {
    taken: asked.answer && stretches(asked.answer[0]),
    refusal: hasNone ? null : asked.refusal,
    hasNone,
  };
}

export function Days({ view, onView, calendar, chosen, onChoose, label, hint }) {
  const to = daysLater(view.from, view.days);
  const move = (days) => onView({ ...view, from: daysLater(view.from, days) });
  const stripes = (calendar.taken ?? []).map((one) => ({
    ...one,
    kind: one.mine ? "mine" : "",
    title: one.mine ? t("time.mine", { start: when(one.start), end: when(one.end) }) : undefined,
  }));
  const past = { start: view.from, end: new Date(Math.min(Date.now(), +to)), kind: "past", title: t("time.past") };
  if (past.end > past.start) stripes.unshift(past);
  const days = view.days === 1 ? when(view.from, "day") : t("period.days", { first: when(view.from, "day"), last: when(new Date(+to - 1), "day") });
  return html`<div class="stack-small">
    <div class="row">
      <div class="days-nav"><${Button} kind="small" aria-label=${t("days.before")} disabled=${view.from <= firstDay(Date.now())} onClick=${() => move(-view.days)}><${Icon} name="back" /><//>
      <strong class="days-text" aria-live="polite">${days}</strong>
      <${Button} kind="small" aria-label=${t("days.after")} onClick=${() => move(view.days)}><${Icon} name="next" /><//></div>
      <div class="row-end"><${Choices} label=${t("days.count")} value=${view.days} onInput=${(count) => onView({ ...view, days: count })} options=${[1, 3, 7].map((count) => [count, tn("days", count)])} /></div>
    </div>
    <div class=${calendar.taken || calendar.hasNone ? "" : "faint"}>
      <${TimeLine} from=${+view.from} to=${+to} taken=${stripes} chosen=${chosen} onChoose=${onChoose} label=${label} />
      <${Marks} from=${+view.from} to=${+to} />
    </div>
    <p class="legend small soft">
      <span><i class="swatch free"></i>${t("legend.free")}</span>
      <span><i class="swatch taken"></i>${t("legend.taken")}</span>
      <span><i class="swatch mine"></i>${t("legend.mine")}</span>
      ${chosen && html`<span><i class="swatch chosen"></i>${t("legend.chosen")}</span>`}
      ${hint && html`<span>${hint}</span>`}
    </p>
    ${calendar.hasNone && html`<p class="note warn small">${t("days.unknown")}</p>`}
    <${Refused} refusal=${calendar.refusal} />
  </div>`;
}
