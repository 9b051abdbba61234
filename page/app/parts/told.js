// Refusals in the words and the time zone of who reads them.
import { html } from "../view.js";
import { Refusal } from "../server/refusal.js";
import { t, refusalText, when } from "../texts/index.js";

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g;

export const localTimes = (text) => text.replace(INSTANT, (instant) => when(instant));

export const toldRefusal = (refusal) => localTimes(refusalText(refusal));

// Where the one thing that may be wrong is the password that was given as proof.
export const withProof = (promise) =>
  promise.catch((refusal) => {
    if (refusal.code !== "bad_login") throw refusal;
    throw new Refusal({ ...refusal, code: "wrong_proof", message: t("told.wrong_proof") });
  });

export function Told({ refusal, children }) {
  if (!refusal) return null;
  return html`<div class="note bad" role="alert"><p>${toldRefusal(refusal)}</p>${children}</div>`;
}
