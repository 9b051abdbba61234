// A value that parts of the page watch. Nothing here knows of the server or of the view but for `useCell`.
import { useState, useEffect } from "../view.js";

export function cell(first) {
  let value = first;
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher(value);
    },
    change(how) {
      this.set(how(value));
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

// The value of a cell; the part is drawn again when it changes.
export function useCell(watched) {
  const [value, setValue] = useState(watched.get());
  useEffect(() => {
    setValue(() => watched.get());
    return watched.watch((next) => setValue(() => next));
  }, [watched]);
  return value;
}

// A cell whose value outlives the tab. What cannot be read is as if it were not there.
export function kept(name, first) {
  let value = first;
  try {
    const text = localStorage.getItem(`motorpool.${name}`);
    if (text !== null) value = JSON.parse(text);
  } catch {
    value = first;
  }
  const made = cell(value);
  made.watch((next) => {
    try {
      localStorage.setItem(`motorpool.${name}`, JSON.stringify(next));
    } catch {
      // A browser that keeps nothing shows the first value at the next visit.
    }
  });
  return made;
}
