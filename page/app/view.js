// The view library under the names that the rest of the page uses: one place to change when it changes.
import { h, render, Fragment } from "../vendor/preact.js";
import { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useId } from "../vendor/preact-hooks.js";
import htm from "../vendor/htm.js";

export const html = htm.bind(h);
export { h, render, Fragment, useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useId };
