// Every text that people read, by name; `{name}` is filled in. Another language is another folder beside `en`.
//
// A name that no file has is shown as it is, so that it is seen at once, and the test of the page fails on it.
import common from "./en/common.js";
import rider from "./en/rider.js";
import operator from "./en/operator.js";

const texts = { ...common, ...rider, ...operator };

export const language = "en";

export function t(name, values = {}) {
  const text = texts[name];
  if (text === undefined) {
    console.error(`no text ${name}`);
    return name;
  }
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

// `names` is a name with `.one` and `.other`.
export function tn(name, count, values = {}) {
  const form = new Intl.PluralRules(language).select(count) === "one" ? "one" : "other";
  return t(`${name}.${form}`, { count: number(count), ...values });
}

export const number = (value, options) => new Intl.NumberFormat(language, options).format(value);

export function money(amount, currency) {
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(Number(amount));
}

export function distance(metres) {
  if (metres < 1000) return t("unit.m", { value: number(Math.round(metres / 10) * 10) });
  return t("unit.km", { value: number(metres / 1000, { maximumFractionDigits: 1 }) });
}

const times = {
  time: { hour: "2-digit", minute: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "short" },
  moment: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  second: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

// `how` is time, day, moment or second; in the time zone of the browser.
export function when(instant, how = "moment") {
  const at = instant instanceof Date ? instant : new Date(instant);
  return Number.isNaN(at.getTime()) ? "" : new Intl.DateTimeFormat(language, times[how]).format(at);
}

// "in 5 minutes", "2 hours ago"
export function ago(instant, now = Date.now()) {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  const steps = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

export function lasting(start, end) {
  const minutes = Math.round((new Date(end) - new Date(start)) / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return t("unit.minutes", { value: minutes });
  return minutes % 60 === 0 ? t("unit.hours", { value: hours }) : t("unit.hours_minutes", { hours, minutes: minutes % 60 });
}

// What a refusal says to people: our words for what is common, the server's own for the rest.
export function refusalText(refusal) {
  if (!refusal) return "";
  const own = texts[`refusal.${refusal.code}`];
  if (own !== undefined) return t(`refusal.${refusal.code}`, { message: refusal.message ?? "", seconds: refusal.retryAfterS ?? "" });
  return refusal.message || t("refusal.unknown");
}
