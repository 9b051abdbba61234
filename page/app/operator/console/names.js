// Names for completion, asked when the first line wants them and kept for some seconds.
import { useCallback, useRef, useState } from "../../view.js";
import { call } from "../../server/http.js";

const FRESH_MS = 10_000;

const ways = {
  cars: async () => (await call("s.cars")).map((one) => one.car),
  users: async () => (await call("s.users")).map((one) => one.user),
  clients: async () => (await call("s.clients")).map((one) => one.name),
  buildings: async () => (await call("s.buildings")).buildings.map((one) => one.building),
  groups: async () => (await call("s.groups")).map((one) => one.group),
  bots: async () => (await call("s.bots")).map((one) => one.bot),
  services: async () => (await call("s.services_info")).map((one) => one.name),
};

export function useCompletionNames() {
  const [names, setNames] = useState({});
  const asked = useRef({});
  const want = useCallback(async (source) => {
    if (!ways[source] || Date.now() - (asked.current[source] ?? 0) < FRESH_MS) return;
    asked.current[source] = Date.now();
    try {
      const words = await ways[source]();
      setNames((before) => ({ ...before, [source]: words }));
    } catch {
      // Who may not list them writes them by hand.
    }
  }, []);
  return { names, want };
}
