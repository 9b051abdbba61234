// What an operator tells a car to do, always with a reason; asking its unit how it is; whether its unit is trusted with faces.
import { html, useEffect, useState } from "../../view.js";
import { Card } from "../../parts/surface.js";
import { Field, Button, Refused } from "../../parts/controls.js";
import { Act, Chip } from "../../parts/operate.js";
import { Value } from "../../parts/value.js";
import { say } from "../../parts/surface.js";
import { useDeed } from "../../state/ask.js";
import { live } from "../../server/live.js";
import { call } from "../../server/http.js";
import { t, when } from "../../texts/index.js";

const COMMANDS = ["lock", "immobilise", "honk"];
const ASKED = ["POSITION", "DOORS", "FUEL", "ODOMETER"];

function Tell({ car }) {
  const [note, setNote] = useState("");
  const [fault, setFault] = useState("");
  const [running, setRunning] = useState(null);
  const deed = useDeed(async (command) => {
    setRunning(command);
    const answer = await call("s.operatecar", { car: car.car, command, note: note.trim() });
    say(t(`op.operate.${command}.done`, { car: car.car }));
    setNote("");
    return answer;
  });
  // What the car acknowledged, as it happens, whoever told it.
  const [told, setTold] = useState(null);
  useEffect(() => live.on("command", (step) => step.car_id === car.car_id || step.car === car.car ? setTold(step) : null), [car.car]);
  const run = (command) => () => {
    setFault(note.trim() ? "" : t("op.operate.note.fault"));
    if (note.trim()) deed.run(command);
  };
  return html`<div class="stack">
    <${Field} label=${t("op.why")} hint=${t("op.operate.note.hint")} fault=${fault} value=${note} onInput=${setNote} maxlength="500" />
    <${Refused} refusal=${deed.refusal} />
    <div class="row">
      ${COMMANDS.map((command) => html`<${Button} key=${command} kind=${command === "immobilise" ? "danger" : ""} isBusy=${deed.isBusy && running === command} disabled=${deed.isBusy} onClick=${run(command)}>${t(`op.operate.${command}`)}<//>`)}
    </div>
    <div role="status">
      ${deed.isBusy && html`<p class="soft small">${t("op.operate.waits", { car: car.car })}</p>`}
      ${told && html`<p class="row small"><span>${t(`op.operate.${told.command}`)}</span><${Chip} kind=${told.state === "done" ? "good" : told.state === "sent" ? "main" : "bad"}>${t(`op.command.${told.state}`)}<//><span class="soft">${when(told.at, "second")}</span></p>`}
    </div>
  </div>`;
}

function AskUnit({ car }) {
  const [got, setGot] = useState(null);
  const deed = useDeed(async (name) => setGot({ name, value: await call("s.request", { client: car.car, name }) }));
  return html`<div class="stack-small">
    <p class="strong small">${t("op.operate.ask")}</p>
    <div class="row">${ASKED.map((name) => html`<${Button} key=${name} kind="small" disabled=${deed.isBusy} onClick=${() => deed.run(name)}>${t(`op.ask.${name}`)}<//>`)}</div>
    <${Refused} refusal=${deed.refusal} />
    ${got && !deed.refusal && html`<div role="status"><${Value} of=${got.value} /></div>`}
  </div>`;
}

export function Operate({ car, isOnline }) {
  return html`<${Card} title=${t("op.operate.title")}>
    ${!isOnline && html`<p class="note warn">${t("op.operate.offline")}</p>`}
    <${Tell} car=${car} />
    ${isOnline && html`<${AskUnit} car=${car} />`}
    <details>
      <summary>${t("op.operate.trust")}</summary>
      <div class="stack-small op-inner">
        <p class="soft small">${t("op.operate.trust.about")}</p>
        <div class="row">
          <${Act} sure=${t("op.operate.trust.sure")} run=${() => call("s.trustunit", { car: car.car })} said=${(told) => t(told?.changed === false ? "op.operate.trust.same" : "op.operate.trust.done")}>${t("op.operate.trust.do")}<//>
          <${Act} run=${() => call("s.distrustunit", { car: car.car })} said=${(told) => t(told?.changed === false ? "op.operate.distrust.same" : "op.operate.distrust.done")}>${t("op.operate.distrust.do")}<//>
        </div>
      </div>
    </details>
  <//>`;
}
