// What several views are made of.

import { append, h, replace } from "./dom.js";

/** Returns the heading of a view, which has the focus after navigation. */
export function heading(text, ...beside) {
  const title = h("h1", { tabindex: "-1" }, text);
  return beside.length
    ? h("div", { class: "heading" }, title, h("div", { class: "heading-side" }, ...beside))
    : title;
}

/** Returns the way back to where a view lies: pairs of text and address, the last one without an address. */
export function trail(...steps) {
  return h(
    "nav",
    { "aria-label": "Breadcrumb", class: "trail" },
    h(
      "ol",
      null,
      steps.map(([text, href]) =>
        h("li", null, href ? h("a", { href }, text) : h("span", { "aria-current": "page" }, text)),
      ),
    ),
  );
}

/**
 * Returns a table. `columns`: texts, or `{text, numeric}`; `rows`: arrays of cells (texts, numbers or nodes),
 * of which the first is the row's head. The caption is for screen readers unless `shown`.
 */
export function table({ caption, columns, rows, shown = false }) {
  const heads = columns.map((column) => (typeof column === "string" ? { text: column } : column));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      null,
      h("caption", { class: shown ? null : "hidden" }, caption),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          heads.map((head) => h("th", { scope: "col", class: head.numeric ? "number" : null }, head.text)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) => tableRow(row, heads)),
      ),
    ),
  );
}

function tableRow(cells, heads) {
  return h(
    "tr",
    null,
    cells.map((cell, at) =>
      h(
        at === 0 ? "th" : "td",
        { scope: at === 0 ? "row" : null, class: heads[at]?.numeric ? "number" : null },
        cell,
      ),
    ),
  );
}

/** Returns names with their values, those without a value left out. */
export function facts(pairs) {
  const shown = pairs.filter(
    ([, value]) => value !== null && value !== undefined && value !== false && value !== "",
  );
  return h(
    "dl",
    { class: "facts" },
    shown.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
  );
}

/** Returns a short word in a coloured frame; kinds: "good", "bad", "busy", "wait", "plain". */
export function badge(text, kind = "plain") {
  return h("span", { class: `badge ${kind}` }, text);
}

/** Returns a section with a heading of its own. */
export function section(title, ...children) {
  return h("section", { class: "block" }, h("h2", null, title), ...children);
}

/** Returns a moment, short for the eye and whole for machines and on hover. */
export function when(text) {
  if (!text) return "";
  const moment = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(moment.getTime())) return String(text);
  const words = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: moment.toISOString(), title: moment.toLocaleString() }, words);
}

/** Returns bytes in words. */
export function bytes(count) {
  if (count === null || count === undefined) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: power ? 1 : 0 })} ${units[power]}`;
}

/** Returns a number in words: as short as it can be, and none for what is none. */
export function number(value, digits = 4) {
  if (value === null || value === undefined || value === "") return "";
  return typeof value === "number"
    ? value.toLocaleString(undefined, { maximumSignificantDigits: Math.max(digits, integerDigits(value)) })
    : String(value);
}

function integerDigits(value) {
  return Math.min(21, Math.max(1, Math.floor(Math.log10(Math.max(1, Math.abs(value)))) + 1));
}

/** Returns a dialog's answer: null where it was closed, else what the reader wrote (or "" without a field). */
export function confirmed({ title, text, action, field = null, dangerous = false }) {
  const input =
    field && h("input", { name: "answer", required: true, maxlength: "500", autocomplete: "off" });
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "dialog-title" }, title),
    h("p", null, text),
    field && h("label", null, field, input),
    h(
      "div",
      { class: "buttons" },
      h("button", { class: dangerous ? "primary danger" : "primary", value: "yes" }, action),
      h("button", { type: "button", onclick: () => dialog.close("") }, "Cancel"),
    ),
  );
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
  append(document.body, dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? (input ? input.value.trim() : "") : null);
    });
  });
}

/** Returns buttons that lead through pages; `onPage` gets the number of the first entry wanted. */
export function pager({ offset, limit, total, onPage, names = ["Newer", "Older"] }) {
  if (total <= limit && offset === 0) return null;
  const last = Math.min(offset + limit, total);
  return h(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    h(
      "button",
      { type: "button", disabled: offset === 0, onclick: () => onPage(Math.max(0, offset - limit)) },
      names[0],
    ),
    h("span", null, `${total ? offset + 1 : 0}–${last} of ${total.toLocaleString()}`),
    h("button", { type: "button", disabled: last >= total, onclick: () => onPage(offset + limit) }, names[1]),
  );
}

/** Returns a button that copies a text, and says so. */
export function copyButton(text) {
  const button = h("button", { type: "button", class: "quiet copy" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text).then(
      () => replace(button, "Copied"),
      () => replace(button, "Not allowed"),
    );
    window.setTimeout(() => replace(button, "Copy"), 1500);
  });
  return button;
}
