// Exchanges with language models: sums as a plot, and the newest ones in a list.

import { get, withQuery } from "./api.js";
import { append, h, replace } from "./dom.js";
import { badge, heading, number, pager, section, table, when } from "./parts.js";
import { draw, erase } from "./plot.js";
import { empty, failure, fill, loading } from "./states.js";

const PAGE = 25;

export function show(container, { query }) {
  const state = { purpose: query.get("purpose") ?? "", offset: 0 };
  const plot = h("div");
  const sums = h("div");
  const list = h("div");
  const filter = h("select", {
    onchange: () => Object.assign(state, { purpose: filter.value, offset: 0 }) && look(),
  });
  let round = 0;
  append(
    container,
    heading("Traces"),
    h("p", { class: "lead" }, "What was said to and by language models, and what became of it."),
    sums,
    section("Exchanges", h("div", { class: "toolbar" }, h("label", null, "Purpose", filter)), list),
  );

  async function look() {
    const mine = ++round;
    if (!list.childElementCount) replace(list, loading());
    try {
      const page = await get(
        withQuery("/api/traces", { purpose: state.purpose, offset: state.offset, limit: PAGE }),
      );
      if (mine !== round) return;
      fillFilter(filter, page.purposes, state.purpose);
      replace(
        list,
        listed(page, (offset) => ((state.offset = offset), look())),
      );
    } catch (error) {
      if (mine === round) replace(list, failure(error, look));
    }
  }

  look();
  fill(
    sums,
    () => get("/api/trace-figures"),
    (found) => sumPart(found, plot),
  ).then(() => plot.isConnected && drawn(plot));
  return () => {
    round += 1;
    erase(plot);
  };
}

function drawn(plot) {
  draw(plot, plot.figure);
}

function sumPart(found, plot) {
  if (!found.sums.length) return null;
  plot.figure = found.plot;
  const total = (name) => found.sums.reduce((sum, one) => sum + one[name], 0);
  const rows = found.sums.map((one) => [
    one.purpose,
    one.backend,
    number(one.exchanges),
    number(one.failed),
    number(one.accepted),
    number(one.rejected),
    number(one.prompt_tokens),
    number(one.completion_tokens),
    number(one.seconds / one.exchanges, 3),
  ]);
  const columns = [
    "Purpose",
    "Model",
    ...["Exchanges", "Failed", "Accepted", "Rejected", "Read", "Written", "Seconds each"].map((text) => ({
      text,
      numeric: true,
    })),
  ];
  return [
    h(
      "dl",
      { class: "figures" },
      [
        ["exchanges", total("exchanges")],
        ["failed", total("failed")],
        ["tokens read", total("prompt_tokens")],
        ["tokens written", total("completion_tokens")],
      ].map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, number(value)))),
    ),
    !found.is_whole &&
      h(
        "p",
        { class: "notice" },
        "Only the newest exchanges are counted; `funsearch traces stats` counts all.",
      ),
    section(
      "Tokens by purpose and model",
      plot,
      h(
        "details",
        null,
        h("summary", null, "All sums"),
        table({ caption: "Sums by purpose and model", columns, rows }),
      ),
    ),
  ];
}

function fillFilter(filter, purposes, chosen) {
  const options = Object.entries(purposes).map(([purpose, count]) =>
    h("option", { value: purpose, selected: purpose === chosen }, `${purpose} (${count})`),
  );
  replace(filter, h("option", { value: "", selected: chosen === "" }, "all"), options);
}

function listed(page, onPage) {
  if (!page.kept) return empty("Exchanges are not kept: FUNSEARCH_TRACES is off.");
  if (!page.exchanges.length)
    return empty("No exchange is kept yet; a run or a request that asks a model makes them.");
  const columns = [
    "When",
    "Purpose",
    "Model",
    { text: "Tokens", numeric: true },
    { text: "Seconds", numeric: true },
    "Outcome",
    "Reply",
  ];
  const rows = page.exchanges.map((trace) => [
    h("a", { href: `#/traces/${encodeURIComponent(trace.id)}` }, when(trace.at)),
    h("span", { class: "clamp" }, trace.purpose),
    h("span", { class: "clamp" }, trace.backend),
    number(Object.values(trace.usage).reduce((sum, count) => sum + count, 0)),
    number(trace.seconds, 3),
    outcomeBadge(trace),
    h("span", { class: "clamp value" }, trace.error || trace.reply),
  ]);
  return [
    table({ caption: "Exchanges, the newest first", columns, rows }),
    pager({ offset: page.offset, limit: PAGE, total: page.total, onPage }),
    !page.is_whole &&
      h("p", { class: "soft" }, "Older exchanges are on disk; `funsearch traces list` reads them all."),
  ];
}

/** Returns what became of an exchange. */
export function outcomeBadge(trace) {
  if (trace.error) return badge("failed", "bad");
  const told = trace.outcomes.map(({ accepted, score }) => [
    accepted === true ? "accepted" : accepted === false ? "rejected" : "told",
    score,
  ]);
  if (!told.length) return "–";
  return told
    .slice(0, 3)
    .map(([words, score]) => [
      badge(
        score === null ? words : `${words} ${number(score)}`,
        { accepted: "good", rejected: "wait" }[words],
      ),
      " ",
    ]);
}
