// A word to everybody: an announcement that is pushed and gone, or an emergency notice that stays until its end.
import { html } from "../../view.js";
import { Card, Answered } from "../../parts/surface.js";
import { Area, Field, Select } from "../../parts/controls.js";
import { Act, FormButton } from "../../parts/operate.js";
import { useBuildings } from "../../state/whole.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { t, tn, when } from "../../texts/index.js";

function Announce() {
  return html`<${FormButton} label=${t("op.words.announce")} about=${t("op.words.announce.about")} kind="" first=${{ text: "" }} send=${t("op.words.announce")}
    said=${(told) => tn("op.words.announced", told?.pushed ?? 0)}
    onSend=${({ text }) => call("s.announce", { text: text.trim() })}
    fields=${(values, put) => html`<${Area} label=${t("op.words.text")} value=${values.text} onInput=${put("text")} maxlength="8192" required autofocus />`} />`;
}

function Notice({ buildings, onDone }) {
  return html`<${FormButton} label=${t("op.words.notice")} about=${t("op.words.notice.about")} kind="danger" first=${{ body: "", building: "", minutes: "60" }} send=${t("op.words.notice.send")} said=${t("op.words.noticed")} onDone=${onDone}
    onSend=${({ body, building, minutes }) => call("s.notice", { body: body.trim(), building, minutes: Number(minutes) })}
    fields=${(values, put) => html`
      <${Area} label=${t("op.words.text")} value=${values.body} onInput=${put("body")} maxlength="2048" required autofocus />
      <${Select} label=${t("op.words.for")} value=${values.building} onInput=${put("building")} options=${[["", t("op.words.everybody")], ...buildings.map((one) => [one.building, one.name])]} />
      <${Field} label=${t("op.words.minutes")} value=${values.minutes} onInput=${put("minutes")} type="number" min="1" max="10080" required />
    `} />`;
}

export function Words() {
  const notices = useAsk("s.notices", {}, { everyMs: 15_000, on: ["notice"] });
  const buildings = useBuildings();
  const nameOf = (id) => buildings.answer?.find((one) => one.building === id)?.name ?? id;
  return html`<${Card} title=${t("op.words.title")}>
    <div class="row"><${Announce} /><${Notice} buildings=${buildings.answer ?? []} onDone=${notices.again} /></div>
    <${Answered} asked=${notices} bones=${1}>${(list) => list.length > 0 && html`<div class="stack-small">
      <h3>${t("op.words.in_force")}</h3>
      <ul class="op-lines">${list.map((one) => html`<li key=${one.notice}>
        <div class="grow"><p class="said">${one.body}</p><p class="soft small">${t("op.words.who", { by: one.by, until: when(one.until), where: one.building ? nameOf(one.building) : t("op.words.everybody") })}</p></div>
        <${Act} sure=${t("op.words.end.sure")} run=${() => call("s.endnotice", { notice: one.notice })} said=${t("op.words.ended")} onDone=${notices.again}>${t("op.words.end")}<//>
      </li>`)}</ul>
    </div>`}<//>
  <//>`;
}
