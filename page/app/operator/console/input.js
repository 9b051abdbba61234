// The line of the console: history by the arrows, completion by Tab. Escape closes what is offered; then Tab leaves the line.
import { html, useEffect, useId, useMemo, useRef, useState } from "../../view.js";
import { kept } from "../../state/cell.js";
import { Button } from "../../parts/controls.js";
import { t } from "../../texts/index.js";
import { commandOf, complete, isSecret } from "./complete.js";
import { useCompletionNames } from "./names.js";

const HISTORY_MAX = 200;
const OFFERED_MAX = 40;
const history = kept("console", []);

export function remember(line) {
  if (isSecret(line)) return;
  history.change((before) => [...before.filter((one) => one !== line), line].slice(-HISTORY_MAX));
}

function Offered({ id, words, at, onPick }) {
  const list = useRef(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, words]);
  return html`<ul class="op-offered" id=${id} role="listbox" aria-label=${t("op.console.offered")} ref=${list}>
    ${words.map((word, number) => html`<li key=${`${word.text} ${number}`} id=${`${id}-${number}`} role="option" aria-selected=${number === at ? "true" : "false"} onPointerDown=${(event) => event.preventDefault()} onClick=${() => onPick(word)}>
      <span class="mono strong">${word.text}</span><span class="soft small">${word.about}</span>
    </li>`)}
  </ul>`;
}

// The text, the place of the cursor in it, what is offered there and which of it is chosen.
function useLine(commands, input) {
  const [line, setLine] = useState("");
  const [cursor, setCursor] = useState(0);
  const [at, setAt] = useState(0);
  const [isOpen, setIsOpen] = useState(false);
  const back = useRef({ steps: 0, draft: "" });
  const { names, want } = useCompletionNames();
  const offer = useMemo(() => complete(line, cursor, commands, names), [line, cursor, commands, names]);
  const words = offer.words.slice(0, OFFERED_MAX);
  const isOffered = isOpen && words.length > 0 && line !== "";
  useEffect(() => {
    if (offer.source && isOpen) want(offer.source);
  }, [offer.source, isOpen]);

  const put = (text, place = text.length) => {
    setLine(text);
    setCursor(place);
    setAt(0);
    requestAnimationFrame(() => input.current?.setSelectionRange(place, place));
  };
  const pick = (word) => {
    const head = line.slice(0, offer.from) + word.insert;
    put(head + line.slice(cursor), head.length);
    setIsOpen(!word.insert.endsWith(")"));
    input.current?.focus();
  };
  const step = (by) => {
    const past = history.get();
    if (back.current.steps === 0) back.current.draft = line;
    const steps = Math.min(past.length, Math.max(0, back.current.steps + by));
    back.current.steps = steps;
    put(steps === 0 ? back.current.draft : past[past.length - steps]);
    setIsOpen(false);
  };
  // The line, emptied for the next one.
  const take = () => {
    const text = line.trim();
    back.current = { steps: 0, draft: "" };
    put("");
    setIsOpen(false);
    return text;
  };
  const written = (text, place) => {
    setLine(text);
    setCursor(place);
    setAt(0);
    setIsOpen(true);
  };
  return { line, words, at: Math.min(at, Math.max(words.length - 1, 0)), isOffered, setAt, setIsOpen, setCursor, pick, step, take, written };
}

export function Line({ commands, isBusy, isOn, onSay }) {
  const input = useRef(null);
  const id = useId();
  const { line, words, at, isOffered, setAt, setIsOpen, setCursor, pick, step, take, written } = useLine(commands, input);
  const send = async () => {
    if (line.trim() === "" || isBusy || !isOn) return;
    const text = take();
    remember(text);
    await onSay(text);
    input.current?.focus();
  };
  const key = (event) => {
    if (event.isComposing) return;
    const doThis = {
      Enter: () => send(),
      ArrowUp: () => (isOffered ? setAt((at + words.length - 1) % words.length) : step(1)),
      ArrowDown: () => (isOffered ? setAt((at + 1) % words.length) : step(-1)),
      Tab: isOffered && !event.shiftKey ? () => pick(words[at]) : null,
      Escape: isOffered ? () => setIsOpen(false) : null,
    }[event.key];
    if (!doThis) return;
    event.preventDefault();
    doThis();
  };
  const moved = (event) => setCursor(event.target.selectionStart ?? event.target.value.length);
  const told = commandOf(line, commands);
  return html`<div class="op-console-line stack-small">
    ${isOffered && html`<${Offered} id=${id} words=${words} at=${at} onPick=${pick} />`}
    <form class="row op-nowrap" onSubmit=${(event) => {
      event.preventDefault();
      send();
    }}>
      <label class="hidden-text" for=${`${id}-line`}>${t("op.console.line")}</label>
      <input class="input mono grow" id=${`${id}-line`} ref=${input} value=${line} role="combobox" aria-expanded=${isOffered ? "true" : "false"} aria-controls=${id} aria-autocomplete="list"
        aria-activedescendant=${isOffered ? `${id}-${at}` : undefined} aria-describedby=${`${id}-hint`}
        autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck=${false} placeholder="s.help()" autofocus
        onInput=${(event) => written(event.target.value, event.target.selectionStart ?? event.target.value.length)} onKeyUp=${moved} onClick=${moved} onKeyDown=${key} onBlur=${() => setIsOpen(false)} />
      <${Button} type="submit" kind="main" isBusy=${isBusy} disabled=${!isOn}>${t("op.console.run")}<//>
    </form>
    <p class="soft small" id=${`${id}-hint`}>${told ? html`<span class="mono">${told.command}</span> ${told.about}` : t("op.console.hint")}</p>
  </div>`;
}
