// Parts that the operators' rooms share: chips, deeds on a row, forms in dialogs, secrets that are shown once.
import { html, useState, useEffect, useRef } from "../view.js";
import { useDeed } from "../state/ask.js";
import { Button, SureButton, Form, Refused } from "./controls.js";
import { Dialog, say, sayRefusal } from "./surface.js";
import { t, when, ago } from "../texts/index.js";

export function Chip({ kind = "", children }) {
  return html`<span class=${`chip ${kind}`}>${children}</span>`;
}

// A button that does something at once: busy while it runs, then a word of success or the refusal. With `sure` it asks before.
// `onRefused` takes the refusal where a toast would not be seen, as behind a dialog.
export function Act({ run, said, sure, kind = "small", onDone, onRefused = sayIfRefused, children, ...rest }) {
  const deed = useDeed(async () => {
    try {
      onRefused(null);
      const answer = await run();
      if (said) say(typeof said === "function" ? said(answer) : said);
      onDone?.(answer);
    } catch (refusal) {
      onRefused(refusal);
    }
  });
  if (sure && !deed.isBusy) return html`<${SureButton} sure=${sure} kind=${`danger ${kind}`} onSure=${deed.run} ...${rest}>${children}<//>`;
  return html`<${Button} kind=${kind} isBusy=${deed.isBusy} onClick=${deed.run} ...${rest}>${children}<//>`;
}

function sayIfRefused(refusal) {
  if (refusal) sayRefusal(refusal);
}

// A button that opens a form in a dialog. What is done closes it and is said; what is refused stays beside the form.
export function FormButton({ label, title, about, kind = "small", first, fields, send, onSend, said, onDone, ...rest }) {
  const [isOpen, setIsOpen] = useState(false);
  return html`<${Button} kind=${kind} onClick=${() => setIsOpen(true)} ...${rest}>${label}<//>
    ${isOpen && html`<${FormDialog} title=${title ?? label} about=${about} first=${first} fields=${fields} send=${send} onSend=${onSend} said=${said} onDone=${onDone} onClose=${() => setIsOpen(false)} />`}`;
}

export function FormDialog({ title, about, first, fields, send, onSend, said, onDone, onClose }) {
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <div class="stack">
      ${about && html`<p class="soft">${about}</p>`}
      <${Form} first=${first} fields=${fields} send=${send} onSend=${onSend}
        extra=${html`<${Button} onClick=${onClose}>${t("op.leave")}<//>`}
        onDone=${(answer) => {
          if (said) say(typeof said === "function" ? said(answer) : said);
          onClose();
          onDone?.(answer);
        }} />
    </div>
  <//>`;
}

// Something that the server shows once only: `rows` is a list of [name, text]. It goes when the dialog is closed.
export function Secret({ title, about, rows, onClose }) {
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      say(t("op.copied"));
    } catch {
      say(t("op.copy_by_hand"));
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <div class="stack">
      <p class="note warn">${about ?? t("op.once")}</p>
      ${rows.map(([name, text]) => html`<div class="stack-small" key=${name}>
        <p class="strong small">${name}</p>
        <p class="op-secret mono">${text}</p>
        <div><${Button} kind="small" onClick=${() => copy(text)}>${t("op.copy")}<//></div>
      </div>`)}
      <div class="row"><${Button} kind="main" onClick=${onClose}>${t("op.have_it")}<//></div>
    </div>
  <//>`;
}

// A refusal, or that this server does not know the command yet.
export function RefusedHere({ refusal }) {
  if (!refusal) return null;
  return isMissing(refusal) ? html`<p class="note warn">${t("op.missing")}</p>` : html`<${Refused} refusal=${refusal} />`;
}

export const isMissing = (refusal) => refusal?.code === "unknown_command" || refusal?.code === "not_found_route";

// When something was: the exact time is on it for who points at it.
export function When({ at, none = "–" }) {
  if (!at) return none;
  return html`<time datetime=${at} title=${when(at, "second")}>${ago(at)}</time>`;
}

// Draws anew every so often, for times that are told from now.
export function useTick(ms) {
  const [, setCount] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setCount((now) => now + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
}

// Asks something over and over while the part is seen and hands each answer to `then`.
export function useEvery(ms, ask, then) {
  const latest = useRef({ ask, then });
  latest.current = { ask, then };
  useEffect(() => {
    let isGone = false;
    let timer = null;
    const round = async () => {
      try {
        const answer = await latest.current.ask();
        if (!isGone) latest.current.then(answer, null);
      } catch (refusal) {
        if (!isGone) latest.current.then(undefined, refusal);
      }
      if (!isGone) timer = setTimeout(next, ms);
    };
    const next = () => (document.visibilityState === "visible" ? round() : (timer = setTimeout(next, ms)));
    round();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [ms]);
}

// A figure with a name, for the head of a room.
export function Figure({ name, value, kind = "", href }) {
  const inner = html`<span class="soft small">${name}</span><span class=${`value ${kind}`}>${value}</span>`;
  return href ? html`<a class="card figure-card op-figure" href=${href}>${inner}</a>` : html`<div class="card figure-card op-figure">${inner}</div>`;
}
