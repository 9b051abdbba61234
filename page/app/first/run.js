// The first run: the admin key, then the first admin, the first car and the first rider. Each step can be left for later
// but the admin: with nobody who may do everything, there is nobody to go on.
import { html, useState, useEffect } from "../view.js";
import { live } from "../server/live.js";
import { settings } from "../state/session.js";
import { signIn } from "../server/sign.js";
import { Refusal } from "../server/refusal.js";
import { Field, Form, Button } from "../parts/controls.js";
import { t } from "../texts/index.js";

const STEPS = ["key", "admin", "car", "rider"];
const CONNECT_MS = 10_000;

// The key gives its rights to one connection, so everything here goes by the socket.
async function connected() {
  live.start();
  if (live.state.get() === "on") return;
  await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Refusal({ code: "unreachable", message: "", status: 0 })), CONNECT_MS);
    const end = live.on("welcome", () => {
      clearTimeout(timer);
      end();
      done();
    });
  });
}

async function byKey({ key }) {
  await connected();
  await live.call("s.getadmin", { key: key.trim() });
}

const addAdmin = (values) =>
  live.call("s.adduser", { ...values, role: "admin" });

const addCar = ({ car, plate, rate_per_hour, currency, latitude, longitude, make, model }) =>
  live.call("s.addcar", { car, plate, rate_per_hour, currency, latitude: Number(latitude), longitude: Number(longitude), make, model });

function Key({ onDone }) {
  return html`<${Form} first=${{ key: "" }} send=${t("do.next")} onSend=${byKey} onDone=${onDone}
    fields=${(values, put) => html`
      <p class="soft">${t("first.key.about")}</p>
      <${Field} label=${t("first.key")} hint=${t("first.key.hint")} value=${values.key} onInput=${put("key")} type="password" autocomplete="off" required autofocus />
    `} />`;
}

function Person({ about, role, onSend, onDone, extra }) {
  return html`<${Form} first=${{ username: "", password: "", first_name: "", last_name: "", email: "" }} send=${t("do.next")} extra=${extra}
    onSend=${async (values) => {
      await onSend({ ...values, role });
      return values;
    }}
    onDone=${onDone}
    fields=${(values, put) => html`
      <p class="soft">${about}</p>
      <${Field} label=${t("account.username")} hint=${t("account.username.hint")} value=${values.username} onInput=${put("username")} autocomplete="off" autocapitalize="none" spellcheck=${false} required />
      <${Field} label=${t("account.password")} hint=${t("account.password.hint")} value=${values.password} onInput=${put("password")} type="password" autocomplete="new-password" minlength="8" required />
      <div class="fields">
        <${Field} label=${t("account.first_name")} value=${values.first_name} onInput=${put("first_name")} required />
        <${Field} label=${t("account.last_name")} value=${values.last_name} onInput=${put("last_name")} required />
      </div>
      <${Field} label=${t("account.email")} value=${values.email} onInput=${put("email")} type="email" required />
    `} />`;
}

function Car({ onDone, extra }) {
  const first = { car: "", plate: "", make: "", model: "", rate_per_hour: "6.50", currency: "EUR", latitude: "", longitude: "" };
  return html`<${Form} first=${first} send=${t("do.next")} extra=${extra} onSend=${addCar} onDone=${onDone}
    fields=${(values, put) => html`
      <p class="soft">${t("first.car.about")}</p>
      <div class="fields">
        <${Field} label=${t("car.name")} value=${values.car} onInput=${put("car")} required />
        <${Field} label=${t("car.plate")} value=${values.plate} onInput=${put("plate")} required />
        <${Field} label=${t("car.make")} value=${values.make} onInput=${put("make")} />
        <${Field} label=${t("car.model")} value=${values.model} onInput=${put("model")} />
        <${Field} label=${t("car.rate")} value=${values.rate_per_hour} onInput=${put("rate_per_hour")} inputmode="decimal" pattern="[0-9]+(\\.[0-9]+)?" required />
        <${Field} label=${t("car.currency")} value=${values.currency} onInput=${put("currency")} pattern="[A-Z]{3}" maxlength="3" required />
        <${Field} label=${t("place.latitude")} value=${values.latitude} onInput=${put("latitude")} type="number" step="any" min="-90" max="90" required />
        <${Field} label=${t("place.longitude")} value=${values.longitude} onInput=${put("longitude")} type="number" step="any" min="-180" max="180" required />
      </div>
    `} />`;
}

export function FirstRun() {
  const [at, setAt] = useState(0);
  const [admin, setAdmin] = useState(null);
  const next = () => setAt((now) => now + 1);
  const finish = async () => {
    live.stop();
    settings.change((told) => ({ ...told, first_run: false }));
    await signIn(admin.username, admin.password);
  };
  useEffect(() => {
    if (at === STEPS.length) finish();
  }, [at]);
  const later = html`<${Button} kind="plain" onClick=${next}>${t("first.later")}<//>`;
  return html`<div class="stack">
    <ol class="steps" aria-label=${t("first.steps", { at: Math.min(at + 1, STEPS.length), of: STEPS.length })}>
      ${STEPS.map((step, number) => html`<li key=${step} class=${number < at ? "done" : ""} aria-current=${number === at ? "step" : undefined}><span class="hidden-text">${t(`first.step.${step}`)}</span></li>`)}
    </ol>
    ${at < STEPS.length && html`<h2>${t(`first.step.${STEPS[at]}`)}</h2>`}
    ${at === 0 && html`<${Key} onDone=${next} />`}
    ${at === 1 && html`<${Person} about=${t("first.admin.about")} onSend=${addAdmin} onDone=${(made) => {
      setAdmin(made);
      next();
    }} />`}
    ${at === 2 && html`<${Car} onDone=${next} extra=${later} />`}
    ${at === 3 && html`<${Person} about=${t("first.rider.about")} role="customer" onSend=${(values) => live.call("s.adduser", values)} onDone=${next} extra=${later} />`}
  </div>`;
}
