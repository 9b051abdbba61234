// Webhooks: where events are delivered to, signed with a secret that is shown once.
import { html, useState } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Check, Field } from "../../parts/controls.js";
import { Table } from "../../parts/show.js";
import { useList } from "../../parts/list.js";
import { Act, Chip, FormButton, Secret } from "../../parts/operate.js";
import { useNames } from "../../parts/who.js";
import { pagesOf } from "../../state/whole.js";
import { call } from "../../server/http.js";
import { t, number } from "../../texts/index.js";

const EVENTS = ["bot_message", "change", "change:booking", "change:car", "change:user", "change:repair"];

function Add({ onDone, onSecret }) {
  return html`<${FormButton} label=${t("op.webhook.add")} kind="main" first=${{ url: "https://", events: ["change"], more: "" }} send=${t("op.webhook.add")}
    onSend=${({ url, events, more }) => call("s.newwebhook", { url: url.trim(), events: [...events, ...more.split(/[\s,]+/).filter(Boolean)] })}
    onDone=${(told) => {
      onSecret(told);
      onDone();
    }}
    fields=${(values, put) => html`
      <${Field} label=${t("op.webhook.url")} hint=${t("op.webhook.url.hint")} type="url" value=${values.url} onInput=${put("url")} maxlength="500" required autofocus />
      <fieldset class="stack-small"><legend class="strong small">${t("op.webhook.events")}</legend>
        ${EVENTS.map((name) => html`<${Check} key=${name} label=${t(`op.webhook.event.${name}`)} value=${values.events.includes(name)} onInput=${(isOn) => put("events")(isOn ? [...values.events, name] : values.events.filter((one) => one !== name))} />`)}
      </fieldset>
      <${Field} label=${t("op.webhook.more")} hint=${t("op.webhook.more.hint")} value=${values.more} onInput=${put("more")} />
    `} />`;
}

export function Webhooks() {
  const asked = useList("s.webhooks", {}, pagesOf.webhooks, { everyMs: 10_000 });
  const [secret, setSecret] = useState(null);
  const { nameOf } = useNames();
  return html`<${Card} title=${t("op.bots.webhooks")} acts=${html`<${Add} onDone=${asked.again} onSecret=${setSecret} />`}>
    <${Answered} asked=${asked} bones=${1}>${() => (asked.rows.length === 0
      ? html`<${Empty}>${t("op.webhook.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.bots.webhooks") })} rows=${asked.rows} id=${(one) => one.webhook} columns=${[
          [t("op.webhook.url"), (one) => html`<span class="said">${one.url}</span>`],
          [t("op.webhook.events"), (one) => one.events.join(", ")],
          [t("op.webhook.owner"), (one) => nameOf(one.owner)],
          [t("op.accounts.state"), (one) => html`<${Chip} kind=${one.enabled ? "good" : "bad"}>${t(one.enabled ? "op.webhook.on" : "op.webhook.off")}<//>${one.reason && html`<span class="soft small said op-under">${one.reason}</span>`}`],
          [t("op.webhook.failures"), (one) => t("op.webhook.failed", { failures: number(one.failures), lost: number(one.lost) })],
          ["", (one) => html`<div class="row">
            <${Act} run=${() => call("s.testwebhook", { webhook: one.webhook })} said=${t("op.webhook.tested")} onDone=${asked.again}>${t("op.webhook.test")}<//>
            <${Act} run=${() => call("s.enablewebhook", { webhook: one.webhook, enabled: !one.enabled })} said=${t(one.enabled ? "op.webhook.is_off" : "op.webhook.is_on")} onDone=${asked.again}>${t(one.enabled ? "op.webhook.disable" : "op.webhook.enable")}<//>
            <${Act} sure=${t("op.webhook.secret.sure")} run=${() => call("s.newwebhooksecret", { webhook: one.webhook })} onDone=${setSecret}>${t("op.webhook.secret.new")}<//>
            <${Act} sure=${t("op.webhook.remove.sure")} run=${() => call("s.removewebhook", { webhook: one.webhook })} said=${t("op.webhook.removed")} onDone=${asked.again}>${t("do.remove")}<//>
          </div>`],
        ]} />${asked.more}`)}<//>
    ${secret && html`<${Secret} title=${t("op.webhook.secret")} rows=${[[t("op.webhook.secret"), secret.secret]]} onClose=${() => setSecret(null)} />`}
  <//>`;
}
