// Plots: figures of plotly as JSON, in the page's colours, with their numbers as a table for who cannot see them.

import { h, replace } from "./dom.js";
import { failure, loading } from "./states.js";

const LIBRARY = "/page/plotly.min.js";
const MOST_ROWS = 50; // of the table beside a plot
let library = null;
const drawn = new Map(); // element -> figure, to be drawn again in other colours

/**
 * Draws a figure `{data, layout}` into an element, or redraws it with new data; the reader's zoom stays.
 * Returns the plot's node, which has plotly's events (`node.on("plotly_click", ...)`), or null where it failed.
 */
export async function draw(element, figure) {
  const holder = holderOf(element);
  try {
    const plotly = await loaded();
    if (!element.isConnected) return null;
    holder.waiting?.remove();
    drawn.set(element, figure);
    await plotly.react(holder.plot, figure.data, themed(figure.layout ?? {}), options());
    describe(holder, figure);
    return holder.plot;
  } catch (error) {
    replace(element, failure(error));
    return null;
  }
}

/** Begins to load the library, for a view that will want it in a moment. */
export function prepare() {
  loaded().catch(() => {}); // whoever draws is told
}

/** Frees what a drawn figure holds; views call it when they end. */
export function erase(element) {
  const plot = element.querySelector(".plot-canvas");
  drawn.delete(element);
  if (plot && window.Plotly) window.Plotly.purge(plot);
}

/** Draws all figures again, in the colours that count now. */
export function recolour() {
  for (const [element, figure] of drawn) {
    if (element.isConnected) draw(element, figure);
    else drawn.delete(element);
  }
}

function holderOf(element) {
  let plot = element.querySelector(":scope > figure > .plot-canvas");
  if (!plot) {
    plot = h("div", { class: "plot-canvas", role: "group" });
    const table = h("details", { class: "plot-table" });
    replace(element, h("figure", { class: "plot" }, plot, loading("Drawing…"), table));
  }
  const figure = plot.parentElement;
  return { plot, waiting: figure.querySelector(".loading"), table: figure.querySelector(".plot-table") };
}

function loaded() {
  library ??= new Promise((resolve, reject) => {
    const script = h("script", { src: LIBRARY });
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      library = null;
      script.remove();
      reject(new Error("The library of the plots cannot be loaded."));
    });
    document.head.append(script);
  });
  return library;
}

function options() {
  return {
    responsive: true,
    displaylogo: false,
    displayModeBar: "hover",
    modeBarButtonsToRemove: ["select2d", "lasso2d"],
  };
}

/** Returns a layout in the page's colours; what the figure says of itself stays. */
function themed(layout) {
  const style = getComputedStyle(document.body);
  const of = (name) => colour(style.getPropertyValue(name));
  const axis = {
    gridcolor: of("--line"),
    linecolor: of("--line"),
    zerolinecolor: of("--line"),
    automargin: true,
  };
  const all = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: style.fontFamily, size: 13, color: of("--text") },
    colorway: ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8"].map(of),
    margin: { t: 24, r: 16, b: 44, l: 52 },
    hoverlabel: { bgcolor: of("--raised"), bordercolor: of("--line"), font: { color: of("--text") } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    uirevision: "kept",
    ...layout,
  };
  for (const name of ["xaxis", "yaxis"]) all[name] ??= {};
  for (const name of Object.keys(all)) {
    if (/^[xy]axis\d*$/.test(name)) all[name] = { ...axis, ...all[name] };
  }
  return all;
}

/** Returns a colour as plotly reads it: the browser resolves light-dark() and names. */
function colour(value) {
  const probe = h("span", { style: `color: ${value}`, hidden: true });
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

function describe(holder, figure) {
  const name = figure.title || titleOf(figure.layout) || "Plot";
  holder.plot.setAttribute("aria-label", `${name}; its numbers are in the table below.`);
  if (holder.table.open && holder.table.childElementCount) return; // not under the reader's eyes
  const fillTable = () => holder.table.open && replace(holder.table, summary, numbers(figure, name));
  const summary = h("summary", null, "Numbers of this plot");
  replace(holder.table, summary);
  holder.table.ontoggle = fillTable;
}

function titleOf(layout = {}) {
  const of = (title) => (typeof title === "string" ? title : (title?.text ?? ""));
  return of(layout.title) || [of(layout.yaxis?.title), of(layout.xaxis?.title)].filter(Boolean).join(" by ");
}

function numbers(figure, name) {
  const rows = [];
  for (const trace of figure.data ?? []) {
    const [xs, ys] = [listOf(trace.x), listOf(trace.y)];
    const length = Math.max(xs.length, ys.length);
    const step = Math.max(1, Math.ceil(length / MOST_ROWS));
    for (let at = 0; at < length; at += step) rows.push([trace.name ?? "", xs[at] ?? "", ys[at] ?? ""]);
  }
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": `Numbers: ${name}` },
    h(
      "table",
      null,
      h("caption", null, name),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["Series", "x", "y"].map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            null,
            row.map((cell) => h("td", null, cell)),
          ),
        ),
      ),
    ),
  );
}

/** Returns the values of a trace; plotly's JSON may pack numbers as base64, which is not unpacked here. */
function listOf(values) {
  return Array.isArray(values) || ArrayBuffer.isView(values) ? values : [];
}
