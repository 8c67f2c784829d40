// Requests: filing one, and those on file with their states, live.

import { get, send, withQuery } from "./api.js";
import { append, h, replace } from "./dom.js";
import { gathered, newId, watch } from "./live.js";
import { badge, heading, pager, when } from "./parts.js";
import { announce, empty, failure, loading } from "./states.js";

const PAGE = 25;
const STATES = {
  NOT_STARTED: ["not started", "plain"],
  IN_PROGRESS: ["in progress", "busy"],
  WAITING_FEEDBACK: ["waits for you", "wait"],
  SUCCEEDED: ["succeeded", "good"],
  FAILED: ["failed", "bad"],
  CANCELED: ["canceled", "plain"],
};

/** Returns a state in words and colour. */
export function stateBadge(state) {
  const [words, kind] = STATES[state] ?? [state, "plain"];
  return badge(words, kind);
}

export function show(container, { query }) {
  const state = { filter: query.get("state") ?? "", offset: 0 };
  const list = h("div");
  let round = 0;
  const filter = h(
    "select",
    { onchange: () => Object.assign(state, { filter: filter.value, offset: 0 }) && look() },
    filterOptions(state.filter),
  );
  const form = newRequest();

  append(
    container,
    heading("Requests"),
    h(
      "p",
      { class: "lead" },
      "Say what is to be reached. The agent plans, calls tools, has missing ones made, and asks where it must.",
    ),
    h("details", { class: "block", id: "new-request" }, h("summary", null, "New request"), form),
    h("div", { class: "toolbar" }, h("label", null, "Show", filter)),
    list,
  );

  async function look() {
    const mine = ++round;
    if (!list.childElementCount) replace(list, loading());
    try {
      const page = await get(
        withQuery("/api/requests", { state: state.filter, offset: state.offset, limit: PAGE }),
      );
      if (mine === round) draw(page);
    } catch (error) {
      if (mine === round) replace(list, failure(error, look));
    }
  }

  /** Puts the page in, the focus staying on the link that had it. */
  function draw(page) {
    const focused = list.contains(document.activeElement)
      ? document.activeElement.getAttribute("href")
      : null;
    const pages = pager({
      offset: state.offset,
      limit: PAGE,
      total: page.total,
      onPage: (offset) => ((state.offset = offset), look()),
    });
    replace(
      list,
      page.requests.length
        ? [h("ul", { class: "cards wide" }, page.requests.map(card)), pages]
        : nothing(state.filter),
    );
    if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  look();
  const unwatch = watch(null, gathered(look, 300));
  return () => {
    round += 1;
    unwatch();
  };
}

function nothing(filter) {
  if (filter) return empty("No such request.");
  const open = () => {
    const details = document.getElementById("new-request");
    details.open = true;
    details.querySelector("textarea")?.focus();
  };
  return empty(
    "There are no requests yet.",
    h("button", { type: "button", class: "primary", onclick: open }, "File the first one"),
  );
}

function filterOptions(chosen) {
  const all = [
    ["", "all"],
    ["OPEN", "open"],
    ["ENDED", "ended"],
    ...Object.entries(STATES).map(([name, [words]]) => [name, words]),
  ];
  return all.map(([value, words]) => h("option", { value, selected: value === chosen }, words));
}

function card(request) {
  return h(
    "li",
    null,
    h(
      "article",
      { class: "card" },
      h(
        "h2",
        null,
        h("a", { href: `#/requests/${encodeURIComponent(request.id)}` }, brief(request.objective)),
        stateBadge(request.state),
      ),
      h(
        "div",
        { class: "meta" },
        h("span", null, "Changed ", when(request.changed)),
        h("code", null, request.id),
      ),
    ),
  );
}

/** Returns an objective as a title. */
export function brief(objective, longest = 140) {
  const line = objective.replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

// Filing one

function newRequest() {
  const objective = h("textarea", {
    name: "objective",
    rows: "3",
    required: true,
    maxlength: "20000",
    placeholder: "How many seconds are 2d4h?",
  });
  const requirements = h("textarea", {
    name: "requirements",
    rows: "2",
    class: "mono",
    placeholder: "answer > 0",
  });
  const constraints = h("textarea", { name: "constraints", rows: "2", placeholder: "at most 5 steps" });
  const documents = h("textarea", {
    name: "documents",
    rows: "2",
    class: "mono",
    placeholder: "/data/prices.csv",
  });
  const told = h("div");
  const button = h("button", { class: "primary" }, "File the request");
  const form = h(
    "form",
    null,
    labelled("What is to be reached?", objective),
    labelled(
      "Requirements",
      requirements,
      "What must be true of the answer: one a line, a Python expression of `answer` or words.",
    ),
    labelled(
      "Constraints",
      constraints,
      "What the work must keep to: one a line, such as “within 2 minutes” or “never use the tool X”.",
    ),
    h(
      "details",
      null,
      h("summary", null, "Documents"),
      labelled(
        "Documents",
        documents,
        "Files and folders on the server's machine, one absolute path a line.",
      ),
    ),
    h("div", { class: "buttons" }, button),
    told,
  );
  let id = newId(); // the same until it is filed: filing twice is filing once
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    replace(told);
    try {
      const wish = {
        id,
        objective: objective.value,
        requirements: lines(requirements),
        constraints: lines(constraints),
        documents: lines(documents),
      };
      const filed = await send("POST", "/api/requests", wish);
      announce("The request is filed");
      window.location.hash = `#/requests/${encodeURIComponent(filed.id)}`;
    } catch (error) {
      if (error.status !== 0) id = newId();
      replace(told, failure(error));
      button.disabled = false;
    }
  });
  return form;
}

function labelled(text, input, hint = null) {
  if (!hint) return h("label", null, text, input);
  const id = `${input.name}-hint`;
  input.setAttribute("aria-describedby", id);
  return h("label", null, text, input, h("span", { class: "hint", id }, hint));
}

function lines(field) {
  return field.value
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
