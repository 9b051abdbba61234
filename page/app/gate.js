// Before anybody is signed in: sign in, by a provider too; sign up where that is open; a new password by a code.
import { html, useState } from "./view.js";
import { useCell } from "./state/cell.js";
import { settings, ways } from "./state/session.js";
import { signIn } from "./server/sign.js";
import { call } from "./server/http.js";
import { Field, Form, Button } from "./parts/controls.js";
import { say } from "./parts/surface.js";
import { FirstRun } from "./first/run.js";
import { t } from "./texts/index.js";

function SignIn() {
  return html`<${Form}
    first=${{ username: "", password: "" }}
    send=${t("do.sign_in")}
    onSend=${({ username, password }) => signIn(username, password)}
    fields=${(values, put) => html`
      <${Field} label=${t("account.username")} value=${values.username} onInput=${put("username")} autocomplete="username" autocapitalize="none" spellcheck=${false} required autofocus />
      <${Field} label=${t("account.password")} value=${values.password} onInput=${put("password")} type="password" autocomplete="current-password" required />
    `}
  />`;
}

function SignUp({ byInvitation, onDone }) {
  return html`<${Form}
    first=${{ username: "", password: "", first_name: "", last_name: "", email: "", invitation: "" }}
    send=${t("do.sign_up")}
    onSend=${async (values) => {
      await call("s.signup", values);
      await signIn(values.username, values.password);
    }}
    onDone=${onDone}
    fields=${(values, put) => html`
      ${byInvitation && html`<${Field} label=${t("account.invitation")} hint=${t("account.invitation.hint")} value=${values.invitation} onInput=${put("invitation")} autocomplete="off" required />`}
      <${Field} label=${t("account.username")} hint=${t("account.username.hint")} value=${values.username} onInput=${put("username")} autocomplete="username" autocapitalize="none" spellcheck=${false} minlength="3" maxlength="64" pattern="[a-zA-Z0-9._\\-]+" required />
      <${Field} label=${t("account.password")} hint=${t("account.password.hint")} value=${values.password} onInput=${put("password")} type="password" autocomplete="new-password" minlength="8" required />
      <div class="fields">
        <${Field} label=${t("account.first_name")} value=${values.first_name} onInput=${put("first_name")} autocomplete="given-name" />
        <${Field} label=${t("account.last_name")} value=${values.last_name} onInput=${put("last_name")} autocomplete="family-name" />
      </div>
      <${Field} label=${t("account.email")} value=${values.email} onInput=${put("email")} type="email" autocomplete="email" />
    `}
  />`;
}

function NewPassword({ onDone }) {
  return html`<${Form}
    first=${{ code: "", new_password: "" }}
    send=${t("gate.set_password")}
    onSend=${(values) => call("s.newpassword", values)}
    onDone=${() => {
      say(t("gate.password_set"));
      onDone();
    }}
    fields=${(values, put) => html`
      <p class="soft">${t("gate.code.about")}</p>
      <${Field} label=${t("gate.code")} value=${values.code} onInput=${put("code")} autocomplete="one-time-code" required />
      <${Field} label=${t("account.new_password")} hint=${t("account.password.hint")} value=${values.new_password} onInput=${put("new_password")} type="password" autocomplete="new-password" minlength="8" required />
    `}
  />`;
}

export function Gate() {
  const { first_run: isFirst, server } = useCell(settings);
  const { providers = [], signup } = useCell(ways) ?? {};
  const [door, setDoor] = useState(isFirst ? "first" : "in");
  const title = t(`gate.${door}`);
  document.title = `${title} · motorpool`;
  return html`<main class="gate">
    <div class="gate-card stack">
      <p class="gate-name"><img src="/page/icon.svg" alt="" width="40" height="40" />${server || "motorpool"}</p>
      <section class="card stack" aria-label=${title}>
        <h1>${title}</h1>
        ${door === "first" && html`<${FirstRun} />`}
        ${door === "in" && html`<${SignIn} />`}
        ${door === "up" && html`<${SignUp} byInvitation=${signup === "invitation"} />`}
        ${door === "code" && html`<${NewPassword} onDone=${() => setDoor("in")} />`}
        ${door === "in" && providers.length > 0 && html`<div class="stack-small">
          ${providers.map((way) => html`<a class="button wide" key=${way.name} href=${way.begin}>${t("gate.by_provider", { name: way.name })}</a>`)}
        </div>`}
      </section>
      ${door !== "first" && html`<div class="row">
        ${door !== "in" && html`<${Button} kind="plain" onClick=${() => setDoor("in")}>${t("do.sign_in")}<//>`}
        ${door !== "up" && signup && signup !== "closed" && html`<${Button} kind="plain" onClick=${() => setDoor("up")}>${t("do.sign_up")}<//>`}
        ${door !== "code" && html`<${Button} kind="plain" onClick=${() => setDoor("code")}>${t("gate.have_code")}<//>`}
      </div>`}
    </div>
  </main>`;
}
