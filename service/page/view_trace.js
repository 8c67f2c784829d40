// One exchange with a language model: all that was asked and replied.

import { get } from "./api.js";
import { inJson, json } from "./code.js";
import { append, h } from "./dom.js";
import { facts, heading, number, section, trail, when } from "./parts.js";
import { fill } from "./states.js";
import { outcomeBadge } from "./view_traces.js";

export function show(container, { id }) {
  const body = h("div");
  append(container, trail(["Traces", "#/traces"], [id]), heading("Exchange"), body);
  fill(body, () => get(`/api/traces/${encodeURIComponent(id)}`), views);
}

function views(trace) {
  const { messages, prompt, ...more } = trace.request;
  const said = messages ?? (prompt === undefined ? [] : [{ role: "prompt", content: prompt }]);
  const usage = Object.entries(trace.usage)
    .map(([name, count]) => `${number(count)} ${name.replace(/_/g, " ")}`)
    .join(", ");
  const notes = trace.outcomes
    .filter((one) => one.note)
    .map((one) => `${one.choice + 1}: ${one.note}`)
    .join("\n");
  return [
    section(
      "In short",
      facts([
        ["When", when(trace.at)],
        ["Purpose", trace.purpose],
        ["Model", trace.backend],
        ["Usage", usage],
        ["Time", `${number(trace.seconds, 3)} s`],
        ["Outcome", outcomeBadge(trace)],
        ["Notes", notes],
      ]),
    ),
    trace.error && h("p", { class: "notice bad" }, trace.error),
    section(
      "What was asked",
      said.map((message) => turn(message.role ?? "message", message)),
      Object.keys(more).length > 0 &&
        h("details", null, h("summary", null, "More of the request"), json(more, "More of the request")),
    ),
    section(
      trace.choices.length === 1 ? "The reply" : `${trace.choices.length} replies`,
      trace.choices.map((choice, at) =>
        turn(`reply ${at + 1}`, {
          content: choice.text,
          tool_calls: choice.tool_calls,
          reasoning: choice.reasoning,
        }),
      ),
    ),
  ];
}

function turn(who, message) {
  const text =
    typeof message.content === "string" ? message.content : message.content ? inJson(message.content) : "";
  const calls = message.tool_calls?.length ? json(message.tool_calls, "Tool calls") : null;
  const thought = message.reasoning
    ? h("details", null, h("summary", null, "Reasoning"), h("pre", { class: "said" }, message.reasoning))
    : null;
  return [
    h("h3", null, who),
    thought,
    (text || !calls) &&
      h("pre", { class: "said", tabindex: "0", role: "region", "aria-label": who }, text || "(nothing)"),
    calls,
  ];
}
