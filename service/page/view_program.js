// One program of a run: its text, what it changed, what it scored, and where it comes from.

import { get, withQuery } from "./api.js";
import { code, diff } from "./code.js";
import { append, h, replace } from "./dom.js";
import { badge, bytes, facts, heading, number, section, table, trail, when } from "./parts.js";
import { addressOf, count, duration, programLink, scored } from "./run_parts.js";
import { empty, failure, fill, loading } from "./states.js";

const KINDS = { valid: "good", initial: "plain", invalid: "bad", defective: "bad", duplicate: "wait", waiting: "busy" };
const GENERATIONS = 3;
const MOST_SHOWN = 400; // characters of a note beside a table

export function show(container, { name, program }) {
  const run = `/api/runs/${encodeURIComponent(name)}`;
  const place = `${run}/programs/${encodeURIComponent(program)}`;
  const state = h("span");
  const body = h("div", null, loading());
  const controller = new AbortController();
  append(container, trail(["Runs", "#/runs"], [name, addressOf(name)], [`program ${program}`]), heading(program === "0" ? "The initial program" : `Program ${program}`, state), body);

  async function look() {
    try {
      const found = await get(place, controller.signal);
      replace(state, badge(found.state, KINDS[found.state]));
      replace(body, ...parts(found, name, place));
    } catch (error) {
      if (error.name !== "AbortError") replace(body, failure(error, look));
    }
  }

  look();
  return () => controller.abort();
}

function parts(found, name, place) {
  const hasPrompt = found.state !== "initial";
  return [
    found.is_cut && h("p", { class: "notice" }, "A text of this program is very long; its beginning is shown."),
    found.defect && h("p", { class: "notice bad" }, `It is no function that could be run: ${found.defect}`),
    found.duplicate_of !== null && h("p", { class: "notice" }, "It repeats ", programLink(name, found.duplicate_of), ", and was not paid for again."),
    h("div", { class: "split" }, section("Source", code(found.source, "Source of the program")), section("What is known", known(found, name))),
    found.parents.length ? differencePart(found, name, place) : null,
    found.feedback && section("Feedback of its evaluation", h("pre", { class: "said", tabindex: "0", role: "region", "aria-label": "Feedback" }, found.feedback)),
    Object.keys(found.scores).length ? section("Scores of its tests", scoresTable(found)) : null,
    hasPrompt && promptPart(place),
    hasPrompt && ancestorsPart(found, name, place),
  ];
}

function known(found, name) {
  const parents = found.parents.map((parent, at) => [at ? ", " : "", programLink(name, parent.program), ` (${parent.shown || "no score"})`]);
  return facts([
    ["score", found.score === null ? null : scored(found.shown, found.score)],
    ["score means", found.score === null ? null : found.figure],
    ["sampler", found.sampler || "none: the run began with it"],
    ["prompt", found.ticket === null ? null : `${count(found.ticket)}, reply ${found.position + 1}`],
    ["island", found.island === null ? null : `${found.island}, generation ${found.generation}`],
    ["parents, worst first", parents.length ? h("span", null, parents) : null],
    ["integrity", integrityOf(found)],
    ["evaluation took", found.seconds ? duration(found.seconds) : null],
    ["processor time", found.cpu_seconds ? duration(found.cpu_seconds) : null],
    ["peak memory", found.peak_memory_bytes ? bytes(found.peak_memory_bytes) : null],
    ...Object.entries(found.measures).map(([measure, value]) => [`measure ${measure}`, number(value, 6)]),
    ["scored", found.at === null ? null : when(new Date(found.at * 1000).toISOString())],
  ]);
}

function integrityOf(found) {
  return { verified: "verified: outputs were scored outside the sandbox", "in-process": "in-process: the task's own code scored it beside the program" }[found.integrity] ?? found.integrity;
}

function scoresTable(found) {
  const rows = Object.entries(found.scores).map(([test, score]) => [test, score === null ? "–" : number(score, 8)]);
  const more = found.tests > rows.length && h("p", { class: "soft" }, `The first ${count(rows.length)} of ${count(found.tests)}.`);
  return [h("div", { class: "tall" }, table({ caption: "Score of each test", columns: ["Test", { text: "Score", numeric: true }], rows })), more];
}

function differencePart(found, name, place) {
  const shown = h("div");
  const look = (parent) =>
    fill(shown, () => get(withQuery(`${place}/difference`, { parent })), (told) => [
      h("p", { class: "soft" }, "From ", programLink(name, told.old), ` to this one; lines that begin with "-" went, those with "+" came.`),
      told.lines.length ? diff(told.lines, `Difference to program ${told.old}`) : empty("Both are alike."),
      told.is_cut && h("p", { class: "soft" }, "Only the first lines were compared."),
    ]);
  const select = h(
    "select",
    { onchange: () => look(select.value) },
    found.parents.map((parent) => h("option", { value: parent.program }, `${parent.program === 0 ? "the initial program" : `#${parent.program}`} (${parent.shown || "no score"})`)),
  );
  look(found.parents[0].program);
  const chooser = found.parents.length > 1 && h("div", { class: "toolbar" }, h("label", null, "Parent", select));
  return section("What it changed of a parent", chooser, shown);
}

function promptPart(place) {
  const shown = h("div");
  fill(shown, () => get(`${place}/prompt`), (prompt) => {
    const kind = { exchange: badge("the exchange itself", "good"), rebuilt: badge("built again", "wait"), none: null }[prompt.kind];
    const link = prompt.exchange && h("a", { href: `#/traces/${encodeURIComponent(prompt.exchange)}` }, "its trace");
    return [
      h("p", { class: "soft" }, kind, kind && " ", prompt.note.slice(0, MOST_SHOWN), link && [" See ", link, prompt.backend && ` of ${prompt.backend}`, "."]),
      prompt.messages.map((message) => [h("h3", null, message.role), said(message.content, `What the ${message.role} said`)]),
      prompt.reply && [h("h3", null, "reply"), said(prompt.reply, "What the model replied")],
      prompt.is_cut && h("p", { class: "soft" }, "A text is very long; its beginning is shown."),
    ];
  });
  return section("The prompt that made it", shown);
}

function said(text, label) {
  return h("pre", { class: "said", tabindex: "0", role: "region", "aria-label": label }, text);
}

function ancestorsPart(found, name, place) {
  const shown = h("div");
  const look = (generations) =>
    fill(shown, () => get(withQuery(`${place}/ancestors`, { generations })), (told) => {
      const byNumber = new Map(told.members.map((member) => [member.program, member]));
      const deeper = !told.is_whole && generations < 64 && h("button", { type: "button", onclick: () => look(2 * generations) }, "Further back");
      return [h("ul", { class: "tree" }, tree(found.program, byNumber, new Set(), name)), deeper];
    });
  look(GENERATIONS);
  return section("Where it comes from", h("p", { class: "soft" }, "Its parents, their parents, and so on; a program that came up before is not unfolded again."), shown);
}

/** Returns a program with its ancestors below it; `seen` has those that are unfolded already. */
function tree(program, members, seen, name) {
  const member = members.get(program);
  if (!member) return h("li", null, programLink(name, program), h("span", { class: "soft" }, " further back"));
  const words = [programLink(name, program), " ", h("span", { class: "mono" }, member.shown || "no score"), member.sampler && h("span", { class: "soft" }, ` ${member.sampler}, island ${member.island}`)];
  if (seen.has(program)) return h("li", null, words, h("span", { class: "soft" }, " (above)"));
  seen.add(program);
  const parents = [...new Set(member.parents)].reverse(); // the best one first
  return h("li", null, words, parents.length ? h("ul", null, parents.map((parent) => tree(parent, members, seen, name))) : null);
}
