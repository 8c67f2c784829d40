// The tool bank: search as you type, and all tools a page at a time.

import { get, withQuery } from "./api.js";
import { append, h, replace } from "./dom.js";
import { badge, heading, number, pager } from "./parts.js";
import { announce, empty, failure, loading } from "./states.js";

const TYPING_PAUSE = 250; // milliseconds
const PAGE = 25;
const MATCHES = 12;
const STATUSES = ["active", "provisional", "candidate", "shadow", "quarantined", "retired"];

export function show(container, { query }) {
  const state = { text: query.get("q") ?? "", status: query.get("status") ?? "", offset: 0 };
  const results = h("div", { "aria-live": "off" });
  let round = 0;
  let typing = 0;

  const field = h("input", {
    type: "search",
    id: "tool-search",
    value: state.text,
    placeholder: "Convert '1h30m' to seconds",
    autocomplete: "off",
    spellcheck: "false",
  });
  field.addEventListener("input", () => {
    state.text = field.value;
    window.clearTimeout(typing);
    typing = window.setTimeout(look, TYPING_PAUSE);
  });
  const filter = h("select", {
    id: "tool-status",
    onchange: () => Object.assign(state, { status: filter.value, offset: 0 }) && look(),
  });
  fillFilter(filter, {}, state.status);

  append(
    container,
    heading("Tools"),
    h(
      "p",
      { class: "lead" },
      "What the engine has grown. Say what a tool should do; the best match comes first.",
    ),
    h(
      "form",
      { class: "toolbar", role: "search", onsubmit: (event) => event.preventDefault() || look() },
      h("label", { class: "wide" }, "Search", field),
      h("label", null, "Status", filter),
    ),
    results,
  );

  async function look() {
    const mine = ++round;
    window.clearTimeout(typing);
    const text = state.text.trim();
    filter.disabled = text !== "";
    remember(state);
    if (!results.childElementCount) replace(results, loading());
    results.setAttribute("aria-busy", "true");
    try {
      const found = text
        ? await matches(text)
        : await listed(state, filter, (offset) => ((state.offset = offset), look()));
      if (mine !== round) return;
      replace(results, found.nodes);
      announce(found.words);
    } catch (error) {
      if (mine === round) replace(results, failure(error, look));
    } finally {
      if (mine === round) results.removeAttribute("aria-busy");
    }
  }

  look();
  return () => {
    round += 1;
    window.clearTimeout(typing);
  };
}

async function matches(text) {
  const found = await get(withQuery("/api/tool-search", { q: text, k: MATCHES }));
  const words = found.length ? `${found.length} tools found` : "No tool found";
  const nodes = found.length
    ? cards(found.map(({ tool, score }) => card(tool, score)))
    : empty(
        "No served tool fits. A request can have one made.",
        h("a", { href: "#/requests" }, "To the requests"),
      );
  return { nodes, words };
}

async function listed(state, filter, onPage) {
  const page = await get(
    withQuery("/api/tools", { status: state.status, offset: state.offset, limit: PAGE }),
  );
  fillFilter(filter, page.counts, state.status);
  const words = `${page.total} tools`;
  if (!page.tools.length) {
    const what = state.status ? `No tool is ${state.status}.` : "The bank has no tools yet.";
    return {
      nodes: empty(
        what,
        !state.status && h("p", null, h("code", null, "funsearch evolve"), " grows one, and so do requests."),
      ),
      words: what,
    };
  }
  const pages = pager({
    offset: page.offset,
    limit: PAGE,
    total: page.total,
    onPage,
    names: ["Previous", "Next"],
  });
  return { nodes: [cards(page.tools.map((tool) => card(tool))), pages], words };
}

function cards(items) {
  return h(
    "ul",
    { class: "cards" },
    items.map((item) => h("li", null, item)),
  );
}

function card(tool, score = null) {
  return h(
    "article",
    { class: "card" },
    h(
      "h2",
      null,
      h("a", { href: `#/tools/${encodeURIComponent(tool.name)}` }, tool.name),
      badge(tool.status, kindOf(tool.status)),
    ),
    h("p", { class: "clamp" }, tool.description),
    h(
      "div",
      { class: "meta" },
      h("span", { class: "signature" }, tool.signature),
      score !== null && h("span", null, `match ${score.toFixed(2)}`),
      Object.entries(tool.scores)
        .slice(0, 3)
        .map(([name, value]) => h("span", null, `${name} ${number(value)}`)),
    ),
  );
}

/** Returns the colour of a status. */
export function kindOf(status) {
  return (
    {
      active: "good",
      provisional: "busy",
      quarantined: "bad",
      retired: "plain",
      candidate: "wait",
      shadow: "busy",
    }[status] ?? "plain"
  );
}

function fillFilter(filter, counts, chosen) {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const options = STATUSES.map((status) =>
    h(
      "option",
      { value: status, selected: status === chosen },
      `${status}${counts[status] ? ` (${counts[status]})` : ""}`,
    ),
  );
  replace(filter, h("option", { value: "", selected: chosen === "" }, all ? `all (${all})` : "all"), options);
}

/** Keeps what is looked for in the address, so that it can be come back to; no navigation follows. */
function remember(state) {
  const address = withQuery("#/tools", { q: state.text.trim(), status: state.status });
  window.history.replaceState(null, "", address);
}
