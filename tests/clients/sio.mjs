// The clients of others, as the tests drive them: one JSON line in says what to do, one JSON line out what came of it.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.env.CLIENTS_PACKAGE);
const newer = require("socket.io-client");
const older = require("socket.io-client-2");

let socket;
const heard = [];
const waiting = [];
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const note = (name, value) => {
  heard.push([name, value ?? null]);
  for (const look of [...waiting]) look();
};
// The first event of that name that was not asked for before.
const event = (name) =>
  new Promise((found, failed) => {
    setTimeout(() => failed(new Error(`no ${name} within 20 s, heard ${JSON.stringify(heard)}`)), 20_000).unref();
    const look = () => {
      const at = heard.findIndex(([known]) => known === name);
      if (at < 0) return false;
      const [[, value]] = heard.splice(at, 1);
      waiting.splice(waiting.indexOf(look), 1);
      found(value);
      return true;
    };
    waiting.push(look);
    look();
  });

const orders = {
  async open({ url, version, options }) {
    socket = (version === 2 ? older : newer)(url, options);
    for (const name of ["welcome", "event", "text", "bye", "error", "new_message", "new_movement"]) {
      socket.on(name, (value, acknowledge) => {
        note(name, value);
        if (acknowledge) acknowledge();
      });
    }
    socket.on("call", (call, acknowledge) => acknowledge({ ok: { did: call.command, args: call.args } }));
    socket.on("connect", () => note("connect", socket.id));
    socket.on("connect_error", (err) => note("connect_error", err.message));
    socket.on("disconnect", (why) => note("disconnect", why));
    return null;
  },
  event: ({ name }) => event(name),
  emit: ({ name, args }) => new Promise((done) => socket.emit(name, ...args, done)),
  bytes: ({ name, args }) => new Promise((done) => socket.emit(name, ...args, Buffer.from([0, 255]), done)),
  transport: async () => socket.io.engine.transport.name,
  cut: async () => (socket.io.engine.close(), null),
  close: async () => (socket.close(), null),
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    say({ ok: (await orders[order.do](order)) ?? null });
  } catch (err) {
    say({ error: String(err) });
  }
}
process.exit(0);
