// One account: what an operator sees of it and may do with it.
import { html, useState } from "../../view.js";
import { Head, Card, Answered, Empty } from "../../parts/surface.js";
import { Select, Check } from "../../parts/controls.js";
import { Act, Chip, FormButton, Secret, When } from "../../parts/operate.js";
import { useWhole, pagesOf } from "../../state/whole.js";
import { usePresence } from "../../state/presence.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { href } from "../../route.js";
import { t, when } from "../../texts/index.js";
import { roleText } from "../accounts.js";
import { BookingList } from "../fleet/told.js";
import { Sessions } from "./sessions.js";
import { PersonLog } from "./log.js";
import { WhereIs, Face, Erase } from "./person.js";

function Role({ user, roles, onDone }) {
  return html`<${FormButton} label=${t("op.accounts.set_role")} first=${{ role: user.role }} send=${t("do.save")} said=${t("op.accounts.role_set")} onDone=${onDone}
    onSend=${({ role }) => call("s.setrole", { user: user.user, role })}
    fields=${(values, put) => html`<${Select} label=${t("account.role")} value=${values.role} onInput=${put("role")} options=${roles.map((role) => [role, roleText(role)])} />`} />`;
}

function GroupsForm({ user, groups, onDone }) {
  const names = groups.filter((one) => one.group !== "guest" && one.group !== "user").map((one) => one.group);
  const form = (command, label, said, kind) => html`<${FormButton} label=${label} kind=${kind} about=${t("op.accounts.groups.about")} first=${{ group: [] }} send=${label} said=${said} onDone=${onDone}
    onSend=${({ group }) => call(command, { user: user.user, group })}
    fields=${(values, put) => html`<fieldset class="stack-small"><legend class="strong small">${t("op.accounts.groups")}</legend>
      ${names.map((name) => html`<${Check} key=${name} label=${name} value=${values.group.includes(name)} onInput=${(isOn) => put("group")(isOn ? [...values.group, name] : values.group.filter((one) => one !== name))} />`)}
    </fieldset>`} />`;
  return html`${form("s.grant", t("op.accounts.grant"), t("op.accounts.granted"), "small")}${form("s.revoke", t("op.accounts.revoke"), t("op.accounts.revoked"), "small")}`;
}

function Secrets({ user, onDone }) {
  const [secret, setSecret] = useState(null);
  const show = (rows) => setSecret(rows);
  return html`<${Card} title=${t("op.accounts.secrets")}>
    <p class="soft small">${t("op.accounts.secrets.about")}</p>
    <div class="row">
      <${Act} run=${() => call("s.resetcode", { user: user.user })} onDone=${(told) => show([[t("op.accounts.code", { until: when(told.expires_at) }), told.code]])}>${t("op.accounts.make_code")}<//>
      <${Act} sure=${t("op.accounts.reset_password.sure")} run=${() => call("s.resetpassword", { user: user.user })} onDone=${(told) => show([[t("account.password"), told.password]])}>${t("op.accounts.reset_password")}<//>
      ${user.has_pin && html`<${Act} sure=${t("op.accounts.reset_pin.sure")} run=${() => call("s.resetpin", { user: user.user })} said=${t("op.accounts.pin_reset")} onDone=${onDone}>${t("op.accounts.reset_pin")}<//>`}
    </div>
    ${secret && html`<${Secret} title=${t("op.accounts.secret_of", { user: user.user })} rows=${secret} onClose=${() => setSecret(null)} />`}
  <//>`;
}

function Seen({ user }) {
  const seen = useAsk("s.lastseen", { user: user.user }, { everyMs: 15_000, on: ["presence"] });
  if (!seen.answer) return "–";
  if (seen.answer.online) return html`<${Chip} kind="good">${t("op.accounts.online")}<//>`;
  return seen.answer.last_seen ? html`<${When} at=${seen.answer.last_seen} />` : t("op.accounts.never");
}

function Facts({ user }) {
  const rows = [
    [t("op.accounts.name"), [user.first_name, user.last_name].filter(Boolean).join(" ")],
    [t("account.email"), user.email],
    [t("account.role"), roleText(user.role)],
    [t("op.accounts.groups"), user.groups?.join(", ")],
    [t("op.accounts.state"), html`<${Chip} kind=${user.disabled ? "bad" : "good"}>${t(user.disabled ? "op.accounts.disabled" : "op.accounts.enabled")}<//>`],
    [t("op.accounts.pin"), t(user.has_pin ? "do.yes" : "do.no")],
    [t("op.accounts.seen"), html`<${Seen} user=${user} />`],
  ];
  return html`<dl class="facts">${rows.filter(([, value]) => value).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function Known({ user, who, groups, roles, again }) {
  const isMe = user.user === who.user;
  return html`<${Head} title=${user.user} back=${[href("accounts"), t("room.accounts")]}>
      ${!isMe && html`<${Role} user=${user} roles=${roles} onDone=${again} />`}
      ${!isMe && html`<${GroupsForm} user=${user} groups=${groups} onDone=${again} />`}
      ${!isMe && (user.disabled
        ? html`<${Act} run=${() => call("s.disableuser", { user: user.user, disabled: false })} said=${t("op.accounts.let_in")} onDone=${again}>${t("op.accounts.enable")}<//>`
        : html`<${Act} sure=${t("op.accounts.disable.sure")} run=${() => call("s.disableuser", { user: user.user })} said=${t("op.accounts.shut_out")} onDone=${again}>${t("op.accounts.disable")}<//>`)}
    <//>
    <div class="stack">
      ${isMe && html`<p class="note">${t("op.accounts.me")}</p>`}
      <div class="two">
        <${Card} title=${t("op.accounts.facts")}><${Facts} user=${user} /><//>
        <${WhereIs} user=${user} />
      </div>
      ${!isMe && html`<${Secrets} user=${user} onDone=${again} />`}
      <${BookingList} args=${{ user: user.user }} />
      <${Sessions} user=${user} isMe=${isMe} />
      <${PersonLog} user=${user} who=${who} />
      <${Face} user=${user} />
      ${!isMe && html`<${Erase} user=${user} />`}
    </div>`;
}

export function OneAccount({ name, who, groups, roles }) {
  usePresence();
  const asked = useWhole("s.users", {}, pagesOf.users);
  return html`<${Answered} asked=${asked}>${(list) => {
    const user = list.find((one) => one.user === name);
    if (!user) return html`<${Head} title=${name} back=${[href("accounts"), t("room.accounts")]} /><${Empty}>${t("op.accounts.unknown")}<//>`;
    return html`<${Known} user=${user} who=${who} groups=${groups.answer ?? []} roles=${roles} again=${asked.again} />`;
  }}<//>`;
}
