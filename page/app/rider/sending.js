// A file to the server by tus: in one go, and from where it stopped after a cut.
import { t } from "../texts/index.js";

const ENDPOINT = "/api/v1/tus";
const AGAIN_MS = [0, 1_000, 3_000, 5_000, 10_000];

let tus = null;

async function library() {
  if (!tus) {
    await import("../../vendor/tus.js");
    tus = globalThis.tus;
  }
  return tus;
}

// The server's own words where it gave some.
function words(fault) {
  const body = fault?.originalResponse?.getBody?.();
  const status = fault?.originalResponse?.getStatus?.();
  if (status === 404) return t("pictures.unknown");
  try {
    return JSON.parse(body).detail ?? t("refusal.unknown");
  } catch {
    return status ? t("refusal.unknown") : t("refusal.unreachable");
  }
}

// Begins at once; {start, abort} go on and stop. `to` says whose it is: {booking}, {car}, …
export async function begin(file, to, { onSent, onDone, onFault }) {
  const { Upload } = await library();
  const upload = new Upload(file, {
    endpoint: ENDPOINT,
    headers: { "X-Motorpool": "page" },
    metadata: { filename: file.name, filetype: file.type, ...to },
    retryDelays: AGAIN_MS,
    removeFingerprintOnSuccess: true,
    onProgress: (sent) => onSent(sent),
    onSuccess: onDone,
    onError: (fault) => onFault(words(fault)),
  });
  const before = await upload.findPreviousUploads();
  if (before.length > 0) upload.resumeFromPreviousUpload(before[0]);
  upload.start();
  return upload;
}
