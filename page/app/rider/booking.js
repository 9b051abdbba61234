// One booking: what it is, the car at hand, more or less time, giving it up, giving the car back, its receipt.
import { html, useState } from "../view.js";
import { useDeed } from "../state/ask.js";
import { useLoad, useNow } from "../parts/load.js";
import { call } from "../server/http.js";
import { Head, Card, Answered, Empty, say } from "../parts/surface.js";
import { Button, SureButton } from "../parts/controls.js";
import { Told } from "../parts/told.js";
import { State } from "../parts/show.js";
import { Icon } from "../parts/icon.js";
import { href } from "../route.js";
import { LIVE, loadCar } from "./fleet.js";
import { AtCar } from "./atcar.js";
import { Extend } from "./extend.js";
import { GiveBack } from "./giveback.js";
import { Pictures } from "./pictures.js";
import { Receipt } from "./receipt.js";
import { Report } from "./report.js";
import { t, money, when, ago, lasting } from "../texts/index.js";

// The buttons stand there this long before the start; when the car opens is the server's to say.
const EARLY_MS = 30 * 60_000;

async function load(number, who) {
  const [booking] = await call("s.bookings", { before: number + 1 });
  const found = booking?.booking === number ? booking : null;
  return found && { booking: found, car: await loadCar(found.car_id), isMine: found.user_id === who.user_id };
}

function Facts({ booking, now }) {
  return html`<dl class="facts">
    <dt>${t("period.start")}</dt><dd>${when(booking.start)} <span class="soft small">${ago(booking.start, now)}</span></dd>
    <dt>${t("period.end")}</dt><dd>${when(booking.end)} <span class="soft small">${ago(booking.end, now)}</span></dd>
    <dt>${t("period.length")}</dt><dd>${lasting(booking.start, booking.end)}</dd>
    <dt>${t("booking.price")}</dt><dd class="number">${money(booking.price, booking.currency)}</dd>
    ${booking.started_at && html`<dt>${t("booking.started")}</dt><dd>${when(booking.started_at)}</dd>`}
    <dt>${t("booking.number")}</dt><dd class="number">${booking.booking}</dd>
  </dl>`;
}

function Cancel({ booking, onDone }) {
  const cancel = useDeed(async () => {
    await call("s.cancel", { booking: booking.booking });
    say(t("booking.cancelled"));
    onDone();
  });
  return html`<div class="stack-small">
    <${SureButton} sure=${t("booking.cancel.sure")} isBusy=${cancel.isBusy} onSure=${cancel.run}>${t("booking.cancel")}<//>
    <${Told} refusal=${cancel.refusal} />
  </div>`;
}

function Live({ booking, car, again }) {
  const now = useNow(10_000);
  const [open, setOpen] = useState(null);
  const isOut = booking.state !== "reserved";
  const close = () => {
    setOpen(null);
    again();
  };
  return html`
    ${booking.state === "overdue" && html`<p class="note bad" role="alert">${t("booking.overdue", { when: ago(booking.end, now) })}</p>`}
    ${isOut || new Date(booking.start) - now < EARLY_MS
      ? html`<${AtCar} booking=${booking} onChange=${again} />`
      : html`<p class="note">${t("booking.later", { when: ago(booking.start, now) })}</p>`}
    <div class="two">
      <${Card} title=${t("booking.about")}>
        <${Facts} booking=${booking} now=${now} />
        <div class="row">
          <${Button} onClick=${() => setOpen("extend")}>${t("extend.open")}<//>
          ${car && html`<a class="button plain" href=${href(["cars", booking.car_id])}><${Icon} name="car" />${t("booking.car")}</a>`}
          ${car && html`<${Button} kind="plain" onClick=${() => setOpen("report")}><${Icon} name="repair" />${t("report.open")}<//>`}
        </div>
        ${!isOut && html`<${Cancel} booking=${booking} onDone=${again} />`}
      <//>
      ${isOut && html`<${Pictures} booking=${booking.booking} />`}
    </div>
    ${isOut && html`<${GiveBack} booking=${booking} car=${car} onDone=${again} />`}
    ${open === "extend" && html`<${Extend} booking=${booking} onClose=${close} />`}
    ${open === "report" && html`<${Report} car=${car} onClose=${() => setOpen(null)} />`}`;
}

export function Booking({ number, who }) {
  const asked = useLoad(() => load(number, who), `booking ${number}`, { everyMs: 15_000, on: ["booking"] });
  const booking = asked.answer?.booking;
  const isLive = booking && LIVE.includes(booking.state);
  return html`<${Head} title=${booking ? booking.car : t("booking.one")} back=${[href("bookings"), t("room.bookings")]}>
      ${booking && html`<${State} of=${booking.state} />`}
    <//>
    <${Answered} asked=${asked}>${(found) => {
      if (found === null) return html`<${Empty}>${t("booking.gone")}<//>`;
      return html`<div class="stack">
        ${!found.isMine && html`<p class="note warn">${t("booking.others", { user: found.booking.user })}</p>`}
        ${isLive
          ? html`<${Live} booking=${found.booking} car=${found.car} again=${asked.again} />`
          : html`<${Receipt} booking=${found.booking} car=${found.car} /><${Pictures} booking=${number} />`}
      </div>`;
    }}<//>`;
}
