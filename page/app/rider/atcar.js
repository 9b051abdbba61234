// At the car: unlock and lock, and what the car acknowledged, as it happens.
import { html, useState, useEffect, useRef } from "../view.js";
import { useDeed } from "../state/ask.js";
import { live } from "../server/live.js";
import { call } from "../server/http.js";
import { Card } from "../parts/surface.js";
import { Button } from "../parts/controls.js";
import { toldRefusal } from "../parts/told.js";
import { Icon } from "../parts/icon.js";
import { t, when, number } from "../texts/index.js";

const AFTER_MS = 700;
const ENDS = ["done", "failed", "refused", "expired"];

// A step once; the end of a command is its last.
// What comes late is not told behind its end; why it ended so may come behind it.
function withStep(run, state, text) {
  const last = run?.steps.at(-1);
  if (run?.isOver && text && !last.text && last.state !== "done") return { ...run, steps: [...run.steps.slice(0, -1), { ...last, text }] };
  const isLate = run?.isOver && !ENDS.includes(state);
  if (!run || isLate || run.steps.some((step) => step.state === state) || (run.isOver && ENDS.includes(state) && run.steps.some((step) => ENDS.includes(step.state)))) return run;
  const isOver = run.isOver || ENDS.includes(state) || state === "unknown";
  return { ...run, isOver, steps: [...run.steps, { state, text, heard: Date.now() }] };
}

function useCommands(booking, onChange) {
  const [run, setRun] = useState(null);
  const count = useRef(0);
  useEffect(
    () => live.on("command", (event) => {
      if (event.booking !== booking) return;
      setRun((now) => {
        const mine = now && now.what === event.command && (now.id === undefined || now.id === event.command_id);
        // Another device of mine may have pressed.
        const at = mine ? { ...now, id: event.command_id } : { what: event.command, id: event.command_id, isOver: false, steps: [] };
        return withStep(at, event.state);
      });
      onChange();
    }),
    [booking],
  );
  const send = useDeed(async (what) => {
    const mine = (count.current += 1);
    const add = (state, text) => count.current === mine && setRun((now) => (now?.what === what ? withStep(now, state, text) : now));
    setRun({ what, id: undefined, isOver: false, steps: [{ state: "asked", heard: Date.now() }] });
    try {
      const told = await call(`s.${what}`, { booking });
      add(told.state);
    } catch (refusal) {
      add(refusal.code === "timeout" || refusal.code === "unreachable" ? "unknown" : "refused", toldRefusal(refusal));
    }
    onChange();
    // The booking begins a moment after the car has opened.
    setTimeout(onChange, AFTER_MS);
  });
  return { run, send };
}

function Steps({ run }) {
  return html`<div class="car-steps" role="status" aria-live="polite" aria-label=${t("atcar.progress")}>
    ${run && html`<ol>
      ${run.steps.map((step, at) => html`<li key=${step.state} class=${`car-step ${step.state}`}>
        <span class="car-step-mark" aria-hidden="true"></span>
        <span class="grow"><strong>${t(`atcar.${run.what}.${step.state}`)}</strong>${step.text && html`<span class="said small"> ${step.text}</span>`}</span>
        <span class="small soft number">${at === 0 ? when(step.heard, "time") : t("atcar.after", { seconds: number((step.heard - run.steps[0].heard) / 1000, { maximumFractionDigits: 1 }) })}</span>
      </li>`)}
      ${!run.isOver && html`<li class="car-step waiting"><span class="spin" aria-hidden="true"></span><span>${t("atcar.waiting")}</span></li>`}
    </ol>`}
  </div>`;
}

export function AtCar({ booking, onChange }) {
  const { run, send } = useCommands(booking.booking, onChange);
  const isBusy = (what) => send.isBusy && run?.what === what;
  return html`<${Card} title=${t("atcar.title")}>
    <div class="big-two">
      <${Button} kind="main big" isBusy=${isBusy("unlock")} disabled=${send.isBusy} onClick=${() => send.run("unlock")}><${Icon} name="unlock" />${t("atcar.unlock")}<//>
      <${Button} kind="big" isBusy=${isBusy("lock")} disabled=${send.isBusy} onClick=${() => send.run("lock")}><${Icon} name="lock" />${t("atcar.lock")}<//>
    </div>
    ${!run && html`<p class="small soft">${t(booking.state === "reserved" ? "atcar.first" : "atcar.hint")}</p>`}
    <${Steps} run=${run} />
  <//>`;
}
