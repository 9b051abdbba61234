// The camera of this device: what it sees, whether the server could use it, and the pictures that are good.
//
// The light and the sharpness are measured here several times a second; a face is looked for by the server every few seconds.
import { html, useState, useEffect, useRef } from "../view.js";
import { Button } from "../parts/controls.js";
import { Told, toldRefusal } from "../parts/told.js";
import { grab, measure, look } from "./looking.js";
import { t } from "../texts/index.js";

export const WANTED = 3;
const MEASURE_MS = 250;
const LOOK_MS = 1_500;
// The server keeps sixteen pictures waiting, each a minute.
const LOOK_LATER_MS = 6_500;
const FAST_LOOKS = 6;
// A picture waits a minute at the server; the first of a set must still be there when the last is taken.
const FRESH_MS = 45_000;

function useStream(video) {
  const [fault, setFault] = useState(null);
  const [isOn, setIsOn] = useState(false);
  useEffect(() => {
    let [isGone, stream] = [false, null];
    const open = async () => {
      try {
        if (!navigator.mediaDevices) throw new Error("none");
        stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "user", width: { ideal: 960 }, height: { ideal: 720 } } });
        if (isGone) return stream.getTracks().forEach((track) => track.stop());
        video.current.srcObject = stream;
        await video.current.play();
        setIsOn(true);
      } catch (refused) {
        if (!isGone) setFault(refused.name === "NotAllowedError" ? "camera.not_allowed" : "camera.none");
      }
      return undefined;
    };
    open();
    return () => {
      isGone = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return { fault, isOn };
}

function Mark({ is, text }) {
  return html`<li class=${`camera-mark ${is}`}><span aria-hidden="true"></span>${text}</li>`;
}

// Where the server saw the face, in the mirror that the person looks into.
function Found({ seen }) {
  const { face, width, height } = seen ?? {};
  if (!face || !width) return null;
  const part = (value, whole) => `${Math.max(0, Math.min(100, (value / whole) * 100))}%`;
  const style = { right: part(face.left, width), left: part(width - face.right, width), top: part(face.top, height), bottom: part(height - face.bottom, height) };
  return html`<span class=${`camera-face ${seen.good ? "good" : ""}`} style=${style} aria-hidden="true"></span>`;
}

// Looks again and again until enough pictures are good: {seen, taken, refusal}.
function useLooks(video, isOn, onEnough) {
  const [state, setState] = useState({ seen: null, taken: [], refusal: null });
  const enough = useRef(onEnough);
  enough.current = onEnough;
  useEffect(() => {
    if (!isOn) return undefined;
    let [isGone, looks, taken] = [false, 0, []];
    const once = async () => {
      if (document.visibilityState === "visible") {
        looks += 1;
        try {
          const seen = await look(await grab(video.current));
          taken = taken.filter((one) => Date.now() - one.at < FRESH_MS);
          if (seen.good) taken = [...taken, { id: seen.picture, at: Date.now() }];
          if (isGone) return;
          setState({ seen, taken, refusal: null });
          if (taken.length >= WANTED) return void enough.current(taken.map((one) => one.id));
        } catch (refusal) {
          if (isGone) return;
          setState((now) => ({ ...now, refusal }));
          if (refusal.status === 404) return;
        }
      }
      if (!isGone) setTimeout(once, looks < FAST_LOOKS ? LOOK_MS : LOOK_LATER_MS);
    };
    once();
    return () => {
      isGone = true;
    };
  }, [isOn]);
  return state;
}

function Marks({ own, looks }) {
  const { seen, taken, refusal } = looks;
  return html`<div role="status" aria-live="polite"><ul class="camera-marks">
    <${Mark} is=${own ? own.light : "waits"} text=${t(`camera.light.${own ? own.light : "waits"}`)} />
    <${Mark} is=${own ? own.sharp : "waits"} text=${t(`camera.sharp.${own ? own.sharp : "waits"}`)} />
    <${Mark} is=${seen ? (seen.good ? "good" : "bad") : "waits"} text=${seen ? (seen.good ? t("camera.face.good") : seen.advice) : t("camera.face.waits")} />
    <${Mark} is=${taken.length > 0 ? "good" : "waits"} text=${t("camera.taken", { count: taken.length, of: WANTED })} />
    ${refusal && html`<li class="small fault-text">${troubles[refusal.code] ? t(troubles[refusal.code]) : toldRefusal(refusal)}</li>`}
  </ul></div>`;
}

// What the server says of its own files and workers is for operators.
const troubles = { not_found: "camera.unknown", unknown_command: "camera.unknown", unavailable: "camera.unavailable" };

// One run of the camera, until its pictures are there.
function Run({ onPictures, onClose, isSending }) {
  const video = useRef(null);
  const { fault, isOn } = useStream(video);
  const looks = useLooks(video, isOn, onPictures);
  const [own, setOwn] = useState(null);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => setOwn(measure(video.current)), MEASURE_MS);
    return () => clearInterval(timer);
  }, [isOn]);
  return html`<div class="stack">
    ${fault ? html`<p class="note bad" role="alert">${t(fault)}</p>` : html`<div class="camera">
      <video ref=${video} muted playsinline aria-label=${t("camera.label")}></video><span class="camera-oval" aria-hidden="true"></span><${Found} seen=${looks.seen} />
    </div>
    <p class="small soft">${t("camera.about")}</p>
    <${Marks} own=${own} looks=${looks} />`}
    ${isSending && html`<p role="status"><span class="spin"></span> ${t("camera.sending")}</p>`}
    <div><${Button} onClick=${onClose}>${t("do.close")}<//></div>
  </div>`;
}

// `onAgain` forgets the refusal, upon which the camera looks anew.
export function Camera({ onPictures, onClose, onAgain, isSending, refusal }) {
  if (refusal && !isSending) {
    return html`<div class="stack-small">
      <${Told} refusal=${refusal} />
      <div class="row"><${Button} kind="main" onClick=${onAgain}>${t("camera.again")}<//><${Button} onClick=${onClose}>${t("do.close")}<//></div>
    </div>`;
  }
  return html`<${Run} onPictures=${onPictures} onClose=${onClose} isSending=${isSending} />`;
}
