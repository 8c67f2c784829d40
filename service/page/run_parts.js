// What the views of runs share.

import { h, replace } from "./dom.js";
import { badge } from "./parts.js";

const STATES = {
  running: ["running", "busy"],
  finished: ["finished", "good"],
  interrupted: ["interrupted", "wait"],
  stopped: ["stopped", "plain"],
  damaged: ["damaged", "bad"],
};

/** Returns where a run is, in a word. */
export function runBadge(state) {
  const [words, kind] = STATES[state] ?? [state, "plain"];
  return badge(words, kind);
}

/** Returns the address of a run's page, or of one of its programs. */
export function addressOf(run, program) {
  const place = `#/runs/${encodeURIComponent(run)}`;
  return program === undefined || program === null ? place : `${place}/programs/${program}`;
}

/** Returns a link to a program. */
export function programLink(run, program, text) {
  return h("a", { href: addressOf(run, program) }, text ?? (program === 0 ? "initial" : `#${program}`));
}

/** Returns a number of something in words, whole and with its thousands apart. */
export function count(value) {
  return value === null || value === undefined ? "" : value.toLocaleString();
}

/** Returns seconds as people say them. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 60) return `${seconds.toLocaleString(undefined, { maximumSignificantDigits: 3 })} s`;
  const whole = Math.round(seconds);
  const parts = [[Math.floor(whole / 3600), "h"], [Math.floor((whole % 3600) / 60), "min"], [whole % 60, "s"]];
  const first = parts.findIndex(([value]) => value > 0);
  return parts.slice(first, first + 2).map(([value, unit]) => `${value} ${unit}`).join(" ");
}

/** Returns a score as the task words it, with the bare number on hover where these differ. */
export function scored(shown, score) {
  if (score === null || score === undefined) return "–";
  const bare = String(score);
  return h("span", { class: "score", title: bare === shown ? null : bare }, shown);
}

/**
 * Returns a function that fills a node with what `make` gives for a value, but only when the value is another
 * one; focus and scrolling stay where they were.
 */
export function renewed(node, make) {
  let before = null;
  return (value) => {
    const now = JSON.stringify(value);
    if (now === before) return;
    before = now;
    const href = node.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const scrolled = [...node.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    replace(node, make(value));
    node.querySelectorAll(".scroll").forEach((one, at) => (one.scrollLeft = scrolled[at] ?? 0));
    if (href) node.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
  };
}
