// The server's HTTP API. The session is a cookie that no script can read.

/** What the server said against a request, or why it could not be asked. */
export class ApiError extends Error {
  constructor(message, status, type = "") {
    super(message);
    this.name = "ApiError";
    this.status = status; // of HTTP; 0: the server was not reached
    this.type = type;
  }
}

/** Returns what is at a path of the API. */
export function get(path, signal) {
  return ask(path, { signal });
}

/** Sends JSON and returns the answer; an answer without a body is null. */
export function send(method, path, body) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  return ask(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

/** Returns a path with a query; values that are null, undefined or "" are left out. */
export function withQuery(path, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * Asks for a path now and then again, `seconds` after each answer, and not while the page is hidden. After a
 * failure it waits longer, up to a minute. Returns a function that ends it.
 */
export function poll(path, seconds, onValue, onError) {
  const controller = new AbortController();
  let timer = 0;
  let failures = 0;

  async function round() {
    window.clearTimeout(timer);
    if (!document.hidden) await once();
    if (controller.signal.aborted) return;
    timer = window.setTimeout(round, 1000 * Math.min(60, seconds * 2 ** Math.min(failures, 5)));
  }

  async function once() {
    try {
      const value = await get(typeof path === "function" ? path() : path, controller.signal);
      failures = 0;
      if (!controller.signal.aborted) onValue(value);
    } catch (error) {
      if (controller.signal.aborted) return;
      failures += 1;
      onError(error);
    }
  }

  function onSight() {
    if (!document.hidden) round();
  }

  document.addEventListener("visibilitychange", onSight, { signal: controller.signal });
  round();
  return () => {
    controller.abort();
    window.clearTimeout(timer);
  };
}

async function ask(path, options) {
  const response = await reached(path, options);
  if (response.status === 401) {
    window.location.reload(); // the session has ended: the server answers with its form
    throw new ApiError("The session has ended.", 401, "unauthorized");
  }
  if (response.status === 204) return null;
  const value = await read(response);
  if (response.ok) return value;
  const problem = value?.error ?? {};
  throw new ApiError(
    problem.message ?? `The server answered ${response.status}.`,
    response.status,
    problem.type,
  );
}

async function reached(path, options) {
  try {
    return await fetch(path, {
      ...options,
      credentials: "same-origin",
      headers: { accept: "application/json", ...options.headers },
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The server cannot be reached. Is `funsearch serve` still running?", 0, "unreachable");
  }
}

async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (!response.ok) return null;
    throw new ApiError("The server's answer is no JSON.", response.status, "malformed");
  }
}
