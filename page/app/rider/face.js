// My face: the text that is agreed to, pictures by the camera of this device, what is kept, taking it along, erasure.
import { html, useState } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { useCell } from "../state/cell.js";
import { settings } from "../state/session.js";
import { call } from "../server/http.js";
import { Answered, Card, Empty, say } from "../parts/surface.js";
import { Button, Check, Choices, Field, Refused, SureButton } from "../parts/controls.js";
import { Told, withProof } from "../parts/told.js";
import { Icon } from "../parts/icon.js";
import { saveFile } from "../parts/save.js";
import { Camera } from "./camera.js";
import { t, tn, when, number } from "../texts/index.js";

function Template({ one, erase }) {
  return html`<li class="person-line">
    <span class="grow"><strong>${t("face.picture_of", { when: when(one.made_at) })}</strong>
      <span class="soft small session-about">${t("face.quality", { sharpness: number(Math.round(one.sharpness)), brightness: number(Math.round(one.brightness)), pixels: number(one.face_pixels) })}${" · "}${one.matched_at ? t("face.used", { when: when(one.matched_at) }) : t("face.not_used")}</span></span>
    <${SureButton} kind="small" sure=${t("face.erase_one.sure")} isBusy=${erase.isBusy} onSure=${() => erase.run({ template: one.template })}>${t("face.erase_one")}<//>
  </li>`;
}

function Kept({ faces, erase }) {
  const take = useDeed(async () => {
    saveFile(`motorpool-face-${faces.user}.json`, JSON.stringify(await call("s.exportface"), null, 2));
  });
  const { consent, templates } = faces;
  const hasAny = templates.length > 0 || (consent && !consent.withdrawn_at);
  return html`<${Card} title=${t("face.kept")} acts=${html`<span class=${`chip ${templates.length > 0 ? "good" : ""}`}>${tn("face.count", templates.length)}</span>`}>
    ${consent && !consent.withdrawn_at && html`<p class="small">${t("face.agreed", { when: when(consent.given_at) })}</p>`}
    ${templates.length === 0 && html`<${Empty}>${t("face.none")}<//>`}
    <ul class="rows">${templates.map((one) => html`<${Template} key=${one.template} one=${one} erase=${erase} />`)}</ul>
    <${Refused} refusal=${erase.refusal} /><${Refused} refusal=${take.refusal} />
    <div class="row">
      <${Button} kind="small" isBusy=${take.isBusy} onClick=${take.run}><${Icon} name="file" />${t("face.export")}<//>
      ${hasAny && html`<${SureButton} kind="danger small" sure=${t("face.erase.sure")} isBusy=${erase.isBusy} onSure=${() => erase.run({})}>${t("face.erase")}<//>`}
    </div>
  <//>`;
}

function Receipts({ asked }) {
  return html`<${Card} title=${t("face.receipts")}>
    <p class="small soft">${t("face.receipts.about")}</p>
    <${Answered} asked=${asked} bones=${1}>${(list) => list.length === 0
      ? html`<${Empty}>${t("face.receipts.none")}<//>`
      : html`<ul class="rows">${list.map((one) => html`<li key=${one.receipt} class="log-line">
          <span class="grow"><strong>${tn("face.receipt", one.templates, { when: when(one.erased_at) })}</strong>
            <span class="soft small said session-about">${one.key_destroyed_at ? t("face.receipt.key", { when: when(one.key_destroyed_at) }) : t("face.receipt.no_key")}</span>
            <span class="mono soft said session-about">${one.receipt}</span></span>
        </li>`)}</ul>`}<//>
  <//>`;
}

// Who signs in by a provider has no password.
const NO_PROOF = { by: "password", text: "" };

// The text, the proof that it is me, then the camera.
function Enrol({ consent, onDone }) {
  const [isAgreed, setIsAgreed] = useState(false);
  const [proof, setProof] = useState(NO_PROOF);
  const [isOpen, setIsOpen] = useState(false);
  const enrol = useDeed(async (pictures) => {
    await withProof(call("s.enrollface", { pictures, consent: consent.version, [proof.by]: proof.text }));
    say(t("face.enrolled"));
    setIsOpen(false);
    setProof(NO_PROOF);
    onDone();
  });
  const isReady = isAgreed && proof.text !== "";
  return html`<${Card} title=${t("face.enrol")}>
    <details class="consent" open=${!isOpen}><summary class="strong">${t("face.text")}</summary><p class="said">${consent.text}</p></details>
    ${!isOpen && html`
      <${Check} label=${t("face.agree")} value=${isAgreed} onInput=${setIsAgreed} />
      <${Choices} label=${t("face.proof")} value=${proof.by} onInput=${(by) => setProof({ by, text: "" })} options=${["password", "pin"].map((by) => [by, t(`face.proof.${by}`)])} />
      <${Field} key=${proof.by} label=${t(`face.${proof.by}`)} hint=${t("face.password.hint")} type="password" inputmode=${proof.by === "pin" ? "numeric" : undefined} autocomplete=${proof.by === "pin" ? "off" : "current-password"} value=${proof.text} onInput=${(text) => setProof({ ...proof, text })} />
      <div><${Button} kind="main" disabled=${!isReady} onClick=${() => {
        enrol.clear();
        setIsOpen(true);
      }}><${Icon} name="face" />${t("face.open_camera")}<//></div>`}
    ${isOpen && html`<${Camera} isSending=${enrol.isBusy} refusal=${enrol.refusal} onPictures=${enrol.run} onAgain=${enrol.clear} onClose=${() => setIsOpen(false)} />`}
    ${!isOpen && html`<${Told} refusal=${enrol.refusal} />`}
  <//>`;
}

export function Face() {
  const told = useCell(settings);
  const isOn = Boolean(told?.faces);
  const faces = useAsk(isOn ? "s.faces" : null);
  const consent = useAsk(isOn ? "s.faceconsent" : null);
  const receipts = useAsk(isOn ? "s.facereceipts" : null);
  const again = () => {
    faces.again();
    consent.again();
    receipts.again();
  };
  const erase = useDeed(async (args) => {
    await call("s.eraseface", args);
    say(t("face.erased"));
    again();
  });
  if (!isOn) return html`<${Empty}>${t("face.off")}<//>`;
  return html`<div class="two">
    <${Answered} asked=${consent}>${(text) => html`<${Enrol} consent=${text} onDone=${again} />`}<//>
    <div class="stack">
      <${Answered} asked=${faces}>${(kept) => html`<${Kept} faces=${kept} erase=${erase} />`}<//>
      <${Receipts} asked=${receipts} />
    </div>
  </div>`;
}
