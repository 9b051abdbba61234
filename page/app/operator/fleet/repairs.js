// Repairs, for operators and for the engineers who do them: assign, take, finish with a note, give up.
import { html, useMemo, useState } from "../../view.js";
import { Answered, Card, Empty } from "../../parts/surface.js";
import { Area, Field, Select } from "../../parts/controls.js";
import { State, Table } from "../../parts/show.js";
import { Act, Chip, FormButton, When } from "../../parts/operate.js";
import { usePeople } from "../../state/whole.js";
import { whoText } from "../../parts/who.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { href } from "../../route.js";
import { t } from "../../texts/index.js";

const LOOK_MS = 10_000;
const STATES = ["reported", "assigned", "taken", "finished", "cancelled"];
const URGENT = 2;

export function Priority({ of }) {
  return html`<${Chip} kind=${of <= URGENT ? "bad" : ""}>${t(`op.priority.${of}`)}<//>`;
}

function Assign({ repair, engineers, onDone }) {
  const first = { engineer: engineers.find((one) => one.user_id === repair.engineer_id)?.user ?? engineers[0]?.user ?? "" };
  return html`<${FormButton} label=${t(repair.engineer_id ? "op.repair.reassign" : "op.repair.assign")} title=${t("op.repair.assign.title")} first=${first} send=${t("op.repair.assign")} said=${t("op.repair.assigned")} onDone=${onDone}
    onSend=${({ engineer }) => call("s.assignrepair", { repair: repair.repair, engineer })}
    fields=${(values, put) => html`
      <p class="said">${repair.fault}</p>
      ${engineers.length > 0
        ? html`<${Select} label=${t("op.repair.engineer")} value=${values.engineer} onInput=${put("engineer")} options=${engineers.map((one) => [one.user, `${one.first_name} ${one.last_name} (${one.user})`])} />`
        : html`<${Field} label=${t("op.repair.engineer")} hint=${t("op.repair.engineer.hint")} value=${values.engineer} onInput=${put("engineer")} required />`}
    `} />`;
}

function WithNote({ repair, command, label, title, said, onDone, kind }) {
  return html`<${FormButton} label=${label} title=${title} kind=${kind ?? "small"} first=${{ note: "" }} send=${label} said=${said} onDone=${onDone}
    onSend=${({ note }) => call(command, { repair: repair.repair, note })}
    fields=${(values, put) => html`
      <p class="said">${repair.fault}</p>
      <${Area} label=${t("op.repair.note")} value=${values.note} onInput=${put("note")} maxlength="1000" autofocus />
    `} />`;
}

export function RepairActs({ repair, engineers, isOperator, onDone }) {
  const { state } = repair;
  return html`<div class="row">
    ${isOperator && (state === "reported" || state === "assigned") && html`<${Assign} repair=${repair} engineers=${engineers} onDone=${onDone} />`}
    ${state === "assigned" && html`<${Act} kind="small" run=${() => call("s.takerepair", { repair: repair.repair })} said=${t("op.repair.taken")} onDone=${onDone}>${t("op.repair.take")}<//>`}
    ${state === "taken" && html`<${WithNote} repair=${repair} command="s.finishrepair" label=${t("op.repair.finish")} title=${t("op.repair.finish.title")} said=${t("op.repair.finished")} onDone=${onDone} />`}
    ${isOperator && (state === "reported" || state === "assigned" || state === "taken") && html`<${WithNote} repair=${repair} command="s.cancelrepair" label=${t("op.repair.cancel")} title=${t("op.repair.cancel.title")} said=${t("op.repair.cancelled")} onDone=${onDone} kind="small danger" />`}
  </div>`;
}

// `cars` as useWhole gave it. With `car` only its repairs.
export function RepairList({ cars, isOperator, car, onDone }) {
  const [state, setState] = useState("");
  const asked = useAsk("s.repairs", { state, car: car?.car }, { everyMs: LOOK_MS });
  const people = usePeople(isOperator);
  const users = useMemo(() => new Map((people.answer ?? []).map((one) => [one.user_id, one])), [people.answer]);
  const byId = useMemo(() => new Map((cars.answer ?? []).map((one) => [one.car_id, one])), [cars.answer]);
  const engineers = (people.answer ?? []).filter((one) => one.role === "engineer" && !one.disabled);
  const again = () => {
    asked.again();
    cars.again();
    onDone?.();
  };
  const columns = [
    !car && [t("op.booking.car"), (one) => {
      const name = byId.get(one.car_id)?.car;
      return name ? (isOperator ? html`<a class="strong" href=${href(["fleet", name])}>${name}</a>` : html`<span class="strong">${name}</span>`) : t("op.who.car", { id: one.car_id });
    }],
    [t("op.repair.fault"), (one) => html`<span class="said">${one.fault}</span>${one.note && html`<span class="soft small said op-under">${one.note}</span>`}`],
    [t("op.repair.priority"), (one) => html`<${Priority} of=${one.priority} />`],
    [t("op.repair.state"), (one) => html`<${State} of=${one.state} />`],
    isOperator && [t("op.repair.engineer"), (one) => (one.engineer_id ? users.get(one.engineer_id)?.user ?? t("op.who.user", { id: one.engineer_id }) : "–")],
    isOperator && [t("op.repair.by"), (one) => whoText(one.reported_by, { users, cars: byId })],
    [t("op.when"), (one) => html`<${When} at=${one.ended_at ?? one.at} />`],
    ["", (one) => html`<${RepairActs} repair=${one} engineers=${engineers} isOperator=${isOperator} onDone=${again} />`],
  ].filter(Boolean);
  return html`<${Card} title=${t("op.fleet.repairs")}>
    <div class="op-narrow"><${Select} label=${t("op.repair.state")} value=${state} onInput=${setState} options=${[["", t("op.repair.open")], ...STATES.map((one) => [one, t(`state.${one}`)])]} /></div>
    <${Answered} asked=${asked} bones=${1}>${(list) => (list.length === 0
      ? html`<${Empty}>${t("op.repair.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.fleet.repairs") })} rows=${list} id=${(one) => one.repair} columns=${columns} />`)}<//>
  <//>`;
}
