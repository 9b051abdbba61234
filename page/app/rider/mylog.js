// My log: when and how I signed in, what was refused in my name, where I went, what I wrote; to read and to take along.
import { html, useState } from "../view.js";
import { useAsk } from "../state/ask.js";
import { Answered, Card, Empty } from "../parts/surface.js";
import { Field, Select } from "../parts/controls.js";
import { usePages } from "../parts/show.js";
import { Icon } from "../parts/icon.js";
import { howBegan, howEnded } from "./how.js";
import { toWhom } from "./line.js";
import { t, tn, when } from "../texts/index.js";

const KINDS = ["sign_in", "sign_out", "sign_in_refused", "movement", "message"];
const PAGE = 30;

const instant = (text) => {
  const at = new Date(text);
  return text && !Number.isNaN(+at) ? at.toISOString() : undefined;
};

function about(line, names) {
  const name = (id) => names.get(id) ?? id;
  if (line.kind === "movement") {
    if (line.from && line.to) return t("log.moved", { from: name(line.from), to: name(line.to) });
    return line.to ? t("log.came", { to: name(line.to) }) : t("log.left", { from: name(line.from) });
  }
  if (line.kind === "message") {
    const to = toWhom({ to: line.target, place: line.target === "building" ? name(line.place) : line.place });
    return `${to} · ${tn("sent.recipients", line.recipients)}`;
  }
  const how = line.how && (line.kind === "sign_out" ? howEnded(line.how) : howBegan(line.how));
  return [how, line.address?.replace(/^ip:/, "")].filter(Boolean).join(" · ");
}

function Entry({ line, names }) {
  return html`<li class="log-line">
    <time class="small soft number" datetime=${line.at}>${when(line.at, "second")}</time>
    <span class=${`chip ${line.kind === "sign_in_refused" ? "bad" : ""}`}>${t(`log.${line.kind}`)}</span>
    <span class="grow said small">${about(line, names)}${line.body !== undefined && html`<span class="log-body said">${line.body}</span>`}</span>
  </li>`;
}

export function MyLog() {
  const [kind, setKind] = useState("");
  const [since, setSince] = useState("");
  const [until, setUntil] = useState("");
  const filter = { kinds: kind ? [kind] : undefined, since: instant(since), until: instant(until) };
  const args = { ...filter, limit: PAGE };
  const asked = useAsk("s.personlog", args);
  const buildings = useAsk("s.buildings");
  const names = new Map((buildings.answer?.buildings ?? []).map((one) => [one.building, one.name]));
  const { rows, more } = usePages(asked, "s.personlog", args, { rowsOf: (page) => page.lines, cursor: (page) => page.next && { after: page.next } });
  const query = new URLSearchParams(Object.entries({ ...filter, kinds: kind || undefined }).filter(([, value]) => value)).toString();
  const file = (format) => `/api/v1/me/log.${format}${query && `?${query}`}`;
  return html`<${Card} title=${t("me.log")} acts=${["csv", "json"].map((format) => html`<a key=${format} class="button small" href=${file(format)} download><${Icon} name="file" />${t("log.as", { format: format.toUpperCase() })}</a>`)}>
    <div class="fields">
      <${Select} label=${t("log.kind")} value=${kind} onInput=${setKind} options=${[["", t("log.all")], ...KINDS.map((one) => [one, t(`log.${one}`)])]} />
      <${Field} label=${t("log.since")} type="datetime-local" value=${since} onInput=${setSince} />
      <${Field} label=${t("log.until")} type="datetime-local" value=${until} onInput=${setUntil} />
    </div>
    <${Answered} asked=${asked}>${() => html`
      ${rows.length === 0 && html`<${Empty}>${t("log.none")}<//>`}
      <ol class="rows">${rows.map((line, at) => html`<${Entry} key=${`${line.at} ${at}`} line=${line} names=${names} />`)}</ol>
      ${more}`}<//>
  <//>`;
}
