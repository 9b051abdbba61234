// The engineer's room: cars to repair on the map, the work on each, the code and the devices by which cars know the engineer.
import { html, useMemo, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Area, Choices, Field } from "../parts/controls.js";
import { State } from "../parts/show.js";
import { GroundMap } from "../parts/map.js";
import { Act, FormButton, Secret, When } from "../parts/operate.js";
import { carPin } from "../parts/car.js";
import { useCars } from "../state/whole.js";
import { useAsk } from "../state/ask.js";
import { call } from "../server/http.js";
import { t, tn } from "../texts/index.js";
import { Priority } from "./fleet/repairs.js";

const LOOK_MS = 10_000;

function Finish({ repair, onDone }) {
  return html`<${FormButton} label=${t("op.repair.finish")} title=${t("op.repair.finish.title")} kind="main" first=${{ note: "" }} send=${t("op.repair.finish")} said=${t("op.repair.finished")} onDone=${onDone}
    onSend=${({ note }) => call("s.finishrepair", { repair: repair.repair, note: note.trim() })}
    fields=${(values, put) => html`<p class="said">${repair.fault}</p>
      <${Area} label=${t("op.repair.note")} hint=${t("op.repair.note.hint")} value=${values.note} onInput=${put("note")} maxlength="1000" autofocus />`} />`;
}

function GiveUp({ repair, onDone }) {
  return html`<${FormButton} label=${t("op.repair.cancel")} title=${t("op.repair.cancel.title")} kind="danger" first=${{ note: "" }} send=${t("op.repair.cancel")} said=${t("op.repair.cancelled")} onDone=${onDone}
    onSend=${({ note }) => call("s.cancelrepair", { repair: repair.repair, note: note.trim() })}
    fields=${(values, put) => html`<${Area} label=${t("op.why")} value=${values.note} onInput=${put("note")} required autofocus />`} />`;
}

function Work({ repair, car, onDone, isPicked }) {
  return html`<${Card} kind=${isPicked ? "op-picked" : ""}>
    <div class="row" id=${`repair-${repair.repair}`}>
      <h2>${car?.car ?? t("op.who.car", { id: repair.car_id })}</h2>
      <span class="row row-end"><${Priority} of=${repair.priority} /><${State} of=${repair.state} /></span>
    </div>
    <p class="said">${repair.fault}</p>
    ${repair.note && html`<p class="soft small said">${repair.note}</p>`}
    ${car && html`<p class="soft small said">${[car.plate, car.make, car.model, car.place].filter(Boolean).join(" · ")}</p>`}
    <p class="soft small">${t("op.repair.since")} <${When} at=${repair.at} /></p>
    <div class="row">
      ${repair.state === "assigned" && html`<${Act} kind="main" run=${() => call("s.takerepair", { repair: repair.repair })} said=${t("op.repair.taken")} onDone=${onDone}>${t("op.repair.take")}<//>`}
      ${repair.state === "taken" && html`<${Finish} repair=${repair} onDone=${onDone} />`}
      ${(repair.state === "assigned" || repair.state === "taken") && html`<${GiveUp} repair=${repair} onDone=${onDone} />`}
    </div>
  <//>`;
}

function Known() {
  const [code, setCode] = useState(null);
  const address = (label, command, said) => html`<${FormButton} label=${label} first=${{ address: "" }} send=${label} said=${said}
    onSend=${(values) => call(command, values)}
    fields=${(values, put) => html`<${Field} label=${t("op.engineer.address")} hint=${t("op.engineer.address.hint")} value=${values.address} onInput=${put("address")} spellcheck=${false} autocapitalize="none" required autofocus />`} />`;
  return html`<${Card} title=${t("op.engineer.title")}>
    <p class="soft small">${t("op.engineer.about")}</p>
    <div class="row">
      <${Act} run=${() => call("s.engineercode")} onDone=${(told) => setCode(told.code)}>${t("op.engineer.code.make")}<//>
      ${address(t("op.engineer.device.add"), "s.engineerdevice", t("op.engineer.device.added"))}
      ${address(t("op.engineer.device.remove"), "s.removeengineerdevice", t("op.engineer.device.removed"))}
    </div>
    ${code && html`<${Secret} title=${t("op.engineer.code")} rows=${[[t("op.engineer.code"), code]]} onClose=${() => setCode(null)} />`}
  <//>`;
}

export default function Repairs() {
  const [state, setState] = useState("");
  const [picked, setPicked] = useState(null);
  const repairs = useAsk("s.repairs", { state }, { everyMs: LOOK_MS });
  const cars = useCars({ everyMs: LOOK_MS * 3 });
  const byId = useMemo(() => new Map((cars.answer ?? []).map((car) => [car.car_id, car])), [cars.answer]);
  const pick = (repair) => {
    setPicked(repair.repair);
    document.getElementById(`repair-${repair.repair}`)?.scrollIntoView({ block: "center" });
  };
  const things = useMemo(() => {
    const first = new Map();
    for (const repair of repairs.answer ?? []) if (!first.has(repair.car_id)) first.set(repair.car_id, repair);
    return [...first.values()].filter((repair) => byId.has(repair.car_id)).map((repair) => ({ ...carPin(byId.get(repair.car_id), { onPick: () => pick(repair) }), kind: "car fault" }));
  }, [repairs.answer, byId]);
  const again = () => {
    repairs.again();
    cars.again();
  };
  return html`<${Head} title=${t("room.repairs")} />
    <div class="stack">
      <${Choices} label=${t("op.repair.state")} value=${state} onInput=${setState} options=${[["", t("op.repair.open")], ["finished", t("state.finished")], ["cancelled", t("state.cancelled")]]} />
      ${things.length > 0 && html`<${GroundMap} label=${t("op.repair.map")} things=${things} fit=${`repairs ${state}`} />`}
      <${Answered} asked=${repairs}>${(list) => (list.length === 0
        ? html`<${Empty}>${t(state ? "op.repair.none" : "op.repair.nothing")}<//>`
        : html`<p class="soft small" role="status">${tn("op.repair.count", list.length)}</p>
          <div class="op-pair">${list.map((repair) => html`<${Work} key=${repair.repair} repair=${repair} car=${byId.get(repair.car_id)} onDone=${again} isPicked=${picked === repair.repair} />`)}</div>`)}<//>
      <${Known} />
    </div>`;
}
