// What stands where nothing can be shown yet, nothing is there, or something went wrong.

import { h, replace } from "./dom.js";

/** Returns what stands where something is on its way; screen readers hear it once. */
export function loading(text = "Loading…") {
  return h(
    "div",
    { class: "state loading", role: "status" },
    h("span", { class: "spinner", "aria-hidden": "true" }),
    text,
  );
}

/** Returns what stands where there is nothing, with what to do about it. */
export function empty(text, ...more) {
  return h("div", { class: "state empty" }, h("p", null, text), ...more);
}

/** Returns what stands where something failed, with a button where it can be tried again. */
export function failure(error, onRetry) {
  return h(
    "div",
    { class: "state failure", role: "alert" },
    h("p", null, error instanceof Error ? error.message : String(error)),
    onRetry && h("button", { type: "button", onclick: onRetry }, "Try again"),
  );
}

/** Has screen readers say something, when they have finished with what they are at. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}

/**
 * Fills a node with what a promise gives: a sign of waiting, then what `render` makes of the value, or the
 * failure with a way to try again.
 */
export async function fill(node, load, render) {
  replace(node, loading());
  node.setAttribute("aria-busy", "true");
  try {
    const value = await load();
    replace(node, render(value));
  } catch (error) {
    if (error.name !== "AbortError")
      replace(node, failure(error, error.status === 404 ? null : () => fill(node, load, render)));
  } finally {
    node.removeAttribute("aria-busy");
  }
}
