// Files of the fleet: send one up, look through them, give one to a person or a car, and see how far that is.
import { html, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Choices, Field, Select } from "../parts/controls.js";
import { Table } from "../parts/show.js";
import { useList } from "../parts/list.js";
import { Act, Chip, FormButton, isMissing } from "../parts/operate.js";
import { useNames } from "../parts/who.js";
import { pagesOf } from "../state/whole.js";
import { useAsk } from "../state/ask.js";
import { call } from "../server/http.js";
import { go } from "../route.js";
import { t, when } from "../texts/index.js";
import { bytes } from "./figures.js";
import { SendUp } from "./files/up.js";

const OFFERS = { cursor: (answer) => (answer.length >= 40 ? { before: answer.at(-1).offer } : undefined) };
const marks = { offered: "main", taking: "main", taken: "good", refused: "warn" };
const SORTS = ["user", "car", "booking", "room"];

function Give({ file, onDone }) {
  return html`<${FormButton} label=${t("op.files.give")} title=${t("op.files.give.title", { name: file.name })} first=${{ to: "user", user: "", car: "", note: "" }} send=${t("op.files.give")} said=${t("op.files.given")} onDone=${onDone}
    onSend=${({ to, note, ...rest }) => call("s.sendfile", { file: file.file, [to]: rest[to].trim(), note: note.trim() })}
    fields=${(values, put) => html`
      <${Choices} label=${t("op.files.to")} value=${values.to} onInput=${put("to")} options=${[["user", t("op.files.of.user")], ["car", t("op.files.of.car")]]} />
      <${Field} label=${t(`op.files.of.${values.to}`)} value=${values[values.to]} onInput=${put(values.to)} autocapitalize="none" spellcheck=${false} required />
      <${Field} label=${t("op.note")} hint=${t("op.optional")} value=${values.note} onInput=${put("note")} maxlength="500" />
    `} />`;
}

function Rename({ file, onDone }) {
  return html`<${FormButton} label=${t("op.files.rename")} first=${{ name: file.name }} send=${t("do.save")} said=${t("op.files.renamed")} onDone=${onDone}
    onSend=${({ name }) => call("s.renamefile", { file: file.file, name: name.trim() })}
    fields=${(values, put) => html`<${Field} label=${t("op.files.name")} value=${values.name} onInput=${put("name")} required autofocus />`} />`;
}

function Files({ filter, asked }) {
  const { nameOf } = useNames();
  if (asked.rows.length === 0) return html`<${Empty}>${t(filter ? "op.files.none.found" : "op.files.none")}<//>`;
  return html`<${Table} label=${t("op.list_of", { name: t("room.files") })} rows=${asked.rows} id=${(one) => one.file} columns=${[
    [t("op.files.name"), (one) => html`<a class="strong said" href=${`/api/v1/files/${one.file}/content`} download=${one.name}>${one.name}</a>${one.version > 1 && html` <${Chip}>${t("op.files.version", { version: one.version })}<//>`}`],
    [t("op.files.size"), (one) => bytes(one.size), "end number"],
    [t("op.files.kind"), (one) => one.type ?? "–"],
    [t("op.files.whose"), (one) => `${t(`op.files.of.${one.of}`)} ${one.of_name ?? one.of_id}`],
    [t("op.files.sender"), (one) => nameOf(one.sender)],
    [t("op.when"), (one) => when(one.at)],
    ["", (one) => html`<div class="row">
      <${Give} file=${one} onDone=${asked.again} />
      <${Rename} file=${one} onDone=${asked.again} />
      <${Act} sure=${t("op.files.remove.sure")} run=${() => call("s.removefile", { file: one.file })} said=${t("op.files.removed")} onDone=${asked.again}>${t("do.remove")}<//>
    </div>`],
  ]} />${asked.more}`;
}

function Offers() {
  const asked = useList("s.fileoffers", { all: true }, OFFERS, { everyMs: 5_000, on: ["file"] });
  const { nameOf } = useNames();
  return html`<${Card} title=${t("op.files.offers")}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0 ? html`<${Empty}>${t("op.files.no_offers")}<//>` : html`<${Table} label=${t("op.list_of", { name: t("op.files.offers") })} rows=${asked.rows} id=${(one) => one.offer} columns=${[
      [t("op.files.name"), (one) => html`<span class="strong said">${one.name}</span>`],
      [t("op.files.to"), (one) => nameOf(one.to)],
      [t("op.accounts.state"), (one) => html`<${Chip} kind=${marks[one.state] ?? ""}>${t(`op.offer.${one.state}`)}<//>`],
      [t("op.files.far"), (one) => t("op.files.far.of", { taken: bytes(one.taken), size: bytes(one.size) }), "end number"],
      [t("op.note"), (one) => (one.note ? html`<span class="said">${one.note}</span>` : "–")],
      [t("op.by"), (one) => nameOf(one.by)],
      [t("op.when"), (one) => when(one.at)],
    ]} />${asked.more}`)}<//>
  <//>`;
}

function Shelf() {
  const [filter, setFilter] = useState({ of: "", which: "", name: "" });
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const which = filter.which.trim();
  const isAsked = filter.of !== "" && which !== "" && (filter.of !== "booking" || /^\d+$/.test(which));
  const args = { ...(isAsked ? { [filter.of]: filter.of === "booking" ? Number(which) : which } : {}), name: filter.name.trim() };
  const asked = useList("s.files", args, pagesOf.files, { everyMs: 10_000, on: ["file"] });
  return html`<${Card} title=${t("room.files")} acts=${html`<${SendUp} onDone=${asked.again} />`}>
    ${isMissing(asked.refusal) ? html`<p class="note warn">${t("op.missing")}</p>` : html`
      <div class="fields">
        <${Select} label=${t("op.files.whose")} value=${filter.of} onInput=${put("of")} options=${[["", t("op.files.mine")], ...SORTS.map((one) => [one, t(`op.files.of.${one}`)])]} />
        ${filter.of && html`<${Field} label=${t(`op.files.of.${filter.of}`)} value=${filter.which} onInput=${put("which")} autocapitalize="none" spellcheck=${false} />`}
        <${Field} label=${t("op.files.name")} hint=${t("op.files.name.hint")} value=${filter.name} onInput=${put("name")} />
      </div>
      <${Answered} asked=${asked} bones=${1}>${() => html`<${Files} asked=${asked} filter=${isAsked || filter.name !== ""} />`}<//>`}
  <//>`;
}

// What was begun and not finished keeps its room until it is let go.
function Unfinished() {
  const asked = useAsk("s.uploads", {}, { everyMs: 10_000 });
  if (!asked.answer || asked.answer.length === 0) return null;
  return html`<${Card} title=${t("op.files.unfinished")}>
    <ul class="op-lines">${asked.answer.map((one) => html`<li key=${one.upload}>
      <span class="grow said">${one.name}</span>
      <span class="soft small">${bytes(one.size)} · ${t("op.files.until", { at: when(one.expires_at) })}</span>
      <${Act} sure=${t("op.files.let_go.sure")} run=${() => call("s.abortupload", { upload: one.upload })} said=${t("op.files.gone")} onDone=${asked.again}>${t("op.files.let_go")}<//>
    </li>`)}</ul>
  <//>`;
}

export default function FilesRoom({ query }) {
  const shown = query.show === "offers" ? "offers" : "files";
  return html`<${Head} title=${t("room.files")} />
    <div class="stack">
      <${Choices} label=${t("room.files")} value=${shown} onInput=${(value) => go("files", value === "files" ? {} : { show: value })} options=${[["files", t("room.files")], ["offers", t("op.files.offers")]]} />
      ${shown === "files" ? html`<${Shelf} /><${Unfinished} />` : html`<${Offers} />`}
    </div>`;
}
