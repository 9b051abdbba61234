// Pictures of a camera: taken off a video, measured here, and looked at by the server.
import { ask, call } from "../server/http.js";
import { t } from "../texts/index.js";

const SIDE_MAX = 960;
const QUALITY = 0.92;
const SMALL = 96;
// As the server measures a face, roughly: the mean of the light, of 255, and the variance of the Laplacian.
const DARK = 45;
const BRIGHT = 225;
const SHARP = 12;

const canvas = document.createElement("canvas");

// A JPEG of what is seen now.
export function grab(video) {
  const scale = Math.min(1, SIDE_MAX / Math.max(video.videoWidth, video.videoHeight));
  const whole = document.createElement("canvas");
  whole.width = Math.round(video.videoWidth * scale);
  whole.height = Math.round(video.videoHeight * scale);
  whole.getContext("2d").drawImage(video, 0, 0, whole.width, whole.height);
  return new Promise((done, fail) => whole.toBlob((blob) => (blob ? done(blob) : fail(new Error(t("camera.none")))), "image/jpeg", QUALITY));
}

function greys(video) {
  canvas.width = SMALL;
  canvas.height = SMALL;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const side = Math.min(video.videoWidth, video.videoHeight) * 0.7;
  pen.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, SMALL, SMALL);
  const { data } = pen.getImageData(0, 0, SMALL, SMALL);
  return Float32Array.from({ length: SMALL * SMALL }, (_, at) => 0.299 * data[at * 4] + 0.587 * data[at * 4 + 1] + 0.114 * data[at * 4 + 2]);
}

// {light: good, dark or bright; sharp: good or blurred} of the middle of what is seen.
export function measure(video) {
  if (!video?.videoWidth) return null;
  const grey = greys(video);
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < SMALL - 1; y += 1) {
    for (let x = 1; x < SMALL - 1; x += 1) {
      const at = y * SMALL + x;
      const edge = grey[at - 1] + grey[at + 1] + grey[at - SMALL] + grey[at + SMALL] - 4 * grey[at];
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  const variance = squares / count - (sum / count) ** 2;
  return { light: mean < DARK ? "dark" : mean > BRIGHT ? "bright" : "good", sharp: variance < SHARP ? "blurred" : "good" };
}

const KNOWN = ["no_face", "several_faces", "too_small", "cut_off", "turned_away", "too_dark", "too_bright", "blurred"];

function advice({ reasons = [], advice: theirs }) {
  const known = reasons.find((reason) => KNOWN.includes(reason));
  return known ? t(`camera.reason.${known}`) : theirs ?? t("camera.face.bad");
}

// Sends a picture and asks whether it could be used: {picture, good, advice, face?, width?, height?}.
export async function look(blob) {
  const sent = await ask("/api/v1/pictures", { body: blob, type: "image/jpeg" });
  const seen = await call("s.facequality", { picture: sent.id });
  return { ...seen, picture: sent.id, advice: advice(seen) };
}
