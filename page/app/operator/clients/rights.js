// Rights of a client, for this session or for good; for admins.
import { html } from "../../view.js";
import { Card } from "../../parts/surface.js";
import { Check } from "../../parts/controls.js";
import { Act, FormButton } from "../../parts/operate.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { t } from "../../texts/index.js";

export function Rights({ client, onDone }) {
  const groups = useAsk("s.groups");
  const names = (groups.answer ?? []).map((one) => one.group).filter((name) => name !== "guest");
  const hasAccount = typeof client.user_id === "number";
  const form = (command, label, said) => html`<${FormButton} label=${label} about=${t("op.rights.about")} first=${{ permission: [], account: false }} send=${label} said=${said} onDone=${onDone}
    onSend=${({ permission, account }) => call(command, { client: client.client_id, permission, account: account || undefined })}
    fields=${(values, put) => html`
      <fieldset class="stack-small"><legend class="strong small">${t("op.clients.rights")}</legend>
        ${names.map((name) => html`<${Check} key=${name} label=${name} value=${values.permission.includes(name)} onInput=${(isOn) => put("permission")(isOn ? [...values.permission, name] : values.permission.filter((one) => one !== name))} />`)}
      </fieldset>
      ${hasAccount && html`<${Check} label=${t("op.rights.for_good")} hint=${t("op.rights.for_good.hint")} value=${values.account} onInput=${put("account")} />`}
    `} />`;
  return html`<${Card} title=${t("op.clients.rights")}>
    <p>${client.permissions.join(", ") || "–"}</p>
    <div class="row">
      ${form("s.getrights", t("op.rights.give"), t("op.rights.given"))}
      ${form("s.removerights", t("op.rights.take"), t("op.rights.taken"))}
      ${client.permissions.includes("admin") && html`<${Act} sure=${t("op.rights.admin.sure")} run=${() => call("s.removeadmin", { client: [client.client_id] })} said=${t("op.rights.taken")} onDone=${onDone}>${t("op.rights.admin.take")}<//>`}
    </div>
  <//>`;
}
