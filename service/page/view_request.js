// One request: what is wanted, the conversation as it goes on, the open question, the answer, and how it came about.

import { get, send } from "./api.js";
import { code, inJson } from "./code.js";
import { append, h, replace } from "./dom.js";
import { gathered, watch } from "./live.js";
import { badge, confirmed, facts, heading, number, section, table, trail, when } from "./parts.js";
import { announce, failure, fill, loading } from "./states.js";
import { brief, stateBadge } from "./view_requests.js";

const ENDED = new Set(["SUCCEEDED", "FAILED", "CANCELED"]);
const GIVERS = {
  code: ["code", "plain"],
  tool: ["tool", "good"],
  model: ["model", "wait"],
  user: ["you", "accent"],
};

export function show(container, { id }) {
  const view = new RequestView(id, container);
  view.look();
  const unwatch = watch(
    id,
    gathered(() => view.look()),
  );
  return () => {
    view.isOver = true;
    unwatch();
  };
}

/** Keeps what is shown of one request up to date: only what is new is asked for and put in. */
class RequestView {
  constructor(id, container) {
    this.path = `/api/requests/${encodeURIComponent(id)}`;
    this.isOver = false;
    this.last = 0; // number of the last event that is shown
    this.state = null;
    this.wish = "";
    this.question = null;
    this.hasTrace = false;
    this.isLooking = false;
    this.mustLookAgain = false;
    this.title = heading("Request", (this.side = h("span", null)), (this.cancel = cancelButton(this)));
    this.talk = h("ol", { class: "talk", "aria-label": "Conversation" });
    this.waiting = loading();
    this.parts = { notice: h("div"), answer: h("div"), question: h("div"), wish: h("div"), trace: h("div") };
    const { notice, answer, question, wish, trace } = this.parts;
    const conversation = section("Conversation", this.waiting, this.talk, question);
    append(
      container,
      trail(["Requests", "#/requests"], [id]),
      this.title,
      notice,
      h("div", { class: "split" }, h("div", null, answer, conversation, trace), h("div", null, wish)),
    );
  }

  /** Looks for news; one look at a time, and another where news came meanwhile. */
  async look() {
    if (this.isLooking) {
      this.mustLookAgain = true;
      return;
    }
    this.isLooking = true;
    try {
      do {
        this.mustLookAgain = false;
        const card = await get(`${this.path}?after=${this.last}`);
        if (this.isOver) return;
        this.take(card);
        if (card.has_more) this.mustLookAgain = true;
      } while (this.mustLookAgain);
      replace(this.parts.notice);
    } catch (error) {
      if (!this.isOver) this.fail(error);
    } finally {
      this.isLooking = false;
    }
  }

  fail(error) {
    this.waiting.remove();
    replace(
      this.parts.notice,
      failure(error, () => this.look()),
    );
  }

  take(card) {
    const isFirst = this.state === null;
    this.waiting.remove();
    for (const event of card.events) this.hear(event, isFirst);
    this.last = card.last_event;
    const wish = JSON.stringify(card.wish);
    if (wish !== this.wish) {
      this.wish = wish;
      replace(this.title.querySelector("h1"), brief(card.objective, 200));
      document.title = `${brief(card.objective, 60)} – funsearch`;
      replace(this.parts.wish, wishPart(card));
    }
    if (card.state !== this.state) this.enter(card);
    this.ask(card.question);
    if (ENDED.has(card.state) && !this.hasTrace) this.end(card);
  }

  hear(event, isFirst) {
    const item = spoken(event);
    if (!item) return;
    append(this.talk, item.node);
    if (!isFirst) announce(`${item.who}: ${item.words}`);
  }

  enter(card) {
    this.state = card.state;
    replace(this.side, stateBadge(card.state));
    this.cancel.hidden = ENDED.has(card.state);
  }

  ask(question) {
    if (question?.id === this.question) return;
    this.question = question?.id ?? null;
    replace(this.parts.question, question && answerBox(this, question));
  }

  end(card) {
    this.hasTrace = true;
    replace(this.parts.answer, answerPart(card));
    fill(this.parts.trace, () => get(`${this.path}/trace`), tracePart);
  }
}

function cancelButton(view) {
  const button = h("button", { type: "button", hidden: true }, "Cancel the request");
  button.addEventListener("click", async () => {
    const agreed = await confirmed({
      title: "Cancel this request?",
      text: "The work on it ends, and it cannot be taken up again.",
      action: "Cancel it",
      dangerous: true,
    });
    if (agreed === null) return;
    button.disabled = true;
    try {
      await send("POST", `${view.path}/cancel`);
      await view.look();
    } catch (error) {
      replace(view.parts.notice, failure(error));
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

function answerBox(view, question) {
  const field = h("textarea", { rows: "3", required: true, maxlength: "20000" });
  const told = h("div");
  const quick = question.kind === "consent" ? ["yes", "no"] : [];
  const buttons = quick.map((word) => h("button", { type: "button", onclick: () => answer(word) }, word));
  const submit = h("button", { class: "primary" }, "Answer");
  const form = h(
    "form",
    { class: "answer-box" },
    h("label", null, question.text, field),
    h("div", { class: "buttons" }, submit, buttons),
    told,
  );

  async function answer(text) {
    for (const button of [submit, ...buttons]) button.disabled = true;
    try {
      await send("POST", `${view.path}/answer`, { text, question: question.id });
      view.title.querySelector("h1").focus({ preventScroll: true });
      await view.look();
    } catch (error) {
      replace(told, failure(error));
      for (const button of [submit, ...buttons]) button.disabled = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) answer(text);
  });
  return form;
}

/** Returns an event as a line of the conversation; null for what other events tell already. */
function spoken(event) {
  const { detail } = event;
  const line = {
    created: ["You", "user", detail.wish?.objective],
    updated: ["You changed what is wanted", "user", detail.wish?.objective],
    asked: ["A question", "asked", detail.text],
    answered: ["You", "user", detail.text],
    progress: ["Work", "progress", detail.text],
    SUCCEEDED: ["Succeeded", "good", detail.summary],
    FAILED: ["Failed", "bad", detail.summary],
    CANCELED: ["Canceled", "plain", ""],
  }[event.kind];
  if (!line) return null;
  const [who, kind, words = ""] = line;
  const node = h(
    "li",
    { class: kind },
    h("span", { class: "who" }, who),
    when(event.at),
    words && h("p", { class: "words" }, words),
  );
  return { who, words, node };
}

function wishPart(card) {
  const { wish } = card;
  return section(
    "What is wanted",
    facts([
      ["Objective", wish.objective],
      ["Requirements", wish.requirements.join("\n")],
      ["Constraints", wish.constraints.join("\n")],
      ["Documents", wish.documents.join("\n")],
      ["Tool", wish.tool && `${wish.tool.name}: ${wish.tool.description}`],
      ["User", wish.user],
      ["Filed", when(card.created)],
      ["Id", h("code", null, card.id)],
    ]),
  );
}

function answerPart(card) {
  const { outcome } = card;
  if (!outcome) return null;
  const succeeded = card.state === "SUCCEEDED";
  const value = typeof outcome.value === "string" ? outcome.value : inJson(outcome.value);
  return section(
    succeeded ? "Answer" : "No answer",
    succeeded && h("p", { class: "answer" }, value),
    !succeeded && h("p", { class: "notice bad" }, outcome.summary || "It ended without an answer."),
    facts([
      ["Tools used", outcome.tools.length ? toolLinks(outcome.tools) : ""],
      ["Tools made", outcome.created.length ? toolLinks(outcome.created) : ""],
      ["Cost", `${outcome.tokens.toLocaleString()} tokens, ${number(outcome.seconds, 3)} s`],
    ]),
  );
}

function toolLinks(names) {
  return names.map((name, at) => [
    at > 0 && ", ",
    h("a", { href: `#/tools/${encodeURIComponent(name)}` }, name),
  ]);
}

// How it came about

function tracePart({ plan, trace }) {
  if (!plan && !trace.length) return null;
  const counts = Object.entries(GIVERS)
    .map(([kind, [words, colour]]) => [trace.filter((entry) => entry.kind === kind).length, words, colour])
    .filter(([count]) => count > 0);
  return section(
    "How it came about",
    plan && [h("h3", null, "The plan"), code(plan, "The plan")],
    trace.length > 0 && h("h3", null, "Its steps"),
    trace.length > 0 &&
      h(
        "p",
        { class: "soft" },
        "Who gave each value: ",
        counts.map(([count, words, colour]) => [badge(`${words} ${count}`, colour), " "]),
      ),
    trace.length > 0 && stepTable(trace),
  );
}

function stepTable(trace) {
  const rows = trace.map((entry) => [
    entry.line || "–",
    giver(entry.kind),
    h("code", { class: "value" }, call(entry)),
    entry.error
      ? h("span", { class: "value" }, badge("failed", "bad"), ` ${entry.error}`)
      : h("code", { class: "value" }, short(entry.value)),
  ]);
  return table({ caption: "Steps, in order", columns: ["Line", "Given by", "Step", "Value"], rows });
}

function giver(kind) {
  const [words, colour] = GIVERS[kind] ?? [kind, "plain"];
  return badge(words, colour);
}

function call(entry) {
  const given = Object.entries(entry.arguments ?? {}).map(([name, value]) => `${name}=${short(value, 120)}`);
  return entry.name ? `${entry.name}(${given.join(", ")})` : "variables";
}

function short(value, longest = 600) {
  const text = JSON.stringify(value) ?? "null";
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
