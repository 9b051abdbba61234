// Whom I block: their messages do not come, and neither of us sees where the other is.
import { html } from "../view.js";
import { useAsk, useDeed } from "../state/ask.js";
import { call } from "../server/http.js";
import { Answered, Card, Empty, say } from "../parts/surface.js";
import { Button, Field, Form, Refused } from "../parts/controls.js";
import { usePages } from "../parts/show.js";
import { t, when } from "../texts/index.js";

const PAGE = 200;

export function Blocks() {
  const asked = useAsk("s.blocks");
  const { rows, more } = usePages(asked, "s.blocks", {}, { cursor: (page) => (page.length < PAGE ? undefined : { after: page.at(-1).user_id }) });
  const end = useDeed(async (user) => {
    await call("s.unblock", { user });
    say(t("blocks.ended", { user }));
    await asked.again();
  });
  return html`<div class="two">
    <${Card} title=${t("messages.blocked")}>
      <p class="small soft">${t("blocks.about")}</p>
      <${Refused} refusal=${end.refusal} />
      <${Answered} asked=${asked}>${() => html`
        ${rows.length === 0 && html`<${Empty}>${t("blocks.none")}<//>`}
        <ul class="rows">${rows.map((one) => html`<li key=${one.user_id} class="person-line">
          <span class="grow"><strong class="said">${one.user}</strong> <span class="soft small">${when(one.at)}</span></span>
          <${Button} kind="small" isBusy=${end.isBusy} onClick=${() => end.run(one.user)}>${t("blocks.end")}<//>
        </li>`)}</ul>${more}`}<//>
    <//>
    <${Card} title=${t("blocks.add")}>
      <${Form} first=${{ user: "" }} send=${t("blocks.do")} onSend=${({ user }) => call("s.block", { user: user.trim() })}
        onDone=${(_, clear) => {
          say(t("blocks.begun"));
          clear();
          asked.again();
        }}
        fields=${(values, put) => html`<${Field} label=${t("account.username")} value=${values.user} onInput=${put("user")} required autocomplete="off" autocapitalize="none" spellcheck=${false} />`} />
    <//>
  </div>`;
}
