// What a page is laid out with: its head, cards, what is still coming, nothing there, dialogs, toasts.
import { html, useEffect, useRef, useId } from "../view.js";
import { cell, useCell } from "../state/cell.js";
import { t, refusalText } from "../texts/index.js";
import { Button, Refused } from "./controls.js";
import { Icon } from "./icon.js";

export function Head({ title, back, children }) {
  useEffect(() => {
    document.title = `${title} · motorpool`;
  }, [title]);
  return html`<header class="head">
    <div>
      ${back && html`<a class="back" href=${back[0]}><${Icon} name="back" />${back[1]}</a>`}
      <h1>${title}</h1>
    </div>
    ${children && html`<div class="acts row">${children}</div>`}
  </header>`;
}

export function Card({ title, acts, children, kind = "" }) {
  return html`<section class=${`card stack ${kind}`} aria-label=${title}>
    ${title && html`<div class="row"><h2>${title}</h2>${acts && html`<div class="row row-end">${acts}</div>`}</div>`}
    ${children}
  </section>`;
}

export function Empty({ children }) {
  return html`<p class="empty">${children}</p>`;
}

// What `useAsk` gave: bones while it comes, the refusal with a way to try again, else what is drawn of the answer.
export function Answered({ asked, children, bones = 2 }) {
  if (asked.answer !== undefined) {
    return html`${asked.refusal && html`<${Refused} refusal=${asked.refusal} />`}${children(asked.answer)}`;
  }
  if (asked.refusal) {
    return html`<div class="stack-small">
      <${Refused} refusal=${asked.refusal} />
      <div><${Button} onClick=${asked.again} isBusy=${asked.isAsking}>${t("do.again")}<//></div>
    </div>`;
  }
  return html`<div class="stack" role="status" aria-label=${t("say.coming")}>
    ${Array.from({ length: bones }, (_, at) => html`<div class="bone" key=${at}></div>`)}
  </div>`;
}

// A dialog over the page; it closes by Escape, its button, or by `onClose`.
export function Dialog({ title, onClose, children }) {
  const box = useRef(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => before?.focus?.();
  }, []);
  const leave = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog class="dialog" ref=${box} aria-labelledby=${id} onCancel=${leave}>
    <div class="dialog-head">
      <h2 id=${id}>${title}</h2>
      <${Button} kind="plain" onClick=${onClose} aria-label=${t("do.close")}><${Icon} name="close" /><//>
    </div>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}

const said = cell([]);
const SAID_MS = 6_000;
const SAID_MAX = 4;
let count = 0;

// Says something for some seconds, also to who hears the page instead of seeing it.
export function say(text) {
  const id = (count += 1);
  said.change((now) => [...now, { id, text }].slice(-SAID_MAX));
  setTimeout(() => said.change((now) => now.filter((one) => one.id !== id)), SAID_MS);
}

export const sayRefusal = (refusal) => say(refusalText(refusal));

export function Toasts() {
  const now = useCell(said);
  const box = useRef(null);
  // In the layer over everything, and there over a dialog that came before.
  useEffect(() => {
    if (box.current?.matches(":popover-open")) box.current.hidePopover();
    if (now.length > 0) box.current?.showPopover?.();
  }, [now]);
  return html`<div class="toasts" popover="manual" ref=${box} role="status" aria-live="polite">
    ${now.map((one) => html`<div class="toast" key=${one.id}>${one.text}</div>`)}
  </div>`;
}
