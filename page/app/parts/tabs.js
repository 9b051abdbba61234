// The parts of a room, as links: each has an address of its own, so the back button works.
import { html } from "../view.js";
import { href } from "../route.js";

// `tabs` is a list of [parts of the path, text, count?].
export function Tabs({ label, tabs, here }) {
  return html`<nav class="choices tabs no-print" aria-label=${label}>
    ${tabs.map(([path, text, count]) => html`<a key=${path.join("/")} href=${href(path)} aria-current=${path.join("/") === here.join("/") ? "page" : undefined}>
      ${text}${count > 0 && html` <span class="badge">${count > 99 ? "99+" : count}</span>`}
    </a>`)}
  </nav>`;
}
