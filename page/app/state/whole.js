// A list of the server in full, page after page: for maps, for names of things that are known by number, and for choices.
import { useState, useEffect, useRef, useCallback } from "../view.js";
import { call } from "../server/http.js";
import { useEvents } from "./ask.js";

// More pages than this are not fetched by themselves: a list of so many is looked through by its room.
const PAGES_MAX = 20;

async function gather(command, args, { rowsOf = (answer) => answer, cursor, pages = PAGES_MAX }) {
  const rows = [];
  let next = {};
  for (let page = 0; next && page < pages; page += 1) {
    const answer = await call(command, { ...args, ...next });
    rows.push(...rowsOf(answer));
    next = cursor(answer);
  }
  return { rows, next };
}

const isSame = (before, rows) => before !== undefined && JSON.stringify(before) === JSON.stringify(rows);

// {answer: rows, next, refusal, isAsking, again}, as `useAsk` gives it. With `command` null nothing is asked.
// `how.pages` is read anew at each round, so that who looks at three pages keeps three.
export function useWhole(command, args, how, { everyMs, on = [] } = {}) {
  const [state, setState] = useState({ answer: undefined, next: undefined, refusal: null, isAsking: Boolean(command) });
  const latest = useRef(0);
  const wanted = useRef(how);
  wanted.current = how;
  const key = JSON.stringify([command, args]);
  const again = useCallback(async () => {
    if (!command) return;
    const mine = (latest.current += 1);
    setState((before) => ({ ...before, isAsking: true }));
    try {
      const { rows, next } = await gather(command, args, wanted.current);
      // The same rows stay the same list, so that a map under a hand or a keyboard is not drawn anew at each look.
      if (mine === latest.current) setState((before) => ({ answer: isSame(before.answer, rows) ? before.answer : rows, next, refusal: null, isAsking: false }));
    } catch (refusal) {
      if (mine === latest.current) setState((before) => ({ ...before, refusal, isAsking: false }));
    }
  }, [key]);
  useEffect(() => {
    setState({ answer: undefined, next: undefined, refusal: null, isAsking: Boolean(command) });
    again();
    return () => {
      latest.current += 1;
    };
  }, [again]);
  useEffect(() => {
    if (!everyMs) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && again(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  useEvents(["welcome", ...on], again);
  return { ...state, again };
}

// The cursor of a list whose pages have so many rows and go on behind the last one's `field`.
const behind = (field, rows, name = "after") => (answer) => (answer.length >= rows ? { [name]: answer.at(-1)[field] } : undefined);

export const pagesOf = {
  cars: { cursor: behind("car_id", 100) },
  users: { cursor: behind("user_id", 200) },
  bookings: { cursor: behind("booking", 150, "before") },
  invitations: { cursor: behind("invitation_id", 200) },
  bots: { cursor: behind("bot", 200) },
  schedules: { cursor: behind("schedule", 100) },
  webhooks: { cursor: behind("webhook", 50) },
  bans: { cursor: behind("subject", 200) },
  commands: { cursor: behind("command", 100, "before") },
  audit: { cursor: behind("id", 200, "before") },
  files: { cursor: behind("file", 50, "before") },
  calendar: { cursor: (answer) => (answer.length > 0 ? { after: answer.at(-1).car_id } : undefined) },
  buildings: { rowsOf: (answer) => answer.buildings, cursor: (answer) => (answer.next ? { after: answer.next } : undefined) },
};

export const useCars = (how) => useWhole("s.cars", {}, pagesOf.cars, how);
export const usePeople = (isAsked = true) => useWhole(isAsked ? "s.users" : null, {}, pagesOf.users);
export const useBuildings = (how) => useWhole("s.buildings", {}, pagesOf.buildings, how);
