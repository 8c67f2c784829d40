// The colours that the reader chose, set before the first paint. Runs as a plain script in the head.
"use strict";
{
  let chosen = null;
  try {
    chosen = localStorage.getItem("funsearch.theme");
  } catch {
    // Storage is closed to this page: the system's colours stay.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
