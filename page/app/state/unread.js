// How many messages wait to be read: asked at the start and after each cut, counted on as messages come.
import { cell } from "./cell.js";
import { call } from "../server/http.js";
import { live } from "../server/live.js";

export const unread = cell(0);
// More are shown as "99+".
const SHOWN_MAX = 100;

export async function countUnread() {
  try {
    const answer = await call("s.inbox", { unread: true, limit: SHOWN_MAX });
    unread.set(answer.unread ?? answer.messages?.length ?? 0);
  } catch {
    // It is asked again with the next message.
  }
}

export function watchUnread() {
  countUnread();
  const ends = [live.on("welcome", countUnread), live.on("message", countUnread)];
  return () => ends.forEach((end) => end());
}
