// One tool: its card, a call to try, its versions with their differences, and the steps in its life.

import { get, send, withQuery } from "./api.js";
import { code, diff, inJson, json } from "./code.js";
import { append, h, replace } from "./dom.js";
import { badge, confirmed, facts, heading, number, section, table, trail, when } from "./parts.js";
import { announce, empty, failure, fill, loading } from "./states.js";
import { toolForm } from "./tool_form.js";
import { kindOf } from "./view_tools.js";

const SHORT = 12; // characters of a version
const SERVED = new Set(["active", "provisional"]);

export function show(container, { name }) {
  const path = `/api/tools/${encodeURIComponent(name)}`;
  const side = h("span");
  const body = h("div");
  append(container, trail(["Tools", "#/tools"], [name]), heading(name, side), body);

  const load = () =>
    fill(
      body,
      () => Promise.all([get(path), get(`${path}/history`)]),
      ([tool, history]) => {
        replace(side, badge(tool.status, kindOf(tool.status)));
        return views(path, tool, history, load);
      },
    );
  load();
}

function views(path, tool, history, reload) {
  return [
    tool.name !== tool.asked &&
      h(
        "p",
        { class: "notice" },
        `${tool.asked} is another name for `,
        h("a", { href: `#/tools/${encodeURIComponent(tool.name)}` }, tool.name),
        ".",
      ),
    h("p", { class: "lead" }, tool.description),
    h(
      "div",
      { class: "split" },
      h("div", null, tryPart(path, tool), sourcePart(tool), testPart(tool)),
      h("div", null, factPart(tool), usePart(tool), stepPart(path, tool, history, reload)),
    ),
    versionPart(path, history),
    eventPart(history.events),
  ];
}

function factPart(tool) {
  const scores = Object.entries(tool.scores)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join("\n");
  return section(
    "Card",
    facts([
      ["Signature", h("code", null, tool.signature)],
      ["Returns", tool.returns && h("code", null, typeOf(tool.returns))],
      ["Documentation", tool.documentation],
      ["Scores", scores],
      ["Integrity", tool.sandbox ? `${tool.integrity}, measured in ${tool.sandbox}` : tool.integrity],
      ["Packages", tool.packages.join(", ")],
      ["Found by", tool.example_queries.join("\n")],
      ["Answers for", tool.aliases.length ? aliasWords(tool.aliases) : ""],
      ["Generalises", tool.generalises.join(", ")],
      ["Version", h("code", { title: tool.version }, tool.version.slice(0, SHORT))],
      [
        "Supersedes",
        tool.supersedes && h("code", { title: tool.supersedes }, tool.supersedes.slice(0, SHORT)),
      ],
      ["Strict mode", tool.why_not_strict && `not possible: ${tool.why_not_strict}`],
    ]),
    Object.keys(tool.provenance).length > 0 &&
      h("details", null, h("summary", null, "Where it comes from"), json(tool.provenance, "Provenance")),
    tool.parameters &&
      h(
        "details",
        null,
        h("summary", null, "JSON schema"),
        json({ parameters: tool.parameters, returns: tool.returns }, "JSON schema"),
      ),
  );
}

function typeOf(schema) {
  return (
    [schema.type ?? (schema.anyOf ?? []).map((one) => one.type ?? "value")].flat().join(" or ") || "any value"
  );
}

function aliasWords(aliases) {
  return aliases
    .map(({ name, renamed, bound }) => {
      const terms = [
        ...Object.entries(renamed)
          .filter(([here, there]) => here !== there)
          .map(([here, there]) => `${there} from ${here}`),
        ...Object.entries(bound).map(([there, value]) => `${there} = ${JSON.stringify(value)}`),
      ];
      return terms.length ? `${name} (${terms.join(", ")})` : name;
    })
    .join("\n");
}

function usePart({ use }) {
  return section(
    "Use",
    facts([
      ["Calls", number(use.uses)],
      ["For requests", number(use.requests)],
      ["Failures", number(use.failures)],
      ["Median time", use.median_seconds === null ? "–" : `${number(use.median_seconds, 3)} s`],
      ["Last call", use.last_use ? when(use.last_use) : "never"],
    ]),
  );
}

function sourcePart(tool) {
  return section("Source", code(tool.source, `Source of ${tool.name}`));
}

function testPart(tool) {
  const hidden = tool.hidden_tests
    ? `${tool.hidden_tests} hidden ${tool.hidden_tests === 1 ? "test is" : "tests are"} kept for promotion and never shown.`
    : "There are no hidden tests.";
  const origins = Object.entries(tool.tests_by_origin)
    .map(([origin, count]) => `${count} by ${origin}`)
    .join(", ");
  const rows = tool.tests.map((test) => [
    h("code", { class: "value" }, JSON.stringify(test.arguments)),
    h("code", { class: "value" }, JSON.stringify(test.expected)),
    test.origin,
  ]);
  return section(
    "Tests",
    h("p", { class: "soft" }, origins ? `${origins}. ${hidden}` : hidden),
    rows.length
      ? table({ caption: "Visible tests", columns: ["Arguments", "Must return", "Said by"], rows })
      : null,
  );
}

// Trying a call

function tryPart(path, tool) {
  if (!SERVED.has(tool.status))
    return section("Try a call", h("p", { class: "soft" }, `It is ${tool.status}, so it is not served.`));
  if (tool.schema_problem) return section("Try a call", h("p", { class: "notice bad" }, tool.schema_problem));
  const form = toolForm(tool.parameters, tool.tests[0]?.arguments);
  const result = h("div", { "aria-live": "polite" });
  const button = h("button", { class: "primary" }, "Call");
  const node = h("form", { novalidate: true }, form.node, h("div", { class: "buttons" }, button), result);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    call(path, form, button, result);
  });
  return section(
    "Try a call",
    h("p", { class: "soft" }, "It runs in the sandbox, and the call is counted like any other."),
    node,
  );
}

async function call(path, form, button, result) {
  button.disabled = true;
  replace(result, loading("Running…"));
  try {
    const given = form.read();
    replace(result, outcome(await send("POST", `${path}/calls`, { arguments: given, request: "" })));
  } catch (error) {
    replace(result, failure(error));
  } finally {
    button.disabled = false;
  }
}

function outcome(done) {
  const seconds = h("small", null, ` in ${number(done.seconds, 3)} s`);
  if (done.outcome === "returned" && !done.error)
    return [h("h3", null, "Returned", seconds), json(done.value, "Result")];
  const words = {
    refused: "The arguments do not fit",
    failed: "The tool failed",
    not_served: "It is not served",
    returned: "It returned",
  }[done.outcome];
  return [h("h3", null, words, seconds), h("pre", { class: "said" }, done.error)];
}

// Steps in its life

function stepPart(path, tool, history, reload) {
  const earlier = history.versions.filter((version) => !version.is_current && version.status === "retired");
  const steps = [
    earlier.length > 0 &&
      tool.name === tool.asked &&
      step({
        path,
        verb: "rollback",
        label: "Roll back",
        reload,
        title: `Roll ${tool.name} back?`,
        text: "The version that was in service before the current one comes back. Aliases that the current one has got end.",
        dangerous: true,
      }),
    tool.status === "quarantined" &&
      step({
        path,
        verb: "release",
        label: "Release",
        reload,
        title: `Release ${tool.name}?`,
        text: "It comes back from quarantine, its failures forgiven.",
      }),
    tool.status !== "retired" &&
      tool.name === tool.asked &&
      step({
        path,
        verb: "retire",
        label: "Retire",
        reload,
        title: `Retire ${tool.name}?`,
        text: "It is taken out of search and service; it is kept with its whole story.",
        dangerous: true,
      }),
  ].filter(Boolean);
  return steps.length
    ? section(
        "Steps",
        h("p", { class: "soft" }, "Each is written into the record with its reason."),
        h("div", { class: "buttons" }, steps),
      )
    : null;
}

function step({ path, verb, label, reload, title, text, dangerous = false }) {
  const button = h("button", { type: "button" }, label);
  button.addEventListener("click", async () => {
    const why = await confirmed({
      title,
      text,
      action: label,
      field: "Why? The record keeps it.",
      dangerous,
    });
    if (!why) return;
    button.disabled = true;
    try {
      const tool = await send("POST", `${path}/${verb}`, { why });
      announce(`${tool.name} is version ${tool.version.slice(0, SHORT)}, ${tool.status}`);
      await reload();
      document.querySelector("main h1")?.focus();
    } catch (error) {
      button.disabled = false;
      button.parentElement.after(failure(error));
    }
  });
  return button;
}

// Versions

function versionPart(path, history) {
  const { versions } = history;
  const newest = [...versions].reverse();
  const rows = newest.map((version) => [
    h("code", { title: version.version }, version.version.slice(0, SHORT)),
    when(version.added_at),
    [badge(version.status, kindOf(version.status)), version.is_current && " current"],
    h("code", { class: "value" }, version.signature),
    Object.entries(version.scores)
      .map(([name, value]) => `${name} ${number(value)}`)
      .join(", "),
    version.supersedes ? h("code", null, version.supersedes.slice(0, SHORT)) : "–",
  ]);
  return section(
    versions.length === 1 ? "One version" : `${versions.length} versions`,
    table({
      caption: "Versions, the newest first",
      columns: ["Version", "Added", "Status", "Signature", "Scores", "Supersedes"],
      rows,
    }),
    versions.length > 1 && comparison(path, newest),
  );
}

function comparison(path, newest) {
  const result = h("div", { "aria-live": "polite" });
  const choice = (label, chosen) => {
    const options = newest.map((version) =>
      h(
        "option",
        { value: version.version, selected: version === chosen },
        `${version.version.slice(0, SHORT)} (${version.is_current ? "current" : version.status})`,
      ),
    );
    const select = h("select", { onchange: compare }, options);
    return { select, node: h("label", null, label, select) };
  };
  const current = newest.find((version) => version.is_current) ?? newest[0];
  const other =
    newest.find((version) => version.version === current.supersedes) ??
    newest.find((version) => version !== current);
  const before = choice("From", other);
  const after = choice("To", current);

  function compare() {
    const address = withQuery(`${path}/difference`, {
      before: before.select.value,
      after: after.select.value,
    });
    fill(result, () => get(address), differences);
  }
  compare();
  return [h("h3", null, "Difference"), h("div", { class: "toolbar" }, before.node, after.node), result];
}

function differences({ source, fields }) {
  const others = Object.entries(fields).map(([name, [before, after]]) => [
    name,
    h("code", { class: "value" }, short(before)),
    h("code", { class: "value" }, short(after)),
  ]);
  return [
    source.length ? diff(source, "Difference of the sources") : empty("Both have the same source."),
    others.length
      ? table({ caption: "What else differs", columns: ["Field", "From", "To"], rows: others, shown: true })
      : null,
  ];
}

function short(value) {
  const text = typeof value === "string" ? value : inJson(value);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function eventPart(events) {
  const rows = [...events].reverse().map((event) => [
    when(event.at),
    event.kind,
    h("code", null, event.version.slice(0, SHORT)),
    Object.entries(event.detail)
      .map(([name, value]) => `${name}: ${value.length > 300 ? `${value.slice(0, 300)}…` : value}`)
      .join("\n"),
  ]);
  return section(
    "What happened",
    table({ caption: "Events, the newest first", columns: ["When", "What", "Version", "More"], rows }),
  );
}
