// The shell: which view an address means, the navigation, the colours, and whether the server works.

import { get, poll, send } from "./api.js";
import { h, replace } from "./dom.js";
import { recolour } from "./plot.js";
import { announce, failure } from "./states.js";

/**
 * Addresses and their views, each a module with `show(container, parameters) -> stop()`. A view puts its h1 in
 * at once; `parameters` has the names of the pattern, and `query` (URLSearchParams: "#/tools?q=...").
 */
const ROUTES = [
  ["#/runs", "view_runs.js"],
  ["#/runs/:name", "view_run.js"],
  ["#/runs/:name/programs/:program", "view_program.js"],
  ["#/tools", "view_tools.js"],
  ["#/tools/:name", "view_tool.js"],
  ["#/requests", "view_requests.js"],
  ["#/requests/:id", "view_request.js"],
  ["#/models", "view_models.js"],
  ["#/traces", "view_traces.js"],
  ["#/traces/:id", "view_trace.js"],
];
const NAVIGATION = [
  ["Runs", "#/runs"],
  ["Tools", "#/tools"],
  ["Requests", "#/requests"],
  ["Models", "#/models"],
  ["Traces", "#/traces"],
];
const THEMES = ["system", "light", "dark"];
const HEALTH_SECONDS = 10;

const main = document.getElementById("main");
let stop = () => {};
let shown = 0; // counts navigations: a view that loads slowly must not come after the next one

async function navigate() {
  const number = ++shown;
  const isFirst = number === 1;
  stop();
  stop = () => {};
  mark();
  const { module, parameters } = found(window.location.hash);
  const container = h("div", { class: "view" });
  try {
    const view = await import(`./${module}`);
    if (number !== shown) return;
    replace(main, container);
    stop = view.show(container, parameters) ?? (() => {});
  } catch (error) {
    const why = await reason(error);
    if (number !== shown) return;
    replace(main, h("div", null, h("h1", { tabindex: "-1" }, "This page failed"), failure(why, navigate)));
  }
  arrive(isFirst);
}

/** Returns why a view could not be had: where the server is gone or the session over, that, in its own words. */
async function reason(error) {
  try {
    await get("/api/health");
    return error;
  } catch (cause) {
    return cause;
  }
}

/** Names the page and, but for the first one, takes the reader to its heading. */
function arrive(isFirst) {
  const title = main.querySelector("h1");
  document.title = title ? `${title.textContent} – funsearch` : "funsearch";
  if (isFirst) return;
  window.scrollTo(0, 0);
  (title ?? main).focus({ preventScroll: true });
}

function found(hash) {
  const [path, query = ""] = (hash || "#/runs").split("?", 2);
  for (const [pattern, module] of ROUTES) {
    const parameters = matched(pattern.split("/"), path.replace(/\/$/, "").split("/"));
    if (parameters) return { module, parameters: { ...parameters, query: new URLSearchParams(query) } };
  }
  return { module: "view_nowhere.js", parameters: { address: hash } };
}

function matched(pattern, path) {
  if (pattern.length !== path.length) return null;
  const parameters = {};
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at].startsWith(":")) parameters[pattern[at].slice(1)] = decoded(path[at]);
    else if (pattern[at] !== path[at]) return null;
  }
  return parameters;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Marks where the reader is in the navigation. */
function mark() {
  const here = (window.location.hash || "#/runs").split(/[/?]/)[1];
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.hash.split("/")[1] === here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function switchTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("funsearch.theme", next);
  } catch {
    // Storage is closed to this page: the choice lasts until it is left.
  }
  nameTheme();
  announce(`Colours: ${next}`);
  recolour();
}

function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

function nameTheme() {
  const button = document.getElementById("theme");
  replace(button, { system: "◐", light: "☀", dark: "☾" }[theme()]);
  button.setAttribute("aria-label", `Colours: ${theme()}`);
  button.title = `Colours: ${theme()}`;
}

async function signOut() {
  await send("DELETE", "/session");
  window.location.replace("/");
}

function tellHealth(text, kind, why = "") {
  const place = document.getElementById("health");
  if (place.textContent !== text && text) announce(text);
  replace(place, text);
  place.className = `health ${kind}`;
  place.title = why;
}

function watchHealth() {
  poll(
    "/api/health",
    HEALTH_SECONDS,
    (health) => tellHealth(health.ok ? "" : "Requests wait", "wait", health.fault),
    (error) => tellHealth(error.status === 0 ? "Server not reached" : "Server fails", "bad", error.message),
  );
}

function start() {
  replace(
    document.getElementById("nav"),
    NAVIGATION.map(([text, href]) => h("li", null, h("a", { href }, text))),
  );
  document.getElementById("theme").addEventListener("click", switchTheme);
  document.getElementById("sign-out").addEventListener("click", signOut);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // its address would be taken for a view's
    main.focus();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  window.addEventListener("hashchange", navigate);
  nameTheme();
  navigate();
  watchHealth();
}

start();
