// What is put together from several answers of the server: as `useAsk`, for any function that fetches.
import { useState, useEffect, useRef, useCallback } from "../view.js";
import { useEvents } from "../state/ask.js";

// {answer, refusal, isAsking, again}. `key` says when it is another thing that is fetched.
export function useLoad(how, key, { everyMs, on = [] } = {}) {
  const [state, setState] = useState({ answer: undefined, refusal: null, isAsking: true });
  const latest = useRef(0);
  const fetches = useRef(how);
  fetches.current = how;

  const again = useCallback(async () => {
    const mine = (latest.current += 1);
    setState((before) => ({ ...before, isAsking: true }));
    try {
      const answer = await fetches.current();
      if (mine === latest.current) setState({ answer, refusal: null, isAsking: false });
    } catch (refusal) {
      if (mine === latest.current) setState((before) => ({ ...before, refusal, isAsking: false }));
    }
  }, [key]);

  useEffect(() => {
    setState({ answer: undefined, refusal: null, isAsking: true });
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

// The time, told anew every so often: what is "in 5 minutes" is so for a minute only.
export function useNow(everyMs = 30_000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

// A value that has been still for a moment, so that a drag asks the server once.
export function useStill(value, ms = 300) {
  const [still, setStill] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), ms);
    return () => clearTimeout(timer);
  }, [JSON.stringify(value)]);
  return still;
}

// Whether the server has no such command: an older one, or one that was built without.
export const isMissing = (refusal) => refusal?.code === "unknown_command";
