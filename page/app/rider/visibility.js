// Who sees where I am: in one sentence, always in sight, and changed in one dialog.
import { html, useState } from "../view.js";
import { call } from "../server/http.js";
import { Dialog, say } from "../parts/surface.js";
import { Button, Form, Field, Select, Refused } from "../parts/controls.js";
import { Icon } from "../parts/icon.js";
import { t, distance, when } from "../texts/index.js";

const WHO = ["nobody", "same_building", "within_range", "near"];
const BLURS = [0, 100, 500, 1000, 5000, 10000];
const HOURS = [0, 1, 4, 8, 24];
const HOUR_MS = 3_600_000;

function sentence(seen) {
  const { now, until, range_m: range } = seen;
  const parts = [t(`seen.by.${now.to}`, { range: distance(range) })];
  if (now.people.length > 0) parts.push(t("seen.and", { people: now.people.join(", ") }));
  if (now.blur_m) parts.push(t("seen.blurred", { blur: distance(now.blur_m) }));
  if (until) parts.push(t("seen.until", { until: when(until) }));
  return parts.join(" ");
}

function Change({ seen, onClose, onDone }) {
  const { now } = seen;
  const first = { to: now.to, blur: String(now.blur_m ?? 0), hours: "0", people: now.people.join(", ") };
  const blurs = BLURS.includes(now.blur_m ?? 0) ? BLURS : [...BLURS, now.blur_m];
  const send = ({ to, blur, hours, people }) =>
    call("s.setvisibility", {
      to,
      blur_m: Number(blur) || undefined,
      until: Number(hours) ? new Date(Date.now() + Number(hours) * HOUR_MS).toISOString() : undefined,
      people: people.split(/[\s,;]+/).filter(Boolean),
    });
  return html`<${Dialog} title=${t("seen.title")} onClose=${onClose}>
    <${Form} first=${first} send=${t("do.save")} onSend=${send} onDone=${() => {
        say(t("seen.set"));
        onDone();
      }}
      extra=${html`<${Button} onClick=${onClose}>${t("do.cancel")}<//>`}
      fields=${(values, put) => html`
        <fieldset class="stack-small">
          <legend class="strong">${t("seen.who")}</legend>
          ${WHO.map((to) => html`<label key=${to} class="option"><input type="radio" name="to" checked=${values.to === to} onChange=${() => put("to")(to)} /><span>${t(`seen.to.${to}`, { range: distance(seen.range_m) })}</span></label>`)}
        </fieldset>
        <${Select} label=${t("seen.blur")} value=${values.blur} onInput=${put("blur")} options=${blurs.map((blur) => [String(blur), blur === 0 ? t("seen.exact") : t("seen.square", { blur: distance(blur) })])} />
        <${Select} label=${t("seen.how_long")} value=${values.hours} onInput=${put("hours")} options=${HOURS.map((hours) => [String(hours), hours === 0 ? t("seen.for_good") : t("unit.hours", { value: hours })])} />
        <${Field} label=${t("seen.people")} hint=${t("seen.people.hint")} value=${values.people} onInput=${put("people")} autocapitalize="none" spellcheck=${false} />
      `} />
  <//>`;
}

// `asked` is what `s.visibility` gave.
export function SeenBy({ asked }) {
  const [isOpen, setIsOpen] = useState(false);
  const seen = asked.answer;
  if (!seen) return html`<${Refused} refusal=${asked.refusal} />`;
  const isHidden = seen.now.to === "nobody" && seen.now.people.length === 0;
  return html`<section class=${`note seen ${isHidden ? "" : "good"}`} aria-label=${t("seen.title")}>
    <span class="seen-icon"><${Icon} name=${isHidden ? "lock" : "people"} /></span>
    <p class="grow said"><strong>${t("seen.title")}</strong> ${sentence(seen)}
      ${seen.until && seen.afterwards && html` <span class="small">${t("seen.then", { then: sentence({ now: seen.afterwards, range_m: seen.range_m }) })}</span>`}</p>
    <${Button} kind="small" onClick=${() => setIsOpen(true)}>${t("seen.change")}<//>
    ${isOpen && html`<${Change} seen=${seen} onClose=${() => setIsOpen(false)} onDone=${() => {
      setIsOpen(false);
      asked.again();
    }} />`}
  </section>`;
}
