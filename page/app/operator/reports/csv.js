// Figures as a file for a spreadsheet. A cell that it would take for a formula begins with an apostrophe, as the server's files do.
import { html } from "../../view.js";
import { Button } from "../../parts/controls.js";

const FORMULA = /^[=+\-@\t\r]/;

function cell(value) {
  const text = String(value ?? "");
  const safe = typeof value === "string" && FORMULA.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export const csv = (heads, rows) => [heads, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The server's own file where it has one, else made here of what is shown.
export function csvLink(name, text, from) {
  return from
    ? html`<a class="button small" href=${from} download=${name}>CSV</a>`
    : html`<${Button} kind="small" onClick=${() => save(name, text)}>CSV<//>`;
}
