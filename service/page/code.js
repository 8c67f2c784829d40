// Source code and differences, as text in coloured pieces.

import { h } from "./dom.js";
import { copyButton } from "./parts.js";

const LONGEST = 100_000; // characters that are coloured; what is longer is shown plain
const PYTHON = new RegExp(
  [
    "(?<comment>#[^\\n]*)",
    "(?<text>(?:[rbfuRBFU]{0,2})(?:\"\"\"[\\s\\S]*?(?:\"\"\"|$)|'''[\\s\\S]*?(?:'''|$)|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))",
    "(?<keyword>\\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|False|finally|for|from|global|if|import|in|is|lambda|None|nonlocal|not|or|pass|raise|return|True|try|while|with|yield|match|case)\\b)",
    "(?<number>\\b\\d[\\w.]*)",
    "(?<name>(?<=\\b(?:def|class)\\s+)\\w+)",
  ].join("|"),
  "g",
);

/** Returns source code with a button to copy it. */
export function code(source, label = "Source code") {
  return h(
    "div",
    { class: "code" },
    copyButton(source),
    h(
      "pre",
      { tabindex: "0", role: "region", "aria-label": label },
      h("code", null, source.length > LONGEST ? source : pieces(source)),
    ),
  );
}

/** Returns a value as indented JSON. */
export function json(value, label = "JSON") {
  return h("pre", { class: "json", tabindex: "0", role: "region", "aria-label": label }, inJson(value));
}

/** Returns a value as JSON text. */
export function inJson(value) {
  return JSON.stringify(value, null, 2) ?? "null";
}

/** Returns a unified diff: lines that begin with "+", "-", "@" or a blank. */
export function diff(lines, label = "Difference") {
  return h(
    "pre",
    { class: "diff", tabindex: "0", role: "region", "aria-label": label },
    lines.map((line) => h("span", { class: kindOf(line) }, `${line.replace(/\n$/, "")}\n`)),
  );
}

function kindOf(line) {
  if (line.startsWith("+++") || line.startsWith("---")) return "file";
  return { "+": "added", "-": "removed", "@": "place" }[line[0]] ?? null;
}

function pieces(source) {
  const found = [];
  let at = 0;
  for (const match of source.matchAll(PYTHON)) {
    if (match.index > at) found.push(source.slice(at, match.index));
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    found.push(h("span", { class: `py-${kind}` }, match[0]));
    at = match.index + match[0].length;
  }
  found.push(source.slice(at));
  return found;
}
