// The cars with what is taken of their time, and what follows from that: free now, until when, and when next.
import { call } from "../server/http.js";

export const LIVE = ["ongoing", "overdue", "reserved"];

// {start, end, mine, booking, state} by start, as Dates.
export function stretches(entry) {
  return (entry?.taken ?? []).map((one) => ({ ...one, start: new Date(one.start), end: new Date(one.end) }));
}

// When a car is free: {isFree, from, until, mine}, in milliseconds and as far as the server tells; `mine` is my booking now.
function freeTime(car, mine) {
  if (car.free_now === undefined) return undefined;
  const at = (instant) => (instant ? Date.parse(instant) : null);
  return { isFree: car.free_now, from: at(car.free_from), until: at(car.free_until), mine: mine.get(car.car_id) };
}

// My bookings that hold now, by car.
async function mineNow(who) {
  const now = Date.now();
  const all = await call("s.bookings", { user: who.user });
  const holds = (one) => LIVE.includes(one.state) && new Date(one.start) <= now;
  return new Map(all.filter(holds).map((one) => [one.car_id, one]));
}

export const overlaps = (taken, start, end) => taken.find((one) => one.start < end && start < one.end);

// The first time from `start` on that is free for so long, as far as is known; null where there is none.
export function nextFree(taken, start, length, known) {
  let from = +start;
  for (const one of taken) {
    if (one.end <= from) continue;
    if (one.start - from >= length) break;
    from = +one.end;
  }
  return from + length <= known ? new Date(from) : null;
}

// So many pages of cars, each with `free` as far as the server tells: {cars, hasMore}. A page may be short where cars were
// retired, so the next one is looked at to know whether more are behind.
export async function loadFleet(pages, who) {
  const [mine, cars] = [await mineNow(who), []];
  let next = await call("s.cars");
  for (let page = 0; page < pages && next.length > 0; page += 1) {
    cars.push(...next);
    next = await call("s.cars", { after: cars.at(-1).car_id });
  }
  return { hasMore: next.length > 0, cars: cars.map((car) => ({ ...car, free: freeTime(car, mine) })) };
}

export async function loadCar(id) {
  const [car] = await call("s.cars", { after: id - 1 });
  return car?.car_id === id ? car : null;
}

export async function loadCarFree(id, who) {
  const [car, mine] = await Promise.all([loadCar(id), mineNow(who)]);
  return car && { ...car, free: freeTime(car, mine) };
}

export const fullName = (car) => [car.make, car.model].filter(Boolean).join(" ");
