// In and out: the cookie of the session is the server's, no script sees it.
import { ask, call, get } from "./http.js";
import { live } from "./live.js";
import { me, settings, ways } from "../state/session.js";
import { Refusal } from "./refusal.js";

// Whether somebody is signed in by cookie. A guest is nobody here.
export async function look() {
  const who = await call("s.whoami").catch((refused) => {
    if (refused instanceof Refusal && refused.status >= 400 && refused.status < 500) return null;
    throw refused;
  });
  me.set(who?.user_id ? who : null);
}

export async function begin() {
  const [told, how] = await Promise.all([get("/page/settings.json"), get("/auth")]);
  settings.set(told);
  ways.set(how);
  await look();
}

export async function signIn(username, password) {
  await ask("/api/v1/session", { body: { username, password, cookie: true } });
  await look();
}

export async function signOut() {
  live.stop();
  const answer = await ask("/auth/signout", { headers: { "X-Motorpool": "page" } });
  me.set(null);
  if (answer?.end_session) location.assign(answer.end_session);
}
