// Who is signed in in this browser, what they may, and what the page knows of the server.
import { cell } from "./cell.js";

// undefined: not known yet; null: nobody; else {user, user_id, permissions, …}, as `s.whoami` answers.
export const me = cell(undefined);
// {server, version, first_run, faces, tiles?, tiles_by?}
export const settings = cell(null);
// {providers: [{name, begin}], signup}
export const ways = cell(null);

export function signedOut() {
  me.set(null);
}

export function may(who, permission) {
  return Boolean(who?.permissions?.includes(permission));
}
