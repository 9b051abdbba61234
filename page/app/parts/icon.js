// Icons of one hand: 24 units wide, drawn by their stroke. They say nothing by themselves; a text stands beside.
import { html } from "../view.js";

const paths = {
  car: "M4 16v-4l2-5a2 2 0 0 1 2-1.500h8A2 2 0 0 1 18 7l2 5v4a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM4.500 12h15M7.500 17v2M16.500 17v2M7.500 14.500h1M15.500 14.500h1",
  bookings: "M5 6h14v14H5zM5 10h14M9 3v4M15 3v4M9 14h2M13 14h2",
  people: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.500a6.500 6.500 0 0 1 3.500 5.500",
  message: "M4 5h16v11H9l-5 4z",
  me: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
  overview: "M4 4h7v7H4zM13 4h7v4h-7zM13 10h7v10h-7zM4 13h7v7H4z",
  repair: "M14.500 6.500a4 4 0 0 1 5-4l-2.500 2.500 2 2 2.500-2.500a4 4 0 0 1-5.500 4.500L7 18.500A2 2 0 1 1 4 15.500l8-7.500a4 4 0 0 1 2.500-1.500z",
  timeline: "M4 6h9M8 12h10M5 18h8M4 3v18",
  building: "M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3",
  bot: "M6 9h12v10H6zM12 9V5M12 5h.010M9 13v2M15 13v2M3 12v4M21 12v4",
  service: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.100 2.100M16.300 16.300l2.100 2.100M5.600 18.400l2.100-2.100M16.300 7.700l2.100-2.100",
  file: "M6 3h8l4 4v14H6zM14 3v5h4",
  client: "M3 5h18v11H3zM8 20h8M12 16v4",
  log: "M5 5h14M5 10h14M5 15h9M5 20h6",
  figures: "M4 20V4M4 20h16M8 16l4-5 3 3 5-7",
  report: "M5 20V11M12 20V4M19 20v-6M3 20h18",
  console: "M3 5h18v14H3zM7 9l3 3-3 3M13 15h4",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  unlock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 5.800-1",
  fuel: "M5 21V4h9v17M3 21h13M5 10h9M14 8h2.500A1.500 1.500 0 0 1 18 9.500V16a1.500 1.500 0 0 0 3 0V9l-2-2.500",
  place: "M12 21c5-5.500 7-8.500 7-11a7 7 0 0 0-14 0c0 2.500 2 5.500 7 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3v18M12 3a9 9 0 0 1 0 18",
  out: "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
  face: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M9 10v1M15 10v1M9 15a4 4 0 0 0 6 0",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    <path d=${paths[name] ?? ""} />
  </svg>`;
}
