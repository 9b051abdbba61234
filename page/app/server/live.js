// The socket of this tab: events as they happen, and calls that belong to a connection, such as a watch of a range.
//
// It signs in by the cookie, makes a client of its own for each tab, and comes back by itself after a cut or a restart.
import { cell } from "../state/cell.js";
import { Refusal, UNREACHABLE } from "./refusal.js";

const WAIT_MS = 30_000;

// "off", "connecting", "on", "away", or "sent_away", from where only a wish leads back.
const state = cell("off");
const listeners = new Map();
let socket = null;
let welcomed = 0;

function tell(name, ...values) {
  for (const listener of [...(listeners.get(name) ?? [])]) listener(...values);
}

async function start() {
  if (socket) return;
  state.set("connecting");
  const { io } = await import("../../vendor/socket.io.js");
  if (socket) return;
  socket = io({ path: "/socket.io/", transports: ["websocket", "polling"], reconnectionDelayMax: 5_000 });
  socket.on("welcome", (welcome) => {
    welcomed += 1;
    state.set("on");
    tell("welcome", welcome, welcomed > 1);
  });
  socket.on("event", (event, done) => {
    tell(event.name, event.data, event);
    tell("*", event);
    done?.({ ok: null });
  });
  socket.on("text", (text) => tell("text", text));
  socket.on("bye", (bye) => tell("bye", bye));
  // The server asks its clients too, as anybody's client.
  socket.on("request", (asked, done) => {
    if (asked.name === "PING") done?.({ ok: { at: new Date().toISOString() } });
    else done?.({ error: { code: "unknown_requestable", message: "this page offers PING" } });
  });
  socket.on("call", (asked, done) => done?.({ error: { code: "unknown_command", message: "this page runs no commands" } }));
  socket.on("ping", ({ id } = {}) => socket?.emit("pong", { id, at: new Date().toISOString() }));
  socket.on("connect_error", () => state.set("away"));
  socket.on("disconnect", (why) => {
    // Who was sent away comes back only by their own wish.
    state.set(why === "io server disconnect" ? "sent_away" : "away");
    tell("away", why);
  });
}

function stop() {
  socket?.disconnect();
  socket = null;
  state.set("off");
}

function again() {
  state.set("connecting");
  socket?.connect();
}

// Runs a command on this connection.
async function call(command, args = {}) {
  if (!socket?.connected) throw new Refusal({ code: UNREACHABLE, message: "", status: 0 });
  const asked = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined && value !== ""));
  let answer;
  try {
    answer = await socket.timeout(WAIT_MS).emitWithAck("call", { command, args: asked });
  } catch {
    throw new Refusal({ code: UNREACHABLE, message: "", status: 0 });
  }
  if (answer.error) {
    throw new Refusal({ code: answer.error.code, message: answer.error.message, info: answer.error.detail });
  }
  return answer.ok;
}

// Hears an event by its name until the given function is called. "*" hears all, "welcome" each connection.
function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
  return () => listeners.get(name)?.delete(listener);
}

export const live = { state, start, stop, again, call, on };
