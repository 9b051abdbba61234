// Sends a file up by tus, so that a cut in the middle costs nothing; for whom it will be is said with it.
import { html, useRef, useState, useId } from "../../view.js";
import { Dialog, say } from "../../parts/surface.js";
import { Button, Field, Select } from "../../parts/controls.js";
import { t, number } from "../../texts/index.js";
import { bytes } from "../figures.js";

const SORTS = ["user", "car", "booking", "room"];
const AGAIN_MS = [0, 1_000, 3_000, 5_000];

async function upload(file, metadata, onProgress, hold) {
  if (!globalThis.tus) await import("../../../vendor/tus.js");
  return new Promise((done, fail) => {
    const sent = new globalThis.tus.Upload(file, {
      endpoint: "/api/v1/tus", retryDelays: AGAIN_MS, headers: { "X-Motorpool": "page" }, storeFingerprintForResuming: false,
      metadata: { filename: file.name, ...(file.type ? { filetype: file.type } : {}), ...metadata },
      onProgress, onSuccess: done, onError: fail,
    });
    hold.current = sent;
    sent.start();
  });
}

// What the server said of it, without the words of the library around.
function reasonOf(error) {
  try {
    const told = JSON.parse(error.originalResponse?.getBody() ?? "");
    return told.detail ?? told.title;
  } catch {
    return error.originalResponse?.getStatus() === 404 ? t("op.missing") : t("op.files.up.failed");
  }
}

export function SendUp({ onDone }) {
  const [isOpen, setIsOpen] = useState(false);
  const [values, setValues] = useState({ of: "", which: "" });
  const [file, setFile] = useState(null);
  const [state, setState] = useState({ part: null, fault: "" });
  const hold = useRef(null);
  const id = useId();
  const put = (name) => (value) => setValues((before) => ({ ...before, [name]: value }));
  const close = () => {
    hold.current?.abort(true).catch(() => {});
    hold.current = null;
    setIsOpen(false);
    setFile(null);
    setState({ part: null, fault: "" });
  };
  const send = async (event) => {
    event.preventDefault();
    if (!file) return setState({ part: null, fault: t("op.files.up.choose") });
    setState({ part: 0, fault: "" });
    try {
      const metadata = values.of && values.which.trim() ? { [values.of]: values.which.trim() } : {};
      await upload(file, metadata, (sent, all) => setState({ part: all > 0 ? sent / all : 1, fault: "" }), hold);
      hold.current = null;
      say(t("op.files.up.done", { name: file.name }));
      onDone();
      close();
    } catch (error) {
      setState({ part: null, fault: reasonOf(error) });
    }
  };
  return html`<${Button} kind="main" onClick=${() => setIsOpen(true)}>${t("op.files.up")}<//>
    ${isOpen && html`<${Dialog} title=${t("op.files.up")} onClose=${close}>
      <form class="stack" onSubmit=${send}>
        <div class="field"><label for=${id}>${t("op.files.file")}</label>
          <input class="input" id=${id} type="file" required onChange=${(event) => setFile(event.target.files[0] ?? null)} />
          ${file && html`<p class="hint">${bytes(file.size)}</p>`}</div>
        <${Select} label=${t("op.files.whose")} value=${values.of} onInput=${put("of")} options=${[["", t("op.files.mine")], ...SORTS.map((one) => [one, t(`op.files.of.${one}`)])]} />
        ${values.of && html`<${Field} label=${t(`op.files.of.${values.of}`)} value=${values.which} onInput=${put("which")} autocapitalize="none" spellcheck=${false} required />`}
        ${state.fault && html`<p class="note bad" role="alert">${state.fault}</p>`}
        ${state.part !== null && html`<div class="row"><progress class="grow" max="1" value=${state.part} aria-label=${t("op.files.up.far")}></progress><span class="number small">${number(state.part, { style: "percent" })}</span></div>`}
        <div class="row"><${Button} type="submit" kind="main" isBusy=${state.part !== null}>${t("do.send")}<//><${Button} onClick=${close}>${t("op.leave")}<//></div>
      </form>
    <//>`}`;
}
