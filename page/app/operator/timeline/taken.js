// What is taken in a time: the calendar, where the server has one, and what bookings ended in it, which no calendar has.
import { useMemo } from "../../view.js";
import { pagesOf, useWhole } from "../../state/whole.js";
import { isMissing } from "../../parts/operate.js";

const LOOK_MS = 10_000;
// So many pages of finished bookings are looked through; older ones are found by their car.
const ENDED_PAGES = 4;
const ENDED = ["finished", "no_show"];
const LIVING = ["reserved", "ongoing", "overdue"];

const overlaps = (one, from, to) => new Date(one.start).getTime() < to && new Date(one.end).getTime() > from;

// A booking that is late takes the car until it is back.
function reaching(one) {
  if (one.state !== "overdue") return one;
  return { ...one, end: new Date(Math.max(Date.now(), new Date(one.end).getTime())).toISOString() };
}

// A booking that ended was over when it ended, not when it was to end.
const ended = (one) => ({ ...one, start: one.started_at ?? one.start, end: one.ended_at ?? one.end });

export function useTaken(from, to) {
  const calendar = useWhole("s.calendar", { start: new Date(from).toISOString(), end: new Date(to).toISOString() }, pagesOf.calendar, { everyMs: LOOK_MS, on: ["booking"] });
  const living = LIVING.map((state) => useWhole("s.bookings", { state }, pagesOf.bookings, { everyMs: LOOK_MS, on: ["booking"] }));
  const over = ENDED.map((state) => useWhole("s.bookings", { state }, { ...pagesOf.bookings, pages: ENDED_PAGES }, { everyMs: LOOK_MS * 3 }));
  const lists = [...living, ...over];
  const byCar = useMemo(() => {
    const found = new Map();
    const put = (id, one) => found.set(id, [...(found.get(id) ?? []), one]);
    for (const list of lists) {
      for (const one of list.answer ?? []) {
        const shown = ENDED.includes(one.state) ? ended(one) : reaching(one);
        if (overlaps(shown, from, to)) put(one.car_id, shown);
      }
    }
    // What nobody booked and cannot be booked all the same: buffers, cars out of use.
    for (const car of calendar.answer ?? []) {
      for (const one of car.taken) if (!one.booking) put(car.car_id, one);
    }
    return found;
  }, [calendar.answer, from, to, ...lists.map((list) => list.answer)]);
  return {
    of: (id) => byCar.get(id) ?? [],
    refusal: (isMissing(calendar.refusal) ? null : calendar.refusal) ?? lists.find((list) => list.refusal)?.refusal ?? null,
    again: () => {
      calendar.again();
      lists.forEach((list) => list.again());
    },
  };
}
