// A period in words: the day is said once when both ends are on it.
import { t, when } from "../texts/index.js";

export function span(start, end) {
  const isOneDay = new Date(start).toDateString() === new Date(end).toDateString();
  return t("period.from_to", { start: when(start), end: when(end, isOneDay ? "time" : "moment") });
}
