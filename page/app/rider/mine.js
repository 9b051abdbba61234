// All that is kept of me: to take along, and to have erased.
import { html } from "../view.js";
import { useDeed } from "../state/ask.js";
import { call } from "../server/http.js";
import { signedOut } from "../state/session.js";
import { live } from "../server/live.js";
import { Card, say } from "../parts/surface.js";
import { Button, Check, Field, Form, Refused } from "../parts/controls.js";
import { Icon } from "../parts/icon.js";
import { withProof } from "../parts/told.js";
import { Whose } from "../parts/whose.js";
import { saveFile } from "../parts/save.js";
import { Refusal } from "../server/refusal.js";
import { t } from "../texts/index.js";

const PAGES_MAX = 10_000;

// The pages put together: rows of a table that goes on behind a page are one table.
async function everything() {
  let whole = null;
  let after;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { next, tables, ...about } = await call("s.exportperson", { after });
    whole ??= { ...about, tables: [] };
    for (const table of tables) {
      const last = whole.tables.at(-1);
      if (last?.table === table.table && last.by === table.by) last.rows.push(...table.rows);
      else whole.tables.push(table);
    }
    if (!next) return whole;
    after = next;
  }
  throw new Refusal({ code: "too_large", message: t("mine.too_large") });
}

function Export({ who }) {
  const take = useDeed(async () => {
    saveFile(`motorpool-${who.user}.json`, JSON.stringify(await everything(), null, 2));
    say(t("mine.exported"));
  });
  return html`<${Card} title=${t("mine.export")}>
    <p class="small soft">${t("mine.export.about")}</p>
    <div><${Button} isBusy=${take.isBusy} onClick=${take.run}><${Icon} name="file" />${t("mine.export.do")}<//></div>
    <${Refused} refusal=${take.refusal} />
  <//>`;
}

function Erase({ who }) {
  const send = ({ confirm, password, isSure }) => {
    if (!isSure) throw new Refusal({ code: "not_sure", message: t("mine.erase.not_sure") });
    return withProof(call("s.eraseperson", { user: who.user, confirm, password }));
  };
  const done = () => {
    live.stop();
    signedOut();
    say(t("mine.erased"));
  };
  return html`<${Card} title=${t("mine.erase")} kind="danger-card">
    <p>${t("mine.erase.about")}</p>
    <${Form} first=${{ confirm: "", password: "", isSure: false }} kind="danger" send=${t("mine.erase.do")} onSend=${send} onDone=${done}
      fields=${(values, put) => html`
        <${Whose} user=${who.user} />
        <${Field} label=${t("mine.erase.name")} hint=${t("mine.erase.name.hint", { user: who.user })} value=${values.confirm} onInput=${put("confirm")} required autocomplete="off" autocapitalize="none" spellcheck=${false} />
        <${Field} label=${t("account.password")} type="password" autocomplete="current-password" value=${values.password} onInput=${put("password")} />
        <${Check} label=${t("mine.erase.sure")} value=${values.isSure} onInput=${put("isSure")} />
      `} />
  <//>`;
}

export function Mine({ who }) {
  return html`<div class="two"><${Export} who=${who} /><${Erase} who=${who} /></div>`;
}
