// Where distances are measured from: this device, a place that was pressed on the map, or where one told to be last.
import { cell } from "../state/cell.js";
import { call } from "../server/http.js";

// null, or {latitude, longitude, from: "device", "map" or "told", of: whose}
export const here = cell(null);

const EARTH_M = 6_371_008.8;
const radians = (degrees) => (degrees * Math.PI) / 180;

export function apart(a, b) {
  if (!a || !b || b.latitude === undefined || b.latitude === null) return undefined;
  const [one, other] = [radians(a.latitude), radians(b.latitude)];
  const half = Math.sin((other - one) / 2) ** 2 + Math.cos(one) * Math.cos(other) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}

export function putHere(place, from, who) {
  here.set({ latitude: place.latitude, longitude: place.longitude, from, of: who.user_id });
}

// Another person's place is not mine.
export async function recallHere(who) {
  if (here.get()?.of === who.user_id) return;
  here.set(null);
  try {
    const told = await call("s.whereis");
    if (!here.get()) putHere(told, "told", who);
  } catch {
    // Whoever never said where they are has no distances.
  }
}
