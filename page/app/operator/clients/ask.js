// Asks a client for something it offers, or calls a command of it, and shows what it answered.
import { html, useState } from "../../view.js";
import { Card } from "../../parts/surface.js";
import { Area, Button, Choices, Field, Refused } from "../../parts/controls.js";
import { Value } from "../../parts/value.js";
import { useDeed } from "../../state/ask.js";
import { call } from "../../server/http.js";
import { t, number } from "../../texts/index.js";

// What is written as arguments: nothing, or a list or a map as JSON.
function readArguments(text) {
  if (text.trim() === "") return { args: undefined };
  try {
    const args = JSON.parse(text);
    return args !== null && typeof args === "object" ? { args } : { fault: t("op.clients.args.fault") };
  } catch {
    return { fault: t("op.clients.args.fault") };
  }
}

export function AskClient({ client }) {
  const [how, setHow] = useState("request");
  const [values, setValues] = useState({ name: "", args: "", deadline: "" });
  const [fault, setFault] = useState("");
  const [got, setGot] = useState(null);
  const put = (name) => (value) => setValues((before) => ({ ...before, [name]: value }));
  const offered = how === "request" ? client.requestables : client.commands;
  const deed = useDeed(async (name) => {
    const { args, fault: wrong } = readArguments(values.args);
    setFault(wrong ?? "");
    if (wrong) return;
    setGot(null);
    const began = performance.now();
    const asked = { client: client.client_id, args, deadline_ms: values.deadline ? Number(values.deadline) : undefined };
    const value = how === "request" ? await call("s.request", { ...asked, name }) : await call("s.callclient", { ...asked, command: name });
    setGot({ name, value, ms: performance.now() - began });
  });
  const choose = (value) => {
    setHow(value);
    setGot(null);
    put("name")("");
    deed.clear();
  };
  const submit = (event) => {
    event.preventDefault();
    if (values.name.trim()) deed.run(values.name.trim());
  };
  return html`<${Card} title=${t("op.clients.ask")}>
    <${Choices} label=${t("op.clients.ask")} value=${how} onInput=${choose} options=${[["request", t("op.clients.request")], ["call", t("op.clients.call")]]} />
    ${offered.length > 0
      ? html`<div class="row">${offered.map((name) => html`<${Button} key=${name} kind="small" disabled=${deed.isBusy} onClick=${() => {
          put("name")(name);
          deed.run(name);
        }}>${name}<//>`)}</div>`
      : html`<p class="soft small">${t(how === "request" ? "op.clients.offers_none" : "op.clients.commands_none")}</p>`}
    <form class="stack" onSubmit=${submit}>
      <div class="fields">
        <${Field} label=${t(how === "request" ? "op.clients.requestable" : "op.clients.command")} value=${values.name} onInput=${put("name")} autocapitalize="none" spellcheck=${false} required />
        <${Field} label=${t("op.clients.deadline")} hint=${t("op.optional")} type="number" min="1" max="60000" value=${values.deadline} onInput=${put("deadline")} />
      </div>
      <${Area} label=${t("op.clients.args")} hint=${t("op.clients.args.hint")} fault=${fault} value=${values.args} onInput=${put("args")} spellcheck=${false} />
      <${Refused} refusal=${deed.refusal} />
      <div class="row"><${Button} type="submit" kind="main" isBusy=${deed.isBusy}>${t(how === "request" ? "op.clients.request" : "op.clients.call")}<//></div>
    </form>
    ${got && !deed.refusal && html`<div class="op-answer stack-small" role="status">
      <p class="soft small">${t("op.clients.answered", { name: got.name, ms: number(Math.round(got.ms)) })}</p>
      <${Value} of=${got.value} />
    </div>`}
  <//>`;
}
