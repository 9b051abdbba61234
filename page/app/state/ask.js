// Lists and things of the server inside a part of the page: asked when it appears, again when it should be.
import { useState, useEffect, useRef, useCallback } from "../view.js";
import { call } from "../server/http.js";
import { live } from "../server/live.js";

// {answer, refusal, isAsking, again}. `everyMs` asks anew while the tab is seen; `on` names events that make it ask anew.
// With `command` null nothing is asked.
export function useAsk(command, args = {}, { everyMs, on = [] } = {}) {
  const [state, setState] = useState({ answer: undefined, refusal: null, isAsking: Boolean(command) });
  const latest = useRef(0);
  const key = JSON.stringify([command, args]);

  const again = useCallback(async () => {
    if (!command) return;
    const mine = (latest.current += 1);
    setState((before) => ({ ...before, isAsking: true }));
    try {
      const answer = await call(command, args);
      if (mine === latest.current) setState({ answer, refusal: null, isAsking: false });
    } catch (refusal) {
      if (mine === latest.current) setState((before) => ({ ...before, refusal, isAsking: false }));
    }
  }, [key]);

  useEffect(() => {
    setState({ answer: undefined, refusal: null, isAsking: Boolean(command) });
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

  // After a cut nobody knows what was missed.
  useEvents(["welcome", ...on], again);
  return { ...state, again };
}

// Calls `then` at each of these events of the socket. Several in one moment are one.
export function useEvents(names, then) {
  const latest = useRef(then);
  latest.current = then;
  useEffect(() => {
    let timer = null;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = null;
        latest.current();
      }, 50);
    };
    const ends = names.map((name) => live.on(name, soon));
    return () => {
      clearTimeout(timer);
      ends.forEach((end) => end());
    };
  }, [names.join()]);
}

// Something that a person sets off: {run, isBusy, refusal, clear}. It runs once at a time.
export function useDeed(how) {
  const [state, setState] = useState({ isBusy: false, refusal: null });
  const latest = useRef(how);
  const isBusy = useRef(false);
  latest.current = how;
  const run = useCallback(async (...values) => {
    if (isBusy.current) return undefined;
    isBusy.current = true;
    setState({ isBusy: true, refusal: null });
    try {
      const answer = await latest.current(...values);
      setState({ isBusy: false, refusal: null });
      return answer;
    } catch (refusal) {
      setState({ isBusy: false, refusal });
      return undefined;
    } finally {
      isBusy.current = false;
    }
  }, []);
  return { ...state, run, clear: () => setState({ isBusy: false, refusal: null }) };
}
