// The server's metrics in the text format of Prometheus: read, summed, and compared with what they were. Pure.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

// A list of {name, labels, value}.
export function parse(text) {
  const samples = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const found = LINE.exec(line);
    if (!found) continue;
    const labels = {};
    for (const [, key, value] of (found[2] ?? "").matchAll(LABEL)) labels[key] = value;
    samples.push({ name: found[1], labels, value: Number(found[3]) });
  }
  return samples;
}

export function sum(samples, name, where = () => true) {
  return samples.filter((one) => one.name === name && where(one.labels)).reduce((total, one) => total + one.value, 0);
}

// How many were at or below each bound, over all series of a histogram: [[bound, count]], by bound.
export function buckets(samples, name, where = () => true) {
  const found = new Map();
  for (const one of samples) {
    if (one.name !== `${name}_bucket` || !where(one.labels)) continue;
    const bound = one.labels.le === "+Inf" ? Infinity : Number(one.labels.le);
    found.set(bound, (found.get(bound) ?? 0) + one.value);
  }
  return [...found].sort(([a], [b]) => a - b);
}

// What is below the share (0.99) of what came between two looks; undefined when nothing came. Between two bounds a straight line.
export function quantile(share, now, before = []) {
  const was = new Map(before);
  const counts = now.map(([bound, count]) => [bound, count - (was.get(bound) ?? 0)]);
  const all = counts.at(-1)?.[1] ?? 0;
  if (all <= 0) return undefined;
  const rank = share * all;
  let low = 0;
  let below = 0;
  for (const [bound, count] of counts) {
    if (count >= rank) {
      if (bound === Infinity) return low;
      return low + ((bound - low) * (rank - below)) / Math.max(count - below, 1e-9);
    }
    low = bound;
    below = count;
  }
  return low;
}

const TIMES = "motorpool_command_duration_seconds";
const total = (name) => (samples) => sum(samples, name);

// What is counted up, and shown as so much a second.
const RATES = {
  commands: total("motorpool_commands_total"),
  http: total("motorpool_http_requests_total"),
  frames: (samples) => sum(samples, "motorpool_frames_received_total") + sum(samples, "motorpool_frames_sent_total"),
  bytes: (samples) => sum(samples, "motorpool_received_bytes_total") + sum(samples, "motorpool_sent_bytes_total"),
  refused: total("motorpool_gate_refused_total"),
};

// What is as it is.
const LEVELS = {
  clients: (samples) => sum(samples, "motorpool_connections", (labels) => labels.sock !== "datasock"),
  people: total("motorpool_people_online"),
  cars: total("motorpool_cars_online"),
  waiting: total("motorpool_gate_waiting"),
  store: total("motorpool_store_queue_depth"),
  mail: total("motorpool_mail_waiting"),
  outbox: total("motorpool_outbox_pending_bytes"),
  memory: total("process_resident_memory_bytes"),
  files: total("process_open_fds"),
};

// What one look has: counters, levels, the histogram of commands and how often each ran.
export function looked(text, at) {
  const samples = parse(text);
  const read = (ways) => Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, way(samples)]));
  const commands = new Map();
  for (const one of samples) {
    if (one.name === `${TIMES}_count`) commands.set(one.labels.command, one.value);
  }
  return { at, counters: read(RATES), levels: read(LEVELS), times: buckets(samples, TIMES), commands, samples };
}

// The figures of a look, against an earlier one. A server that began anew counts from nothing.
export function figures(now, before) {
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  const rate = (name) => (seconds > 0 ? Math.max(0, now.counters[name] - (now.counters[name] >= before.counters[name] ? before.counters[name] : 0)) / seconds : undefined);
  return { ...Object.fromEntries(Object.keys(RATES).map((name) => [name, rate(name)])), ...now.levels };
}

// The slowest of what ran since an earlier look: [{command, count, p50, p99}], the most called first.
export function byCommand(now, before) {
  const ran = [...now.commands].map(([command, count]) => [command, count - (before?.commands.get(command) ?? 0)]).filter(([, count]) => count > 0);
  return ran.sort(([, a], [, b]) => b - a).map(([command, count]) => {
    const mine = (labels) => labels.command === command;
    const [last, first] = [buckets(now.samples, TIMES, mine), before ? buckets(before.samples, TIMES, mine) : []];
    return { command, count, p50: quantile(0.5, last, first), p99: quantile(0.99, last, first) };
  });
}

export const p99Between = (now, before) => quantile(0.99, now.times, before?.times);
