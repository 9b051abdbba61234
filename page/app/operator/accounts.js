// People and what they may: accounts, invitations, groups; one account by its name.
import { html, useState } from "../view.js";
import { Head, Card, Answered, Empty } from "../parts/surface.js";
import { Choices, Field, Select } from "../parts/controls.js";
import { Table } from "../parts/show.js";
import { useShown } from "../parts/list.js";
import { Chip, FormButton } from "../parts/operate.js";
import { pagesOf, useWhole } from "../state/whole.js";
import { useAsk } from "../state/ask.js";
import { may } from "../state/session.js";
import { call } from "../server/http.js";
import { go, href } from "../route.js";
import { t, tn } from "../texts/index.js";
import { OneAccount } from "./accounts/one.js";
import { Invitations } from "./accounts/invitations.js";
import { Groups } from "./accounts/groups.js";

// The roles that everybody's server has, and the groups of this one.
export function useRoles() {
  const groups = useAsk("s.groups");
  const made = (groups.answer ?? []).filter((one) => !one.built_in).map((one) => one.group);
  return { groups, roles: ["guest", "user", "customer", "engineer", "manager", "admin", ...made] };
}

export const roleText = (role) => (["guest", "user", "customer", "engineer", "manager", "admin"].includes(role) ? t(`op.role.${role}`) : role);

function AddAccount({ roles, onDone }) {
  const first = { username: "", password: "", first_name: "", last_name: "", email: "", role: "customer" };
  return html`<${FormButton} label=${t("op.accounts.add")} kind="main" first=${first} send=${t("do.add")} said=${(user) => t("op.accounts.added", { user: user?.user ?? "" })} onDone=${onDone}
    onSend=${(values) => call("s.adduser", values)}
    fields=${(values, put) => html`
      <${Field} label=${t("account.username")} hint=${t("account.username.hint")} value=${values.username} onInput=${put("username")} autocomplete="off" autocapitalize="none" spellcheck=${false} required autofocus />
      <${Field} label=${t("account.password")} hint=${t("account.password.hint")} value=${values.password} onInput=${put("password")} type="password" autocomplete="new-password" minlength="8" required />
      <div class="fields">
        <${Field} label=${t("account.first_name")} value=${values.first_name} onInput=${put("first_name")} required />
        <${Field} label=${t("account.last_name")} value=${values.last_name} onInput=${put("last_name")} required />
      </div>
      <${Field} label=${t("account.email")} value=${values.email} onInput=${put("email")} type="email" required />
      <${Select} label=${t("account.role")} value=${values.role} onInput=${put("role")} options=${roles.map((role) => [role, roleText(role)])} />
    `} />`;
}

function Accounts({ asked, roles }) {
  const [filter, setFilter] = useState({ text: "", role: "" });
  const put = (name) => (value) => setFilter((before) => ({ ...before, [name]: value }));
  const wanted = filter.text.trim().toLowerCase();
  const rows = asked.answer.filter((one) => (!filter.role || one.role === filter.role)
    && (!wanted || [one.user, one.first_name, one.last_name, one.email].some((text) => text.toLowerCase().includes(wanted))));
  const { shown, rest } = useShown(rows);
  return html`<${Card}>
    <div class="fields">
      <${Field} label=${t("op.find")} type="search" value=${filter.text} onInput=${put("text")} />
      <${Select} label=${t("account.role")} value=${filter.role} onInput=${put("role")} options=${[["", t("op.all")], ...roles.map((role) => [role, roleText(role)])]} />
    </div>
    <p class="soft small" role="status">${tn("op.accounts.count", rows.length)}</p>
    ${rows.length === 0 ? html`<${Empty}>${t("op.accounts.none")}<//>` : html`<${Table} label=${t("op.list_of", { name: t("room.accounts") })} rows=${shown} id=${(one) => one.user_id} columns=${[
      [t("account.username"), (one) => html`<a class="strong" href=${href(["accounts", one.user])}>${one.user}</a>`],
      [t("op.accounts.name"), (one) => [one.first_name, one.last_name].filter(Boolean).join(" ") || "–"],
      [t("account.email"), (one) => one.email || "–"],
      [t("account.role"), (one) => roleText(one.role)],
      [t("op.accounts.state"), (one) => html`<${Chip} kind=${one.disabled ? "bad" : "good"}>${t(one.disabled ? "op.accounts.disabled" : "op.accounts.enabled")}<//>`],
    ]} />`}
    ${rest}
  <//>`;
}

export default function AccountsRoom({ who, parts, query }) {
  const asked = useWhole("s.users", {}, pagesOf.users, { everyMs: 30_000 });
  const { groups, roles } = useRoles();
  if (parts[0]) return html`<${OneAccount} key=${parts[0]} name=${parts[0]} who=${who} groups=${groups} roles=${roles} />`;
  const shown = ["invitations", "groups"].includes(query.show) ? query.show : "accounts";
  return html`<${Head} title=${t("room.accounts")}><${AddAccount} roles=${roles} onDone=${asked.again} /><//>
    <div class="stack">
      <${Choices} label=${t("room.accounts")} value=${shown} onInput=${(value) => go("accounts", value === "accounts" ? {} : { show: value })}
        options=${[["accounts", t("op.accounts.accounts")], ["invitations", t("op.accounts.invitations")], ["groups", t("op.accounts.groups")]]} />
      ${shown === "accounts" && html`<${Answered} asked=${asked}>${() => html`<${Accounts} asked=${asked} roles=${roles} />`}<//>`}
      ${shown === "invitations" && html`<${Invitations} roles=${roles} />`}
      ${shown === "groups" && html`<${Groups} asked=${groups} isAdmin=${may(who, "admin")} />`}
    </div>`;
}
