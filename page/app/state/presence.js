// Events `presence` of everybody, for as long as a room wants them: who comes and who goes is seen at once, not at the next look.
import { useEffect } from "../view.js";
import { live } from "../server/live.js";

let wanted = 0;

// One watch for all parts that are seen. Who may not, or is not connected, looks every few seconds as before.
function ask(command) {
  live.call(command).catch(() => {});
}

export function usePresence() {
  useEffect(() => {
    wanted += 1;
    if (wanted === 1) ask("s.watchpeople");
    const end = live.on("welcome", () => ask("s.watchpeople"));
    return () => {
      end();
      wanted -= 1;
      if (wanted === 0) ask("s.unwatchpeople");
    };
  }, []);
}
