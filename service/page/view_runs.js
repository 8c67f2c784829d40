// The runs, those at work among them, the one that was written last first.

import { poll, withQuery } from "./api.js";
import { append, h, replace } from "./dom.js";
import { heading, pager, table, when } from "./parts.js";
import { addressOf, count, renewed, runBadge, scored } from "./run_parts.js";
import { empty, failure, loading } from "./states.js";

const PAGE = 25;
const SECONDS = 3;

export function show(container) {
  const state = { offset: 0 };
  const list = h("div", null, loading());
  let stop = () => {};
  let renew = renewed(list, (page) => listed(page, turn));
  append(container, heading("Runs"), h("p", { class: "lead" }, "What has been evolved, and what is being evolved now."), list);

  function turn(offset) {
    state.offset = offset;
    look();
  }

  function look() {
    stop();
    stop = poll(
      () => withQuery("/api/runs", { offset: state.offset, limit: PAGE }),
      SECONDS,
      (page) => renew(page),
      (error) => {
        renew = renewed(list, (page) => listed(page, turn)); // what comes next replaces the failure
        replace(list, failure(error, look));
      },
    );
  }

  look();
  return () => stop();
}

function listed(page, onPage) {
  if (!page.total) {
    return empty("There are no runs yet.", h("p", null, "Start one with ", h("code", null, "funsearch evolve bin_packing_or --minutes 5"), "; it shows here as it goes."));
  }
  const columns = ["Run", "State", "Task", { text: "Evaluations", numeric: true }, { text: "Best score", numeric: true }, "Samplers", { text: "Seed", numeric: true }, "Last written"];
  return [
    table({ caption: "Runs, the one that was written last first", columns, rows: page.runs.map(row) }),
    pager({ offset: page.offset, limit: PAGE, total: page.total, onPage }),
  ];
}

function row(run) {
  const name = h("a", { href: addressOf(run.name) }, run.name);
  const written = when(new Date(run.changed * 1000).toISOString());
  if (run.state === "damaged") {
    const why = h("details", null, h("summary", null, "Why"), h("p", { class: "value" }, run.damage));
    return [name, [runBadge(run.state), why], "–", "–", "–", "–", "–", written];
  }
  return [
    name,
    [runBadge(run.state), run.ended && h("small", { class: "ended" }, run.ended)],
    run.strategy === "evolution" ? run.task : `${run.task} (${run.strategy})`,
    count(run.evaluations),
    scored(run.best_shown, run.best_score),
    run.samplers.join(", "),
    String(run.seed),
    written,
  ];
}
