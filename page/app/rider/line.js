// One message as it is shown everywhere: from whom, to whom, when, and what was said, as text.
import { html } from "../view.js";
import { t, when, ago } from "../texts/index.js";

export function Line({ from, to, at, body, chips, acts, isNew, isMine }) {
  return html`<article class=${`line ${isNew ? "new" : ""} ${isMine ? "mine" : ""}`}>
    <header class="row">
      <strong class="said">${from}</strong>
      ${to && html`<span class="soft small said">${to}</span>`}
      ${chips}
      <time class="soft small row-end" datetime=${at} title=${when(at, "second")}>${ago(at)}</time>
    </header>
    <p class="said">${body}</p>
    ${acts && html`<footer class="row">${acts}</footer>`}
  </article>`;
}

// To whom a message of an inbox or a room was.
export function toWhom(message) {
  const place = message.room ?? message.building_name ?? message.building ?? message.place;
  if (message.to === "whisper") return t("to.whisper", { room: place ?? "" });
  if (message.to === "room") return t("to.room", { room: place ?? "" });
  if (message.to === "building") return t("to.building", { building: place ?? "" });
  return t(`to.${message.to}`);
}
