// A list of the server that is shown page by page and asked anew while it is looked at: who opened three pages keeps three.
import { html, useRef, useState } from "../view.js";
import { useWhole } from "../state/whole.js";
import { Button } from "./controls.js";
import { t } from "../texts/index.js";

// {rows, more, answer, refusal, isAsking, again}: `more` is a button, or nothing at the end. `how` as in state/whole.js.
export function useList(command, args, how, options) {
  const pages = useRef({ of: "", count: 1 });
  const [isMore, setIsMore] = useState(false);
  const key = JSON.stringify([command, args]);
  if (pages.current.of !== key) pages.current = { of: key, count: 1 };
  const asked = useWhole(command, args, { ...how, get pages() { return pages.current.count; } }, options);
  const goOn = async () => {
    pages.current.count += 1;
    setIsMore(true);
    await asked.again();
    setIsMore(false);
  };
  const more = asked.next && html`<${Button} kind="wide" isBusy=${isMore} onClick=${goOn}>${t("do.more")}<//>`;
  return { ...asked, rows: asked.answer ?? [], more };
}

const SHOWN = 60;

// Rows that are all here, some at a time: {shown, rest}, where `rest` is a button, or nothing when all are shown.
export function useShown(rows) {
  const [count, setCount] = useState(SHOWN);
  const rest = rows.length > count && html`<${Button} kind="wide" onClick=${() => setCount(count + SHOWN)}>${t("do.more")}<//>`;
  return { shown: rows.slice(0, count), rest };
}
