// Where somebody is signed in: sessions that may come back, and the clients that are connected now.
import { html } from "../../view.js";
import { Card, Answered, Empty } from "../../parts/surface.js";
import { Table } from "../../parts/show.js";
import { Act, Chip, When } from "../../parts/operate.js";
import { useAsk } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { href } from "../../route.js";
import { t, when } from "../../texts/index.js";

export function Sessions({ user, isMe }) {
  const asked = useAsk("s.sessions", { user: isMe ? undefined : user.user }, { everyMs: 15_000 });
  const connected = useAsk("s.sessionsof", { user: user.user }, { everyMs: 15_000, on: ["presence"] });
  const again = () => {
    asked.again();
    connected.again();
  };
  return html`<${Card} title=${t("op.sessions.title")} acts=${html`<${Act} sure=${t(isMe ? "op.sessions.end.mine" : "op.sessions.end.sure")} run=${() => call("s.endsessions", { user: isMe ? undefined : user.user })} said=${t("op.sessions.ended")} onDone=${again}>${t("op.sessions.end")}<//>`}>
    <${Answered} asked=${asked} bones=${1}>${(list) => (list.length === 0
      ? html`<${Empty}>${t("op.sessions.none")}<//>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.sessions.title") })} rows=${list} id=${(one) => one.session} columns=${[
          [t("op.sessions.what"), (one) => html`<span class="said">${one.software || one.name || one.kind}</span>`],
          [t("op.sessions.how"), (one) => one.how],
          [t("op.sessions.address"), (one) => one.address?.replace(/^ip:/, "") || "–"],
          [t("op.sessions.since"), (one) => html`<${When} at=${one.since} />`],
          [t("op.sessions.used"), (one) => html`<${When} at=${one.last_used} />`],
          [t("op.sessions.until"), (one) => when(one.expires_at)],
          [t("op.accounts.state"), (one) => html`<${Chip} kind=${one.connected ? "good" : ""}>${t(one.connected ? "op.sessions.connected" : "op.sessions.away")}<//>`],
        ]} />`)}<//>
    <h3>${t("op.sessions.clients")}</h3>
    <${Answered} asked=${connected} bones=${1}>${(list) => (list.length === 0
      ? html`<p class="soft">${t("op.sessions.no_clients")}</p>`
      : html`<${Table} label=${t("op.list_of", { name: t("op.sessions.clients") })} rows=${list} id=${(one) => one.client_id} columns=${[
          [t("op.clients.name"), (one) => html`<a href=${href(["clients", one.client_id])}>${one.name}</a>`],
          [t("op.clients.kind"), (one) => t(`op.client.${one.kind}`)],
          [t("op.sessions.address"), (one) => one.address],
          [t("op.sessions.since"), (one) => html`<${When} at=${one.connected_at} />`],
          [t("op.clients.ping"), (one) => (typeof one.ping_ms === "number" ? t("op.unit.ms", { value: one.ping_ms }) : "–"), "end number"],
        ]} />`)}<//>
  <//>`;
}
