// Where a person said they are, what is kept of their face, and the end of their account. Each look is the operator's wish and is kept.
import { html, useState } from "../../view.js";
import { Card, Empty } from "../../parts/surface.js";
import { Button, Field, Refused } from "../../parts/controls.js";
import { Act, FormButton, When } from "../../parts/operate.js";
import { usePlaces } from "../../parts/who.js";
import { GroundMap } from "../../parts/map.js";
import { useDeed } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { go } from "../../route.js";
import { t, distance, number, when } from "../../texts/index.js";

export function WhereIs({ user }) {
  const [place, setPlace] = useState(null);
  const placeOf = usePlaces();
  const deed = useDeed(async () => setPlace(await call("s.whereis", { user: user.user })));
  const things = place && [
    { id: "range", kind: "range", latitude: place.latitude, longitude: place.longitude, radius_m: place.range_m },
    { id: "person", kind: "op-person", latitude: place.latitude, longitude: place.longitude, text: user.user.slice(0, 12), title: user.user },
  ];
  return html`<${Card} title=${t("op.where.title")}>
    <p class="soft small">${t("op.where.about")}</p>
    <div><${Button} isBusy=${deed.isBusy} onClick=${deed.run}>${t(place ? "op.where.again" : "op.where.ask")}<//></div>
    ${deed.refusal && (deed.refusal.code === "not_found" ? html`<${Empty}>${t("op.where.unknown")}<//>` : html`<${Refused} refusal=${deed.refusal} />`)}
    ${place && !deed.refusal && html`<${GroundMap} label=${t("op.map_of", { name: t("op.where.title") })} things=${things} fit=${`person ${place.at}`} />
      <p class="small">${t("op.where.said")} <${When} at=${place.at} />${place.building ? ` · ${placeOf(place.building)}` : ""} · ${t("op.where.range", { range: distance(place.range_m) })}</p>`}
  <//>`;
}

export function Face({ user }) {
  const [told, setTold] = useState(null);
  const look = useDeed(async () => setTold(await call("s.faces", { user: user.user })));
  return html`<${Card} title=${t("op.face.title")}>
    <div class="row">
      <${Button} kind="small" isBusy=${look.isBusy} onClick=${look.run}>${t("op.face.look")}<//>
      ${told?.templates.length > 0 && html`<${Act} sure=${t("op.face.erase.sure")} run=${() => call("s.eraseface", { user: user.user })} said=${(receipt) => t("op.face.erased", { receipt: receipt?.receipt ?? "" })} onDone=${look.run}>${t("op.face.erase")}<//>`}
    </div>
    <${Refused} refusal=${look.refusal} />
    ${told && !look.refusal && html`<div class="stack-small" role="status">
      <p>${told.consent && !told.consent.withdrawn_at ? t("op.face.consent", { version: told.consent.version, at: when(told.consent.given_at) }) : t("op.face.no_consent")}</p>
      ${told.templates.length === 0 ? html`<p class="soft">${t("op.face.none")}</p>` : html`<ul class="op-lines">${told.templates.map((one) => html`<li key=${one.template}>
        <span class="strong">${t("op.face.template", { id: one.template })}</span>
        <span class="grow soft small">${t("op.face.made", { at: when(one.made_at), sharp: number(one.sharpness, { maximumFractionDigits: 0 }) })}</span>
      </li>`)}</ul>`}
    </div>`}
  <//>`;
}

// The name is written once more, so that nobody is erased by a wrong press.
export function Erase({ user }) {
  return html`<${Card} title=${t("op.erase.title")}>
    <p class="soft small">${t("op.erase.about")}</p>
    <div><${FormButton} label=${t("op.erase.do")} title=${t("op.erase.sure", { user: user.user })} about=${t("op.erase.about")} kind="danger" first=${{ confirm: "" }} send=${t("op.erase.do")} said=${t("op.erase.done")}
      onSend=${({ confirm }) => call("s.eraseperson", { user: user.user, confirm: confirm.trim() })}
      onDone=${() => go("accounts")}
      fields=${(values, put) => html`<${Field} label=${t("op.erase.confirm", { user: user.user })} value=${values.confirm} onInput=${put("confirm")} autocomplete="off" autocapitalize="none" spellcheck=${false} required autofocus />`} /></div>
  <//>`;
}
