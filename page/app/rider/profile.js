// My names and mail address, as I want them.
import { html } from "../view.js";
import { ask } from "../server/http.js";
import { Card, say } from "../parts/surface.js";
import { Field, Form } from "../parts/controls.js";
import { t, when } from "../texts/index.js";

// An empty mail address is a wish: nowhere. So nothing is left out here.
const save = (values) => ask("/api/v1/commands/s.setprofile", { body: values });

export function Profile({ profile, onChange }) {
  const first = { first_name: profile.first_name ?? "", last_name: profile.last_name ?? "", email: profile.email ?? "" };
  return html`<${Card} title=${t("me.profile")}>
    <dl class="facts">
      <dt>${t("account.username")}</dt><dd>${profile.user}</dd>
      <dt>${t("account.role")}</dt><dd>${[profile.role, ...(profile.groups ?? [])].join(", ")}</dd>
      ${profile.providers?.length > 0 && html`<dt>${t("me.providers")}</dt><dd>${profile.providers.map((one) => one.name ?? one).join(", ")}</dd>`}
      <dt>${t("me.since")}</dt><dd>${when(profile.created_at, "day")}</dd>
    </dl>
    <${Form} first=${first} send=${t("do.save")} onSend=${save}
      onDone=${() => {
        say(t("me.saved"));
        onChange();
      }}
      fields=${(values, put) => html`
        <div class="fields">
          <${Field} label=${t("account.first_name")} value=${values.first_name} onInput=${put("first_name")} autocomplete="given-name" />
          <${Field} label=${t("account.last_name")} value=${values.last_name} onInput=${put("last_name")} autocomplete="family-name" />
        </div>
        <${Field} label=${t("account.email")} value=${values.email} onInput=${put("email")} type="email" autocomplete="email" />
      `} />
  <//>`;
}
