// Light, dark, or as the device has it. Kept in this browser.
import { kept } from "./state/cell.js";

export const theme = kept("theme", "auto");

export function showTheme() {
  const show = (value) => {
    if (value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
  };
  show(theme.get());
  theme.watch(show);
}
