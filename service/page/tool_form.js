// A form made of a JSON schema, to call a tool with; what a form cannot say is written as JSON.

import { inJson } from "./code.js";
import { h } from "./dom.js";

const SIMPLE = new Set(["string", "integer", "number", "boolean"]);

/**
 * Returns `{node, read}`: fields for the properties of a schema, with a switch to raw JSON; `read()` gives the
 * arguments, or throws an Error that says which field is wrong. `example`: arguments to begin with.
 */
export function toolForm(schema, example) {
  const properties = Object.entries(schema?.properties ?? {});
  const required = new Set(schema?.required ?? []);
  const fields = properties.map(([name, of]) =>
    fieldOf(name, resolved(of, schema), required.has(name), example?.[name]),
  );
  const raw = h("textarea", {
    class: "mono",
    rows: "6",
    spellcheck: "false",
    id: "raw-arguments",
    value: inJson(example ?? {}),
  });
  const rawPart = h("div", { hidden: true }, h("label", null, "Arguments as a JSON object", raw));
  const fieldPart = h(
    "div",
    null,
    fields.map((field) => field.node),
    fields.length ? null : h("p", { class: "soft" }, "It takes no arguments."),
  );
  const asJson = h("input", { type: "checkbox", id: "as-json" });
  const node = h(
    "div",
    null,
    fieldPart,
    rawPart,
    h("label", { class: "check" }, asJson, "Write the arguments as JSON"),
  );

  asJson.addEventListener("change", () => {
    if (asJson.checked) raw.value = inJson(gathered(fields));
    fieldPart.hidden = asJson.checked;
    rawPart.hidden = !asJson.checked;
  });

  return { node, read: () => (asJson.checked ? object(raw.value) : values(fields)) };
}

function fieldOf(name, schema, isRequired, given) {
  const kind = kindOf(schema);
  const input = inputOf(kind, schema, given ?? schema.default, isRequired);
  input.id = `argument-${name}`;
  const hint = [
    kind === "json" ? `JSON${typeWords(schema)}` : kind,
    schema.description,
    isRequired ? "" : "optional",
  ]
    .filter(Boolean)
    .join(" · ");
  const hintId = `hint-${name}`;
  input.setAttribute("aria-describedby", hintId);
  const label = h(
    "label",
    { for: input.id },
    h("code", null, name),
    input,
    h("span", { class: "hint", id: hintId }, hint),
  );
  return { name, kind, isRequired, input, node: label };
}

function inputOf(kind, schema, value, isRequired) {
  const text = value === undefined ? "" : kind === "string" ? String(value) : JSON.stringify(value);
  if (kind === "enum") {
    const options = schema.enum.map((one) =>
      h(
        "option",
        { value: JSON.stringify(one), selected: JSON.stringify(one) === JSON.stringify(value) },
        String(one),
      ),
    );
    return h("select", null, isRequired ? null : h("option", { value: "" }, "–"), options);
  }
  if (kind === "boolean") {
    const options = ["true", "false"].map((one) => h("option", { value: one, selected: one === text }, one));
    return h("select", null, isRequired ? null : h("option", { value: "" }, "–"), options);
  }
  if (kind === "json" || (kind === "string" && (text.includes("\n") || text.length > 80))) {
    return h("textarea", {
      class: kind === "json" ? "mono" : null,
      rows: "3",
      spellcheck: "false",
      value: text,
    });
  }
  return h("input", {
    type: "text",
    inputmode: kind === "string" ? "text" : "decimal",
    autocomplete: "off",
    spellcheck: "false",
    value: text,
  });
}

function kindOf(schema) {
  if (Array.isArray(schema.enum)) return "enum";
  return SIMPLE.has(schema.type) ? schema.type : "json";
}

function typeWords(schema) {
  const types = [schema.type ?? (schema.anyOf ?? []).map((one) => one.type ?? "value")].flat().join(" or ");
  return types ? `, ${types}` : "";
}

function resolved(schema, root) {
  const match = /^#\/\$defs\/(.+)$/.exec(schema?.$ref ?? "");
  return (match && root.$defs?.[match[1]]) || schema || {};
}

function values(fields) {
  const found = {};
  for (const field of fields) {
    const text = field.input.value;
    if (text === "" && !field.isRequired) continue;
    found[field.name] = valueOf(field, text);
  }
  return found;
}

function valueOf(field, text) {
  if (field.kind === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    field.input.focus();
    throw new Error(
      `${field.name}: expected ${field.kind === "json" ? "JSON" : `a value of type ${field.kind}`}, found ${text === "" ? "nothing" : JSON.stringify(text)}`,
    );
  }
}

/** Returns what the fields hold so far, wrong ones left out: a start for the JSON. */
function gathered(fields) {
  const found = {};
  for (const field of fields) {
    try {
      if (field.input.value !== "")
        found[field.name] = field.kind === "string" ? field.input.value : JSON.parse(field.input.value);
    } catch {
      continue;
    }
  }
  return found;
}

function object(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`arguments: expected a JSON object such as {"x": 1}: ${error.message}`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Error('arguments: expected a JSON object such as {"x": 1}');
  return value;
}
