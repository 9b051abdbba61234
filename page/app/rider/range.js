// A watch of my range: who is within it, live, as far as they let me see them. It is a watch of this connection.
import { useState, useEffect } from "../view.js";
import { live } from "../server/live.js";

function applied(people, told) {
  const next = new Map(people);
  if (told.what === "leave") next.delete(told.user_id);
  else next.set(told.user_id, { user: told.user, user_id: told.user_id, distance_m: told.distance_m, latitude: told.latitude, longitude: told.longitude, blur_m: told.blur_m });
  return next;
}

const nearest = (people) => [...people.values()].sort((one, other) => (one.distance_m ?? 0) - (other.distance_m ?? 0));

// {people, isOn, refusal}. `key` says when the range is another one, so that it is watched anew.
export function useRange(isWanted, key) {
  const [state, setState] = useState({ watch: null, byWatch: new Map(), refusal: null });
  useEffect(() => {
    if (!isWanted) return undefined;
    let [isGone, mine] = [false, null];
    // Events may overtake the answer that names their watch, so each watch is kept by its number.
    const hear = (told) => {
      if (told.user_id === undefined && told.what !== "ended") return;
      setState((now) => {
        if (told.what === "ended") return now.watch === told.watch ? { ...now, watch: null } : now;
        const byWatch = new Map(now.byWatch).set(told.watch, applied(now.byWatch.get(told.watch) ?? new Map(), told));
        return { ...now, byWatch };
      });
    };
    const begin = async () => {
      setState({ watch: null, byWatch: new Map(), refusal: null });
      try {
        const { watch } = await live.call("s.watchrange", { of: "people" });
        if (isGone) return void live.call("s.unwatchrange", { watch }).catch(() => undefined);
        mine = watch;
        setState((now) => ({ ...now, watch }));
      } catch (refusal) {
        if (!isGone) setState((now) => ({ ...now, refusal }));
      }
    };
    const ends = [live.on("range", hear), live.on("welcome", begin), live.on("away", () => setState((now) => ({ ...now, watch: null })))];
    if (live.state.get() === "on") begin();
    return () => {
      isGone = true;
      ends.forEach((end) => end());
      if (mine !== null) live.call("s.unwatchrange", { watch: mine }).catch(() => undefined);
    };
  }, [isWanted, key]);
  const people = state.byWatch.get(state.watch);
  return { people: people ? nearest(people) : [], isOn: state.watch !== null, refusal: state.refusal };
}
