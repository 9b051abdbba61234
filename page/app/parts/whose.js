// Tells password managers whose password a form is about; nobody sees it.
import { html } from "../view.js";

export const Whose = ({ user }) => html`<input type="text" name="username" autocomplete="username" value=${user} readonly hidden />`;
