// Where in the page one is, by the fragment: `#/cars/3?from=…`. So the server has one page and the back button works.
import { cell } from "./state/cell.js";

// An address that somebody typed may be none.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return {
    parts: path.split("/").filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export const route = cell(read());

addEventListener("hashchange", () => route.set(read()));

export function href(parts, query) {
  const path = [].concat(parts).map(encodeURIComponent).join("/");
  const text = new URLSearchParams(query).toString();
  return `#/${path}${text && `?${text}`}`;
}

export function go(parts, query) {
  location.hash = href(parts, query);
}
