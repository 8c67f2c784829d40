// Elements out of values. All text goes in as text: nothing here, or above, reads markup.

const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "selected",
  "open",
  "hidden",
  "required",
  "readOnly",
]);
const SVG = "http://www.w3.org/2000/svg";

/**
 * Returns an element. Attributes: "class", any attribute's name, `on...` with a function, `dataset` with an
 * object; those that are null, undefined or false are left out. Children: nodes, texts, numbers, arrays of
 * them; null, undefined and false are left out.
 */
export function h(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Returns an element of SVG, as `h` does. */
export function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** Puts children in place of those that a node has, and returns the node. */
export function replace(node, ...children) {
  node.replaceChildren(...nodes(children));
  return node;
}

/** Adds children to those that a node has, and returns the node. */
export function append(node, ...children) {
  node.append(...nodes(children));
  return node;
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

function set(element, name, value) {
  if (name.startsWith("on")) {
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
  } else if (name === "dataset") {
    Object.assign(element.dataset, value);
  } else if (PROPERTIES.has(name)) {
    if (value !== undefined && value !== null) element[name] = value;
  } else if (value !== null && value !== undefined && value !== false) {
    element.setAttribute(name, name === "href" ? ownAddress(value) : value === true ? "" : String(value));
  }
}

/** Returns an address within this page or this server; any other could be a script. */
function ownAddress(address) {
  const text = String(address);
  if (text.startsWith("#") || /^\/(?![/\\])/.test(text) || text.startsWith("blob:")) return text;
  throw new Error(`href: expected an address of this page, such as "#/runs", found ${JSON.stringify(text)}`);
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}
