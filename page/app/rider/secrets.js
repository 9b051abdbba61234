// How I sign in: my password, my PIN for the car, and where I am signed in.
import { html, useState } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { useNow } from "../parts/load.js";
import { call } from "../server/http.js";
import { Refusal } from "../server/refusal.js";
import { Answered, Card, say } from "../parts/surface.js";
import { Button, Field, Form, Refused, SureButton } from "../parts/controls.js";
import { withProof } from "../parts/told.js";
import { Whose } from "../parts/whose.js";
import { howBegan, softwareName } from "./how.js";
import { t, when, ago } from "../texts/index.js";

// The latest used come first.
const SHOWN = 8;

function Password({ user, onDone }) {
  const send = ({ old_password, new_password, again }) => {
    if (new_password !== again) throw new Refusal({ code: "not_twice", message: t("password.not_twice") });
    return withProof(call("s.password", { old_password, new_password }));
  };
  return html`<${Card} title=${t("account.password")}>
    <${Form} first=${{ old_password: "", new_password: "", again: "" }} send=${t("password.change")} onSend=${send}
      onDone=${(_, clear) => {
        say(t("password.changed"));
        clear();
        onDone();
      }}
      fields=${(values, put) => html`
        <${Whose} user=${user} />
        <${Field} label=${t("password.old")} type="password" autocomplete="current-password" required value=${values.old_password} onInput=${put("old_password")} />
        <${Field} label=${t("account.new_password")} hint=${t("account.password.hint")} type="password" autocomplete="new-password" minlength="8" required value=${values.new_password} onInput=${put("new_password")} />
        <${Field} label=${t("password.again")} type="password" autocomplete="new-password" minlength="8" required value=${values.again} onInput=${put("again")} />
      `} />
  <//>`;
}

function Pin({ profile, onDone }) {
  const set = ({ password, pin }) => withProof(call("s.setpin", { password, pin }));
  const remove = useDeed(async (password) => {
    await withProof(call("s.setpin", { password }));
    say(t("pin.removed"));
    onDone();
  });
  return html`<${Card} title=${t("pin.title")} acts=${html`<span class=${`chip ${profile.has_pin ? "good" : ""}`}>${t(profile.has_pin ? "pin.there" : "pin.none")}</span>`}>
    <p class="small soft">${t("pin.about")}</p>
    <${Form} first=${{ password: "", pin: "" }} send=${t(profile.has_pin ? "pin.change" : "pin.set")} onSend=${set}
      onDone=${(_, clear) => {
        say(t("pin.done"));
        clear();
        onDone();
      }}
      fields=${(values, put) => html`
        <${Whose} user=${profile.user} />
        <${Field} label=${t("pin.pin")} hint=${t("pin.hint")} type="password" inputmode="numeric" pattern="[0-9]{4,8}" minlength="4" maxlength="8" autocomplete="off" required value=${values.pin} onInput=${put("pin")} />
        ${profile.has_password !== false && html`<${Field} label=${t("pin.password")} type="password" autocomplete="current-password" required value=${values.password} onInput=${put("password")} />`}
        ${profile.has_pin && html`<div><${SureButton} kind="danger small" sure=${t("pin.remove.sure")} isBusy=${remove.isBusy} onSure=${() => remove.run(values.password)}>${t("pin.remove")}<//></div><${Refused} refusal=${remove.refusal} />`}
      `} />
  <//>`;
}

function Session({ one, end }) {
  return html`<li class="person-line">
    <span class="grow">
      <strong class="said">${one.how === "beside" && !one.software ? t("sessions.tab") : softwareName(one.software)}</strong>
      ${one.this && html` <span class="chip main">${t("sessions.this")}</span>`}
      ${one.connected && html` <span class="chip good">${t("sessions.connected")}</span>`}
      <span class="soft small said session-about">${t("sessions.about", { how: howBegan(one.how), address: one.address.replace(/^ip:/, ""), since: when(one.since), used: ago(one.last_used) })}</span>
    </span>
    ${!one.this && html`<${SureButton} kind="small" sure=${t("sessions.end.sure")} isBusy=${end.isBusy} onSure=${() => end.run("s.endsession", { session: one.session })}>${t("sessions.end")}<//>`}
  </li>`;
}

function Sessions({ asked }) {
  useNow();
  const [shown, setShown] = useState(SHOWN);
  const end = useDeed(async (command, args) => {
    await call(command, args);
    say(t(args ? "sessions.ended" : "sessions.ended_all"));
    await asked.again();
  });
  return html`<${Card} title=${t("sessions.title")} acts=${(asked.answer ?? []).length > 1 && html`<${SureButton} kind="danger small" sure=${t("sessions.end_all.sure")} isBusy=${end.isBusy} onSure=${() => end.run("s.endsessions")}>${t("sessions.end_all")}<//>`}>
    <p class="small soft">${t("sessions.text")}</p>
    <${Refused} refusal=${end.refusal} />
    <${Answered} asked=${asked}>${(list) => html`<ul class="rows">${list.slice(0, shown).map((one) => html`<${Session} key=${one.session} one=${one} end=${end} />`)}</ul>
      ${list.length > shown && html`<${Button} kind="wide" onClick=${() => setShown(shown + SHOWN)}>${t("do.more")}<//>`}`}<//>
  <//>`;
}

export function SignIn() {
  const profile = useAsk("s.profile");
  const sessions = useAsk("s.sessions", {}, { everyMs: 20_000 });
  return html`<${Sessions} asked=${sessions} />
    <div class="two">
      <${Answered} asked=${profile}>${(told) => html`
        ${told.has_password !== false && html`<${Password} user=${told.user} onDone=${sessions.again} />`}
        <${Pin} profile=${told} onDone=${profile.again} />`}<//>
    </div>`;
}
