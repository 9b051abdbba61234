// Groups of permissions: what each brings and how many hold it. Admins make and remove their own.
import { html } from "../../view.js";
import { Card, Answered } from "../../parts/surface.js";
import { Field, Select } from "../../parts/controls.js";
import { Table } from "../../parts/show.js";
import { Act, Chip, FormButton } from "../../parts/operate.js";
import { call } from "../../server/http.js";
import { t, number } from "../../texts/index.js";

function NewGroup({ groups, onDone }) {
  return html`<${FormButton} label=${t("op.groups.make")} kind="main" first=${{ name: "", inherits: "customer" }} send=${t("op.groups.make")} said=${t("op.groups.made")} onDone=${onDone}
    onSend=${(values) => call("s.newgroup", values)}
    fields=${(values, put) => html`
      <${Field} label=${t("op.groups.name")} hint=${t("op.groups.name.hint")} value=${values.name} onInput=${put("name")} pattern="[a-z][a-z0-9_\\-]{2,15}" autocapitalize="none" spellcheck=${false} required autofocus />
      <${Select} label=${t("op.groups.inherits")} value=${values.inherits} onInput=${put("inherits")} options=${groups.map((one) => [one.group, one.group])} />
    `} />`;
}

export function Groups({ asked, isAdmin }) {
  return html`<${Answered} asked=${asked}>${(groups) => html`<${Card} title=${t("op.accounts.groups")} acts=${isAdmin && html`<${NewGroup} groups=${groups} onDone=${asked.again} />`}>
    <p class="soft small">${t("op.groups.about")}</p>
    <${Table} label=${t("op.list_of", { name: t("op.accounts.groups") })} rows=${groups} id=${(one) => one.group} columns=${[
      [t("op.groups.name"), (one) => html`<span class="strong">${one.group}</span> ${!one.built_in && html`<${Chip} kind="main">${t("op.groups.own")}<//>`}`],
      [t("op.groups.brings"), (one) => one.brings.filter((name) => name !== one.group).join(", ") || "–"],
      [t("op.groups.accounts"), (one) => number(one.accounts), "end number"],
      [t("op.groups.connected"), (one) => number(one.connected), "end number"],
      isAdmin && ["", (one) => !one.built_in && html`<${Act} sure=${t("op.groups.remove.sure")} run=${() => call("s.removegroup", { name: one.group })} said=${t("op.groups.removed")} onDone=${asked.again}>${t("do.remove")}<//>`],
    ].filter(Boolean)} />
  <//>`}<//>`;
}
