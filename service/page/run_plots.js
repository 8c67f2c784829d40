// The figures of a run, redrawn in place as it goes: what changes is asked for, and one answer at a time.

import { get, withQuery } from "./api.js";
import { h, replace } from "./dom.js";
import { draw, erase } from "./plot.js";
import { addressOf, count } from "./run_parts.js";
import { failure } from "./states.js";

const CURVES = ["score", "islands", "samplers"];
const SLOW = ["scatter", "histogram", "lineage"]; // large to draw, and they change little in a second
const SLOW_MILLISECONDS = 10_000;
const HEADINGS = {
  score: "Best score",
  islands: "Best score of each island",
  samplers: "Best score of each sampler",
  scatter: "Scores of valid programs",
  histogram: "Distribution of scores",
  lineage: "Where the best program comes from",
};

export class Plots {
  /** `names`: the figures that the server makes; none where they are put in by `put`. */
  constructor(place, run, names = [...CURVES, ...SLOW]) {
    this.place = place;
    this.run = run;
    this.axis = "evaluations";
    this.asked = new Set(); // groups of figures that are on their way
    this.behind = new Set(); // groups that have changed since they were asked for
    this.slowAt = 0;
    this.controller = new AbortController();
    this.plots = new Map(); // name -> {section, plot, told, clicks}
    this.node = h("div", { class: "run-plots" });
    if (names.length) {
      this.curves = h("div", { class: "columns" });
      this.more = h("div", { class: "columns" });
      this.first = h("div");
      replace(this.node, this.axisSwitch(), this.first, this.curves, this.more);
      for (const name of names) this.make(name, name === "score" ? this.first : CURVES.includes(name) ? this.curves : this.more);
    }
  }

  /** Asks for the first figures, before the run's own numbers have come. */
  begin() {
    this.ask("curves");
  }

  /** Takes word that the run has changed. */
  take(run) {
    this.tell(run);
    if (!this.has("score")) return; // the first figures are on their way
    this.ask("curves");
    const isOver = run.state !== "running";
    if (isOver || performance.now() - this.slowAt > SLOW_MILLISECONDS) this.ask("slow");
  }

  /** Draws a figure that the view has. */
  put(name, figure) {
    if (!this.plots.has(name)) this.make(name, this.node);
    this.show(name, figure);
  }

  /** Frees what the figures hold. */
  end() {
    this.controller.abort();
    for (const { plot } of this.plots.values()) erase(plot);
    this.plots.clear();
  }

  has(name) {
    return Boolean(this.plots.get(name)?.drawn);
  }

  make(name, parent) {
    const plot = h("div", { dataset: { figure: name } });
    const told = h("p", { class: "soft" });
    const title = HEADINGS[name] && h("h2", null, HEADINGS[name]);
    parent.append(title ? h("section", { class: "block" }, title, plot, told) : plot);
    this.plots.set(name, { plot, told, drawn: false });
  }

  /** Asks for a group of figures until what is drawn is what there is; one answer at a time. */
  async ask(group) {
    this.behind.add(group);
    if (this.asked.has(group)) return;
    this.asked.add(group);
    while (this.behind.delete(group) && !this.controller.signal.aborted) await this.once(group);
    this.asked.delete(group);
  }

  async once(group) {
    if (group === "slow") this.slowAt = performance.now();
    try {
      const names = (group === "slow" ? SLOW : CURVES).join(",");
      const path = withQuery(`${this.place}/figures`, { names, axis: this.axis });
      const { figures } = await get(path, this.controller.signal);
      for (const [name, figure] of Object.entries(figures)) await this.show(name, figure);
      if (!this.slowAt) this.ask("slow");
    } catch (error) {
      const { told } = this.plots.get("score") ?? {};
      if (error.name !== "AbortError" && told && !this.has("score")) replace(told, failure(error, () => this.begin()));
    }
  }

  async show(name, figure) {
    const one = this.plots.get(name);
    if (!one || this.controller.signal.aborted) return;
    const node = await draw(one.plot, figure);
    if (this.controller.signal.aborted) {
      erase(one.plot); // the view has ended meanwhile
      return;
    }
    if (node && !one.drawn) node.on("plotly_click", (event) => this.open(event.points?.[0]?.customdata));
    one.drawn = Boolean(node);
  }

  open(program) {
    if (Number.isInteger(program)) window.location.hash = addressOf(this.run, program);
  }

  /** Says in words what the plots show. */
  tell(run) {
    const sampled = run.valid > 2000 ? `evenly many of ${count(run.valid)} valid programs` : `all ${count(run.valid)} valid programs`;
    const words = {
      score: run.best ? `From ${run.initial_shown || "nothing"} to ${run.best.shown}: ${count(run.recorded)} records in ${count(run.evaluations)} evaluations. Each mark is a program; a click shows it.` : "Nothing has scored yet.",
      islands: `Now: ${run.best_per_island.join(", ")}. A reset takes a weak island to the best of a stronger one; there were ${count(run.resets)}.`,
      samplers: `${run.samplers.map((one) => `${one.name}: ${count(one.valid)} valid, ${count(one.records)} records`).join("; ")}.`,
      scatter: `Shown are ${sampled}.`,
      histogram: `Counted are ${sampled}.`,
      lineage: "The best program, its best parent, that one's best parent and so on, each joined to its parents.",
    };
    for (const [name, { told }] of this.plots) {
      if (words[name] && told.textContent !== words[name]) replace(told, words[name]);
    }
  }

  axisSwitch() {
    const choose = (axis) => {
      this.axis = axis;
      this.ask("curves");
      this.ask("slow");
    };
    const radio = (axis, text) => h("label", null, h("input", { type: "radio", name: "axis", value: axis, checked: axis === this.axis, onchange: () => choose(axis) }), ` ${text}`);
    return h("fieldset", { class: "toolbar axis" }, h("legend", null, "Curves over"), radio("evaluations", "evaluations"), radio("seconds", "wall time"));
  }
}
