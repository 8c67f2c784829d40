// Language models: which there are, how they stand on this machine, and which one requests use.

import { get, send } from "./api.js";
import { append, h, replace } from "./dom.js";
import { badge, bytes, facts, heading, section } from "./parts.js";
import { announce, failure, fill } from "./states.js";

export function show(container) {
  const body = h("div");
  append(
    container,
    heading("Models"),
    h("p", { class: "lead" }, "Language models of this machine, and the one that works on requests."),
    body,
  );
  fill(body, () => get("/api/models"), views);
}

function views({ models, in_use: inUse, context_tokens: context, slots }) {
  const present = models.filter((model) => model.present);
  return [
    usePart(inUse),
    group("On this machine", present, "No model is here yet: `make model` fetches the usual ones."),
    group(
      "Known, not here",
      models.filter((model) => !model.present),
      "",
    ),
    h("p", { class: "soft" }, `Memory: with ${slots} conversations of ${context.toLocaleString()} tokens.`),
  ];
}

function usePart(inUse) {
  const place = { endpoint: "an endpoint", embedded: "in this program", none: "nowhere" }[inUse.kind];
  return section(
    "For requests",
    inUse.fault && h("p", { class: "notice bad" }, inUse.fault),
    facts([
      ["Model", inUse.name || (inUse.kind === "endpoint" ? "the first that the endpoint serves" : "none")],
      ["Runs", place],
      [inUse.kind === "endpoint" ? "Host" : "File", inUse.place && h("code", null, inUse.place)],
    ]),
  );
}

function group(title, models, none) {
  if (!models.length && !none) return null;
  return h(
    "section",
    null,
    h("h2", null, title),
    models.length
      ? h(
          "ul",
          { class: "cards" },
          models.map((model) => h("li", null, card(model))),
        )
      : h("p", { class: "soft" }, none),
  );
}

function card(model) {
  const standing = h("span");
  const told = h("div");
  const button =
    model.present && h("button", { type: "button", "aria-label": `Verify ${model.name}` }, "Verify");
  replace(standing, standingBadge(model));
  if (button) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      replace(button, "Verifying…");
      try {
        const found = await send("POST", `/api/models/${encodeURIComponent(model.name)}/verify`);
        replace(standing, standingBadge(found));
        replace(told, found.fault && h("p", { class: "notice bad" }, found.fault));
        announce(found.fault ? `${model.name} is damaged` : `${model.name} is verified`);
      } catch (error) {
        replace(told, failure(error));
      } finally {
        button.disabled = false;
        replace(button, "Verify");
      }
    });
  }
  return h(
    "article",
    { class: "block" },
    h(
      "div",
      { class: "heading" },
      h("h3", null, model.name),
      h("div", { class: "heading-side" }, standing, button),
    ),
    told,
    model.present && model.fault && h("p", { class: "notice bad" }, model.fault),
    facts([
      ["Kind", model.kind],
      ["Licence", model.licence],
      ["Size", bytes(model.size)],
      ["Memory", model.memory ? bytes(model.memory) : ""],
      ["From", model.source],
      ["SHA-256", h("code", null, model.sha256)],
      ["Fetch it", !model.present && h("code", null, `funsearch models pull ${model.name}`)],
    ]),
  );
}

function standingBadge(model) {
  if (!model.present) return badge("not here", "plain");
  if (model.fault) return badge("damaged", "bad");
  return model.verified ? badge("verified", "good") : badge("here", "busy");
}
