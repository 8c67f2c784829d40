// News of requests over one WebSocket for the whole page. A message is a sign that there is something new: what
// it is, views ask for by HTTP, from the last event they have. So a lost connection loses nothing, and while
// there is none, views are told to look every few seconds.

const PATH = "/api/socket";
const LOOK_SECONDS = 3; // without a connection
const LONGEST_WAIT = 15; // seconds before the next try

const watchers = new Set();
let socket = null;
let failures = 0;
let timer = 0;

/**
 * Calls `onNews` when something happens to a request (null: to any), and whenever something may have been
 * missed. Returns a function that ends it.
 */
export function watch(request, onNews) {
  const watcher = { request, onNews };
  watchers.add(watcher);
  if (!socket) connect();
  const looking = window.setInterval(() => {
    if (!isOpen() && !document.hidden) onNews();
  }, 1000 * LOOK_SECONDS);
  return () => {
    watchers.delete(watcher);
    window.clearInterval(looking);
    if (watchers.size === 0) disconnect();
  };
}

/** Returns a function that calls another once in a while, however often it is called itself, and at last. */
export function gathered(act, milliseconds = 150) {
  let waiting = 0;
  return () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(act, milliseconds);
  };
}

function isOpen() {
  return socket?.readyState === WebSocket.OPEN;
}

function connect() {
  window.clearTimeout(timer);
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(`${scheme}//${window.location.host}${PATH}`);
  socket = opened;
  opened.addEventListener("open", () => {
    failures = 0;
    opened.send(JSON.stringify({ type: "subscribe", id: newId(), requests: null }));
  });
  opened.addEventListener("message", (event) => hear(event.data));
  opened.addEventListener("close", () => {
    if (socket === opened) retry();
  });
}

function hear(text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return; // no message of this server
  }
  // After "subscribed" all that comes is heard; what came before it may have been missed.
  if (message.type === "subscribed") tell(null);
  else if (message.request && message.event) tell(message.request);
}

function tell(request) {
  for (const watcher of watchers) {
    if (request === null || watcher.request === null || watcher.request === request) watcher.onNews();
  }
}

function retry() {
  socket = null;
  if (watchers.size === 0) return;
  failures += 1;
  timer = window.setTimeout(connect, 1000 * Math.min(LONGEST_WAIT, 0.5 * 2 ** failures));
}

function disconnect() {
  window.clearTimeout(timer);
  const closing = socket;
  socket = null;
  closing?.close();
}

/** Returns an id that no other message or request has. */
export function newId() {
  return crypto.randomUUID();
}
