// One run: where it is, its curves, who found what, elites, programs. While it runs, all of it is live.

import { get, poll, withQuery } from "./api.js";
import { append, h, replace } from "./dom.js";
import { facts, heading, pager, section, table, trail } from "./parts.js";
import { prepare } from "./plot.js";
import { Plots } from "./run_plots.js";
import { addressOf, count, duration, programLink, renewed, runBadge, scored } from "./run_parts.js";
import { announce, empty, failure, fill, loading } from "./states.js";

const LIVE_SECONDS = 1;
const IDLE_SECONDS = 10; // of a run that has ended: it may be resumed
const PAGE = 25;

export function show(container, { name }) {
  prepare();
  const place = `/api/runs/${encodeURIComponent(name)}`;
  const state = h("span");
  const head = h("div", null, loading());
  const details = h("div");
  const rest = h("div");
  const plots = new Plots(place, name);
  let version = "";
  let seconds = LIVE_SECONDS;
  let was = null;
  let stop = () => {};

  append(container, trail(["Runs", "#/runs"], [name]), heading(name, state), head, plots.node, details, rest);
  const renewHead = renewed(head, (run) => headOf(run));
  const renewDetails = renewed(details, (run) => detailsOf(run, name));
  const elites = new Plots(place, name, []);
  append(rest, elitesPart(place, name, elites), programsPart(place, name));

  function take(run) {
    if (run.unchanged) return;
    version = run.version;
    plots.node.hidden = rest.hidden = false;
    renewHead(run);
    renewDetails(run);
    replace(state, runBadge(run.state));
    if (was && was !== run.state) announce(`The run is ${run.state} now.`);
    was = run.state;
    plots.take(run);
    pace(run.state === "running" ? LIVE_SECONDS : IDLE_SECONDS);
  }

  function fail(error) {
    if (version) return announce(error.message);
    plots.node.hidden = rest.hidden = true;
    replace(head, failure(error, () => pace(LIVE_SECONDS, true)));
  }

  function pace(wanted, anew = false) {
    if (wanted === seconds && !anew) return;
    seconds = wanted;
    stop();
    stop = poll(() => withQuery(place, { after: version }), seconds, take, fail);
  }

  plots.begin();
  pace(LIVE_SECONDS, true);
  return () => {
    stop();
    plots.end();
    elites.end();
  };
}

function headOf(run) {
  const best = run.best;
  const figures = [
    ["best score", best ? scored(best.shown, best.score) : "–"],
    ["evaluations", run.wanted ? `${count(run.evaluations)} of ${count(run.wanted)}` : count(run.evaluations)],
    ["earned a score", count(run.valid)],
    ["wall time", duration(run.seconds)],
    ["records", count(run.recorded)],
    ["resets of islands", count(run.resets)],
  ];
  if (run.held_out_shown) figures.splice(1, 0, ["held out", run.held_out_shown]);
  return [
    h("dl", { class: "figures" }, figures.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))),
    best && h("p", { class: "soft" }, `Scores are ${run.figure}. The best is program `, programLink(run.name, best.program), best.sampler ? ` by ${best.sampler}, after ${count(best.evaluations)} evaluations.` : ", which the run began with."),
    run.ended && h("p", { class: "notice good" }, `Ended: ${run.ended}.`),
    run.inactive.map((sentence) => h("p", { class: "notice" }, sentence)),
  ];
}

function detailsOf(run, name) {
  return [
    section("Who found what", samplersTable(run)),
    h("div", { class: "columns" }, section("Records", recordsTable(run, name)), section("Beside what", besideTable(run))),
    h("div", { class: "columns" }, section("What is on", factsOf(run)), section("Settings", facts(Object.entries({ task: run.task, strategy: run.strategy, seed: String(run.seed), ...run.settings })))),
  ];
}

function factsOf(run) {
  const told = Object.entries(run.facts);
  const inBank = run.promoted ? [["tool bank", run.promoted]] : [];
  if (!told.length) return empty("This run has stored no words on what was on.");
  return facts([...told, ...inBank]);
}

function samplersTable(run) {
  const names = ["Proposed", "Defective", "Known", "Similar", "Valid", "Improving", "Records", "Tokens", "Time"];
  const rows = run.samplers.map((one) => [
    one.name,
    ...[one.proposed, one.defective, one.duplicates, one.similar, one.valid, one.improving, one.records, one.prompt_tokens + one.completion_tokens].map(count),
    duration(one.seconds),
  ]);
  return table({ caption: "What each sampler proposed, and what came of it", columns: ["Sampler", ...names.map((text) => ({ text, numeric: true }))], rows });
}

function besideTable(run) {
  const rows = run.baselines.map((one) => [one.name, one.training || "–", one.held_out || "–"]);
  rows.push(["initial program", run.initial_shown || "–", "–"]);
  rows.push([h("strong", null, "this run"), run.best?.shown ?? "–", run.held_out_shown || "–"]);
  const islands = run.best_per_island.length > 1 && h("p", { class: "soft" }, `Best of each island: ${run.best_per_island.join(", ")}.`);
  return [table({ caption: `Baselines and this run: ${run.figure}`, columns: ["", { text: "Training", numeric: true }, { text: "Held out", numeric: true }], rows }), islands];
}

function recordsTable(run, name) {
  if (!run.records.length) return empty("Nothing has scored yet.");
  const rows = run.records.map((one) => [
    programLink(name, one.program),
    scored(one.shown, one.score),
    one.sampler || "–",
    one.sampler ? String(one.island) : "–",
    count(one.evaluations),
    duration(one.seconds),
  ]);
  const columns = ["Program", { text: "Score", numeric: true }, "Sampler", { text: "Island", numeric: true }, { text: "Evaluations", numeric: true }, { text: "Wall time", numeric: true }];
  const more = run.recorded + 1 > rows.length && h("p", { class: "soft" }, `The last ${rows.length} of ${count(run.recorded + 1)}.`);
  return [table({ caption: "Programs that were the best when they came, the newest first", columns, rows }), more];
}

/** Elites are sorted out of all programs, so they come when somebody wants them. */
function elitesPart(place, name, plot) {
  const input = h("input", { value: "length,behaviour", maxlength: "200", spellcheck: "false", autocomplete: "off" });
  const found = h("div");
  const look = (offset = 0) =>
    fill(found, () => get(withQuery(`${place}/elites`, { measures: input.value, offset, limit: PAGE })), (page) => {
      plot.put("elites", page.figure);
      return elitesOf(page, name, look);
    });
  const form = h(
    "form",
    { class: "toolbar", onsubmit: (event) => (event.preventDefault(), look()) },
    h("label", null, "Measures", input, h("span", { class: "hint" }, "One to four of length, cpu, behaviour, or what the evaluator measures.")),
    h("button", null, "Sort out"),
  );
  let isFirst = true;
  const part = h("details", { class: "block" }, h("summary", null, "Elites: the best program of each niche"), form, plot.node, found);
  part.addEventListener("toggle", () => {
    if (part.open && isFirst) look();
    isFirst = false;
  });
  return part;
}

function elitesOf(page, name, onPage) {
  if (!page.total) return empty("No niche is held yet.");
  const rows = page.elites.map((one) => [
    programLink(name, one.program),
    scored(one.shown, one.score),
    ...page.measures.map((measure) => one.niche[measure].map((bound) => bound.toLocaleString(undefined, { maximumSignificantDigits: 4 })).join(" to ")),
    count(one.length),
  ]);
  const columns = ["Program", { text: "Score", numeric: true }, ...page.measures, { text: "Characters", numeric: true }];
  const unplaced = page.unplaced ? ` ${count(page.unplaced)} of them lack a measure and stand in no niche.` : "";
  return [
    h("p", null, `${count(page.total)} niches are held, of ${count(page.programs)} valid programs.${unplaced} Measures of this run: ${page.known.join(", ")}.`),
    table({ caption: "Elites, the best first", columns, rows }),
    pager({ offset: page.offset, limit: PAGE, total: page.total, onPage }),
  ];
}

function programsPart(place, name) {
  const found = h("div");
  const jump = h("input", { type: "number", min: "0", step: "1", required: true, name: "program" });
  const look = (before) => fill(found, () => get(withQuery(`${place}/programs`, { before, limit: PAGE })), (page) => programsOf(page, name, look));
  const form = h(
    "form",
    {
      class: "toolbar",
      onsubmit: (event) => {
        event.preventDefault();
        window.location.hash = addressOf(name, Number(jump.value));
      },
    },
    h("label", null, "Number of a program", jump),
    h("button", null, "Show it"),
  );
  const part = h("details", { class: "block" }, h("summary", null, "All programs"), form, found);
  part.addEventListener("toggle", () => part.open && !found.childElementCount && look());
  return part;
}

function programsOf(page, name, look) {
  if (!page.programs.length) return empty("There are no programs yet.");
  const rows = page.programs.map((one) => [programLink(name, one.program), one.state, scored(one.shown, one.score), one.sampler, String(one.island), count(one.length)]);
  const columns = ["Program", "State", { text: "Score", numeric: true }, "Sampler", { text: "Island", numeric: true }, { text: "Characters", numeric: true }];
  return [
    table({ caption: "Programs, the newest first", columns, rows }),
    h("nav", { class: "pager", "aria-label": "Pages of programs" }, h("button", { type: "button", onclick: () => look() }, "Newest"), h("button", { type: "button", disabled: page.before === null, onclick: () => look(page.before) }, "Older")),
  ];
}
