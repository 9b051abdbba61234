// A connection of its own for the console: it is seen among the clients as one, and what is pushed to it stands between the answers.
import { Refusal, UNREACHABLE } from "../../server/refusal.js";

const WAIT_MS = 65_000;

// {say(text), stop()}. `tell(kind, value)` hears "state", "text", "event", "bye".
export async function openLine(tell) {
  const { io } = await import("../../../vendor/socket.io.js");
  // A name that is free: the tab of the page has that of the account.
  const digits = [...crypto.getRandomValues(new Uint8Array(3))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const socket = io({ path: "/socket.io/", forceNew: true, transports: ["websocket", "polling"], reconnectionDelayMax: 5_000, auth: { kind: "console", name: `console_${digits}`, software: "motorpool page" } });
  socket.on("welcome", (welcome) => tell("state", { isOn: true, name: welcome.name }));
  socket.on("connect_error", () => tell("state", { isOn: false }));
  socket.on("disconnect", () => tell("state", { isOn: false }));
  socket.on("text", (text) => tell("text", text));
  socket.on("event", (event, done) => {
    tell("event", event);
    done?.({ ok: null });
  });
  socket.on("bye", (bye) => tell("bye", bye));
  socket.on("request", (asked, done) => done?.(asked.name === "PING" ? { ok: { at: new Date().toISOString() } } : { error: { code: "unknown_requestable", message: "this console offers PING" } }));
  socket.on("call", (asked, done) => done?.({ error: { code: "unknown_command", message: "this console runs no commands" } }));
  socket.on("ping", ({ id } = {}) => socket.emit("pong", { id, at: new Date().toISOString() }));

  async function say(text) {
    if (!socket.connected) throw new Refusal({ code: UNREACHABLE, message: "", status: 0 });
    let answer;
    try {
      answer = await socket.timeout(WAIT_MS).emitWithAck("text", text);
    } catch {
      throw new Refusal({ code: UNREACHABLE, message: "", status: 0 });
    }
    if (answer?.error) throw new Refusal({ code: answer.error.code, message: answer.error.message, info: answer.error.detail });
    return answer?.ok;
  }
  return { say, stop: () => socket.disconnect() };
}
