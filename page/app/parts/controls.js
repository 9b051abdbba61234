// What people press and fill in: buttons, fields and forms. Each field has its label; a fault stands beside its field.
import { html, useEffect, useId, useRef, useState } from "../view.js";
import { t, refusalText } from "../texts/index.js";
import { useDeed } from "../state/ask.js";

export function Button({ kind = "", isBusy = false, disabled = false, type = "button", children, ...rest }) {
  return html`<button type=${type} class=${`button ${kind}`} disabled=${disabled || isBusy} aria-busy=${isBusy} ...${rest}>
    ${isBusy && html`<span class="spin" aria-hidden="true"></span>`}${children}
  </button>`;
}

// A button that asks once more before something that cannot be undone.
export function SureButton({ sure, children, onSure, kind = "danger", ...rest }) {
  const [isAsked, setIsAsked] = useState(false);
  const box = useRef(null);
  // Who came by the keyboard goes on where they were.
  useEffect(() => {
    if (isAsked) box.current?.querySelector("button")?.focus();
  }, [isAsked]);
  if (!isAsked) return html`<${Button} kind=${kind} onClick=${() => setIsAsked(true)} ...${rest}>${children}<//>`;
  const answer = (isSure) => () => {
    setIsAsked(false);
    if (isSure) onSure();
  };
  return html`<span class="row" role="group" aria-label=${sure} ref=${box}>
    <span class="small strong">${sure}</span>
    <${Button} kind=${`danger ${kind.includes("small") ? "small" : ""}`} onClick=${answer(true)}>${t("do.yes")}<//>
    <${Button} kind=${kind.includes("small") ? "small" : ""} onClick=${answer(false)}>${t("do.no")}<//>
  </span>`;
}

function Labelled({ label, hint, fault, children }) {
  const id = useId();
  const about = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children({ id, "aria-describedby": about, "aria-invalid": fault ? "true" : undefined })}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${fault && html`<p class="fault" id=${`${id}-fault`}>${fault}</p>`}
  </div>`;
}

// `onInput` is given the value. Everything else goes to the input.
export function Field({ label, hint, fault, onInput, value, ...rest }) {
  return html`<${Labelled} label=${label} hint=${hint} fault=${fault}>
    ${(named) => html`<input class="input" ...${named} ...${rest} value=${value} onInput=${(event) => onInput(event.target.value)} />`}
  <//>`;
}

export function Area({ label, hint, fault, onInput, value, ...rest }) {
  return html`<${Labelled} label=${label} hint=${hint} fault=${fault}>
    ${(named) => html`<textarea class="input" ...${named} ...${rest} value=${value} onInput=${(event) => onInput(event.target.value)}></textarea>`}
  <//>`;
}

// `options` is a list of [value, text].
export function Select({ label, hint, fault, options, value, onInput, ...rest }) {
  return html`<${Labelled} label=${label} hint=${hint} fault=${fault}>
    ${(named) => html`<select class="input" ...${named} ...${rest} value=${value} onChange=${(event) => onInput(event.target.value)}>
      ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
    </select>`}
  <//>`;
}

export function Check({ label, hint, value, onInput, ...rest }) {
  const id = useId();
  return html`<div class="check">
    <input type="checkbox" id=${id} checked=${value} aria-describedby=${hint ? `${id}-hint` : undefined} onChange=${(event) => onInput(event.target.checked)} ...${rest} />
    <div>
      <label for=${id}>${label}</label>
      ${hint && html`<p class="soft small" id=${`${id}-hint`}>${hint}</p>`}
    </div>
  </div>`;
}

// Choices of which one holds, as buttons. `options` is a list of [value, text].
export function Choices({ label, options, value, onInput }) {
  return html`<div class="choices" role="group" aria-label=${label}>
    ${options.map(([key, text]) => html`<button type="button" key=${key} aria-pressed=${key === value ? "true" : "false"} onClick=${() => onInput(key)}>${text}</button>`)}
  </div>`;
}

export function Refused({ refusal }) {
  return refusal ? html`<p class="note bad" role="alert">${refusalText(refusal)}</p>` : null;
}

// A form of some values. `fields` draws them: it is given (values, put), where put("name") sets that value.
// `onSend(values)` does it; what it throws is shown. `onDone` is given what it answered.
export function Form({ first, fields, send, onSend, onDone, kind = "main", extra }) {
  const [values, setValues] = useState(first);
  const put = (name) => (value) => setValues((before) => ({ ...before, [name]: value }));
  const deed = useDeed(async () => {
    const answer = await onSend(values);
    onDone?.(answer, () => setValues(first));
  });
  const submit = (event) => {
    event.preventDefault();
    deed.run();
  };
  return html`<form class="stack" onSubmit=${submit}>
    ${fields(values, put)}
    <${Refused} refusal=${deed.refusal} />
    <div class="row">
      <${Button} type="submit" kind=${kind} isBusy=${deed.isBusy}>${send}<//>
      ${extra}
    </div>
  </form>`;
}
