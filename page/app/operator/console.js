// The console: text calls over a connection of its own, as at the program's, with what the server pushes in between.
import { html, useEffect, useRef, useState } from "../view.js";
import { Head } from "../parts/surface.js";
import { Button } from "../parts/controls.js";
import { Chip } from "../parts/operate.js";
import { Value } from "../parts/value.js";
import { useAsk } from "../state/ask.js";
import { t, when, number, refusalText } from "../texts/index.js";
import { openLine } from "./console/line.js";
import { Line } from "./console/input.js";

const KEPT_MAX = 200;
let count = 0;

function Entry({ of }) {
  const [isRaw, setIsRaw] = useState(false);
  const isThing = of.value !== null && typeof of.value === "object";
  return html`<div class=${`op-entry ${of.kind}`}>
    ${of.said && html`<p class="mono said strong"><span class="soft" aria-hidden="true">› </span>${of.said}</p>`}
    ${of.kind === "waits" && html`<p class="soft small"><span class="spin" aria-hidden="true"></span> ${t("op.console.waits")}</p>`}
    ${of.kind === "refused" && html`<p class="note bad said">${refusalText(of.refusal)} <span class="mono">${of.refusal.code}</span></p>`}
    ${of.kind === "pushed" && html`<p class="soft small">${of.title}</p>`}
    ${(of.kind === "answered" || of.kind === "pushed") && (isRaw
      ? html`<pre class="op-raw mono" tabindex="0">${JSON.stringify(of.value, null, 2)}</pre>`
      : html`<${Value} of=${of.value} />`)}
    ${of.kind === "answered" && html`<p class="soft small row">${t("op.console.took", { ms: number(Math.round(of.ms)) })}
      ${isThing && html`<${Button} kind="plain small" onClick=${() => setIsRaw(!isRaw)} aria-pressed=${isRaw ? "true" : "false"}>JSON<//>`}</p>`}
  </div>`;
}

function pushed(kind, value) {
  const at = when(new Date(), "second");
  if (kind === "text") return { title: t("op.console.text", { from: value.from ?? "", at }), value: value.body ?? value };
  if (kind === "event") return { title: t("op.console.event", { name: value.name, at }), value: value.data ?? null };
  return { title: t("op.console.bye", { at }), value: value?.reason ?? value ?? null };
}

function useConsole() {
  const [entries, setEntries] = useState([]);
  const [state, setState] = useState({ isOn: false });
  const line = useRef(null);
  const put = (entry) => setEntries((before) => {
    const id = entry.id ?? (count += 1);
    const known = before.some((one) => one.id === id);
    return (known ? before.map((one) => (one.id === id ? { ...one, ...entry } : one)) : [...before, { ...entry, id }]).slice(-KEPT_MAX);
  });
  useEffect(() => {
    let isGone = false;
    const hear = (kind, value) => {
      if (isGone) return;
      if (kind === "state") setState(value);
      else if (kind !== "event" || value.name !== "datasocks") put({ kind: "pushed", ...pushed(kind, value) });
    };
    openLine(hear).then((opened) => {
      if (isGone) opened.stop();
      else line.current = opened;
    });
    return () => {
      isGone = true;
      line.current?.stop();
      line.current = null;
    };
  }, []);
  const say = async (text) => {
    const id = (count += 1);
    const began = performance.now();
    put({ id, kind: "waits", said: text });
    try {
      const value = await line.current.say(text);
      put({ id, kind: "answered", value: value ?? null, ms: performance.now() - began });
    } catch (refusal) {
      put({ id, kind: "refused", refusal });
    }
  };
  return { entries, state, say, clear: () => setEntries([]) };
}

export default function Console() {
  const { entries, state, say, clear } = useConsole();
  const help = useAsk("s.help");
  const [isBusy, setIsBusy] = useState(false);
  const end = useRef(null);
  const commands = (help.answer ?? []).filter((one) => one.command);
  useEffect(() => {
    const box = end.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, [entries]);
  const run = async (text) => {
    setIsBusy(true);
    await say(text);
    setIsBusy(false);
  };
  return html`<${Head} title=${t("room.console")}>
      <${Chip} kind=${state.isOn ? "good" : "warn"}>${state.isOn ? t("op.console.on", { name: state.name }) : t("line.connecting")}<//>
      <${Button} kind="small" disabled=${entries.length === 0} onClick=${clear}>${t("op.console.clear")}<//>
    <//>
    <div class="card op-console">
      <div class="op-entries" ref=${end} role="log" aria-live="polite" aria-label=${t("op.console.log")} tabindex="0">
        ${entries.length === 0 && html`<p class="soft">${t("op.console.empty")}</p>`}
        ${entries.map((entry) => html`<${Entry} key=${entry.id} of=${entry} />`)}
      </div>
      <${Line} commands=${commands} isBusy=${isBusy} isOn=${state.isOn} onSay=${run} />
    </div>`;
}
