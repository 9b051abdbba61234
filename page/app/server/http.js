// Commands over HTTP, by the cookie of the session. One function for all: `call("s.book", { car, start, end })`.
import { Refusal, UNREACHABLE } from "./refusal.js";
import { signedOut } from "../state/session.js";

// A call is given up after this, in milliseconds; a car may take its time to acknowledge.
const WAIT_MS = 60_000;
// How often a call that no answer came to is made again, under the same key, so that it is done once.
const AGAIN_MAX = 2;
const AGAIN_MS = 800;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function once(path, { method = "POST", body, headers = {}, type = "application/json" }) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), WAIT_MS);
  try {
    const response = await fetch(path, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": type }), ...headers },
      body: body === undefined || type !== "application/json" ? body : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: control.signal,
    });
    return { response, text: await response.text() };
  } finally {
    clearTimeout(timer);
  }
}

function read(text) {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refusal(response, value) {
  const problem = value && typeof value === "object" ? value : {};
  return new Refusal({
    code: problem.code ?? "internal",
    message: problem.detail ?? problem.title ?? response.statusText,
    info: problem.info,
    status: response.status,
    retryAfterS: Number(response.headers.get("Retry-After")) || undefined,
  });
}

// `bad_login` is a wrong password that was given as proof, or a session that was ended elsewhere: the session itself tells.
async function isEnded(path) {
  if (path === "/api/v1/session") return false;
  try {
    const { response } = await once("/api/v1/commands/s.whoami", { body: {} });
    return response.status === 401;
  } catch {
    return false;
  }
}

// One request, tried again where no answer came and nothing can happen twice.
export async function ask(path, options = {}) {
  for (let tries = 0; ; tries += 1) {
    let got;
    try {
      got = await once(path, options);
    } catch {
      const again = options.method === "GET" || options.headers?.["Idempotency-Key"];
      if (again && tries < AGAIN_MAX) {
        await pause(AGAIN_MS * (tries + 1));
        continue;
      }
      throw new Refusal({ code: UNREACHABLE, message: "", status: 0 });
    }
    const value = read(got.text);
    if (got.response.ok) return value;
    const refused = refusal(got.response, value);
    if (refused.status === 401 && (refused.code === "unauthenticated" || (await isEnded(path)))) signedOut();
    throw refused;
  }
}

// Runs a command of the table. What is undefined or empty is left out.
export function call(command, args = {}) {
  const body = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined && value !== ""));
  return ask(`/api/v1/commands/${command}`, { body, headers: { "Idempotency-Key": crypto.randomUUID?.() ?? randomKey() } });
}

// `randomUUID` is there on secure pages alone, and a server in the house may be reached without TLS.
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const get = (path) => ask(path, { method: "GET" });
