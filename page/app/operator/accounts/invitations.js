// Invitations: whoever has one may sign up once. Its code is shown once, here.
import { html, useState } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Field, Select } from "../../parts/controls.js";
import { Table } from "../../parts/show.js";
import { useList } from "../../parts/list.js";
import { Act, FormButton, Secret } from "../../parts/operate.js";
import { localInput, fromLocalInput } from "../../parts/timeline.js";
import { useNames } from "../../parts/who.js";
import { pagesOf } from "../../state/whole.js";
import { call } from "../../server/http.js";
import { t, when } from "../../texts/index.js";
import { roleText } from "../accounts.js";

const THREE_DAYS_MS = 3 * 86_400_000;

function Invite({ roles, onDone }) {
  const [made, setMade] = useState(null);
  const first = { role: "customer", expires: localInput(new Date(Date.now() + THREE_DAYS_MS)), note: "" };
  return html`<${FormButton} label=${t("op.invite.make")} kind="main" about=${t("op.invite.about")} first=${first} send=${t("op.invite.make")}
    onSend=${(values) => call("s.invite", { ...values, note: values.note.trim(), expires: fromLocalInput(values.expires).toISOString() })}
    onDone=${(told) => {
      setMade(told);
      onDone();
    }}
    fields=${(values, put) => html`
      <${Select} label=${t("account.role")} value=${values.role} onInput=${put("role")} options=${roles.map((role) => [role, roleText(role)])} />
      <${Field} label=${t("op.invite.expires")} hint=${t("op.invite.expires.hint")} type="datetime-local" value=${values.expires} onInput=${put("expires")} required />
      <${Field} label=${t("op.note")} hint=${t("op.invite.note.hint")} value=${values.note} onInput=${put("note")} />
    `} />
    ${made && html`<${Secret} title=${t("account.invitation")} rows=${[[t("op.invite.code", { role: roleText(made.role) }), made.invitation]]} onClose=${() => setMade(null)} />`}`;
}

export function Invitations({ roles }) {
  const asked = useList("s.invitations", {}, pagesOf.invitations, { everyMs: 30_000 });
  const { nameOf } = useNames();
  return html`<${Card} title=${t("op.accounts.invitations")} acts=${html`<${Invite} roles=${roles} onDone=${asked.again} />`}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.invite.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.accounts.invitations") })} rows=${asked.rows} id=${(one) => one.invitation_id} columns=${[
          [t("op.number"), (one) => one.invitation_id],
          [t("account.role"), (one) => roleText(one.role)],
          [t("op.note"), (one) => (one.note ? html`<span class="said">${one.note}</span>` : "–")],
          [t("op.by"), (one) => nameOf(one.made_by)],
          [t("op.invite.expires"), (one) => when(one.expires_at)],
          ["", (one) => html`<${Act} sure=${t("op.invite.revoke.sure")} run=${() => call("s.revokeinvitation", { invitation_id: one.invitation_id })} said=${t("op.invite.revoked")} onDone=${asked.again}>${t("op.invite.revoke")}<//>`],
        ]} />${asked.more}`)}<//>
  <//>`;
}
