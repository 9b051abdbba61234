// Pictures of damage for a booking: sent by tus, so that a cut in between costs nothing that came.
import { html, useState, useRef, useEffect } from "../view.js";
import { useAsk } from "../state/ask.js";
import { isMissing } from "../parts/load.js";
import { Card, Empty, say } from "../parts/surface.js";
import { Button } from "../parts/controls.js";
import { usePages } from "../parts/show.js";
import { begin } from "./sending.js";
import { t, number, when } from "../texts/index.js";

const PAGE = 50;
const MEGA = 1_000_000;
const size = (bytes) => (bytes < MEGA ? t("unit.kb", { value: number(Math.ceil(bytes / 1000)) }) : t("unit.mb", { value: number(bytes / MEGA, { maximumFractionDigits: 1 }) }));
let count = 0;

function Sending({ one, onStop, onGo, onDrop }) {
  const part = one.size > 0 ? Math.round((one.sent / one.size) * 100) : 0;
  return html`<li class="sending">
    <img src=${one.url} alt="" width="56" height="56" />
    <div class="grow stack-small">
      <div class="row"><span class="said small strong">${one.name}</span><span class="small soft number row-end">${t(`pictures.${one.state}`, { percent: part, size: size(one.size) })}</span></div>
      ${one.state !== "done" && html`<progress max="100" value=${part} aria-label=${t("pictures.progress", { name: one.name })}></progress>`}
      ${one.text && html`<p class="small fault-text" role="alert">${one.text}</p>`}
    </div>
    ${one.state === "sending" && html`<${Button} kind="small" onClick=${onStop}>${t("pictures.pause")}<//>`}
    ${(one.state === "paused" || one.state === "failed") && html`<${Button} kind="small" onClick=${onGo}>${t("pictures.resume")}<//>`}
    ${one.state !== "done" && html`<${Button} kind="small" onClick=${onDrop}>${t("do.remove")}<//>`}
  </li>`;
}

// The pictures that are being sent: {list, add, stop, go, drop}.
function useSending(booking, onDone) {
  const [list, setList] = useState([]);
  const uploads = useRef(new Map());
  useEffect(() => () => uploads.current.forEach((upload) => upload.abort()), []);
  const change = (id, values) => setList((now) => now.map((one) => (one.id === id ? { ...one, ...values } : one)));
  const forget = (id) =>
    setList((now) => {
      now.filter((one) => one.id === id).forEach((one) => URL.revokeObjectURL(one.url));
      return now.filter((one) => one.id !== id);
    });
  const add = (files) => {
    for (const file of files) {
      const id = (count += 1);
      setList((now) => [...now, { id, name: file.name, size: file.size, sent: 0, state: "sending", url: URL.createObjectURL(file) }]);
      begin(file, { booking: String(booking) }, {
        onSent: (sent) => change(id, { sent }),
        // It is in the list of what is there from now on.
        onDone: async () => {
          change(id, { state: "done", sent: file.size, text: undefined });
          await onDone();
          forget(id);
          say(t("pictures.sent", { name: file.name }));
        },
        onFault: (text) => change(id, { state: "failed", text }),
      }).then((upload) => uploads.current.set(id, upload), () => change(id, { state: "failed", text: t("refusal.unreachable") }));
    }
  };
  return {
    list,
    add,
    stop: (id) => {
      uploads.current.get(id)?.abort();
      change(id, { state: "paused" });
    },
    go: (id) => {
      change(id, { state: "sending", text: undefined });
      uploads.current.get(id)?.start();
    },
    drop: (id) => {
      uploads.current.get(id)?.abort(true).catch(() => undefined);
      forget(id);
    },
  };
}

const content = (file) => `/api/v1/files/${file.file}/content`;

// What was sent is a proof: it stays.
function There({ booking, asked }) {
  const { rows, more } = usePages(asked, "s.files", { booking }, {
    rowsOf: (page) => (Array.isArray(page) ? page : page.files ?? []),
    cursor: (page) => {
      const files = Array.isArray(page) ? page : page.files ?? [];
      return files.length < PAGE ? undefined : { before: files.at(-1).file };
    },
  });
  if (rows.length === 0) return null;
  return html`<ul class="stack-small">
    ${rows.map((file) => html`<li key=${file.file} class="sending">
      ${file.type?.startsWith("image/") && html`<img src=${content(file)} alt="" width="56" height="56" loading="lazy" />`}
      <span class="grow"><a class="said" href=${content(file)} download=${file.name}>${file.name}</a>
        <span class="small soft session-about">${size(file.size)} · ${when(file.at)}</span></span>
    </li>`)}
  </ul>${more}`;
}

export function Pictures({ booking }) {
  const files = useAsk("s.files", { booking });
  const sending = useSending(booking, files.again);
  const chooser = useRef(null);
  const take = (event) => {
    sending.add([...event.target.files]);
    event.target.value = "";
  };
  const hasNone = isMissing(files.refusal);
  return html`<${Card} title=${t("pictures.title")} kind="no-print">
    <p class="small soft">${t("pictures.about")}</p>
    ${hasNone ? html`<p class="note small">${t("pictures.unknown")}</p>` : html`<div>
      <input ref=${chooser} class="hidden-text" type="file" accept="image/*" multiple tabindex="-1" aria-label=${t("pictures.add")} onChange=${take} />
      <${Button} onClick=${() => chooser.current.click()}>${t("pictures.add")}<//>
    </div>`}
    <ul class="stack-small">${sending.list.map((one) => html`<${Sending} key=${one.id} one=${one} onStop=${() => sending.stop(one.id)} onGo=${() => sending.go(one.id)} onDrop=${() => sending.drop(one.id)} />`)}</ul>
    ${!hasNone && html`<${There} booking=${booking} asked=${files} />`}
    ${files.answer && (files.answer.files ?? files.answer).length === 0 && sending.list.length === 0 && html`<${Empty}>${t("pictures.none")}<//>`}
  <//>`;
}
