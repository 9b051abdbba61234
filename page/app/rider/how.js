// How a session began or ended, and what it runs in, in words.
import { t } from "../texts/index.js";

const BEGAN = ["password", "key", "guest", "beside"];
const ENDED = ["self", "elsewhere", "operator", "password", "provider"];

// Anything else is the name of a provider.
export const howBegan = (how) => (BEGAN.includes(how) ? t(`sessions.how.${how}`) : t("sessions.how.provider", { name: how }));

export const howEnded = (how) => (ENDED.includes(how) ? t(`log.ended.${how}`) : how);

const BROWSERS = [["Firefox", /Firefox\//], ["Edge", /Edg\//], ["Chrome", /Chrome\//], ["Safari", /Safari\/|iPhone|iPad/]];
const SYSTEMS = [["Android", /Android/], ["iPhone", /iPhone/], ["iPad", /iPad/], ["Windows", /Windows/], ["Mac", /Mac OS/], ["Linux", /Linux/]];

const found = (list, text) => list.find(([, pattern]) => pattern.test(text))?.[0];

// What a browser says of itself is long and says little.
export function softwareName(software) {
  if (!software) return t("sessions.unknown");
  if (!software.startsWith("Mozilla/")) return software;
  const [browser, system] = [found(BROWSERS, software), found(SYSTEMS, software)];
  if (!browser) return t("sessions.browser");
  return system ? t("sessions.browser_on", { browser, system }) : browser;
}
