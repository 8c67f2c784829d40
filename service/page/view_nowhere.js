// Where an address leads nowhere.

import { append, h } from "./dom.js";
import { heading } from "./parts.js";
import { empty } from "./states.js";

export function show(container, { address }) {
  append(
    container,
    heading("There is no such page"),
    empty(`${address} leads nowhere.`, h("a", { href: "#/runs" }, "To the runs")),
  );
}
