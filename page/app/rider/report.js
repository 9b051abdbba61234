// Telling the operators what is wrong with a car.
import { html } from "../view.js";
import { call } from "../server/http.js";
import { Dialog, say } from "../parts/surface.js";
import { Form, Area, Select, Button } from "../parts/controls.js";
import { t } from "../texts/index.js";

export function Report({ car, onClose }) {
  const send = ({ fault, priority }) => call("s.reportcar", { car: car.car, fault: fault.trim(), priority: Number(priority) });
  return html`<${Dialog} title=${t("report.title", { car: car.car })} onClose=${onClose}>
    <${Form} first=${{ fault: "", priority: "3" }} send=${t("report.send")} onSend=${send}
      onDone=${() => {
        say(t("report.done"));
        onClose();
      }}
      extra=${html`<${Button} onClick=${onClose}>${t("do.cancel")}<//>`}
      fields=${(values, put) => html`
        <${Area} label=${t("report.fault")} hint=${t("report.fault.hint")} value=${values.fault} onInput=${put("fault")} required maxlength="500" autofocus />
        <${Select} label=${t("report.priority")} value=${values.priority} onInput=${put("priority")} options=${["1", "2", "3", "4", "5"].map((one) => [one, t(`report.priority.${one}`)])} />
      `} />
  <//>`;
}
