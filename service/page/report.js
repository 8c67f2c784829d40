// Draws the figures of a report, in light or dark as the reader's system is. A plain script: it stands in the file.
"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function themed(layout) {
    const [text, line, ground] = dark.matches ? ["#e8e9ea", "#33383e", "#1e2125"] : ["#1d2023", "#e2e2dd", "#ffffff"];
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true };
    const colours = dark.matches
      ? ["#5cc8bd", "#f0a35e", "#9db0ff", "#f08fc0", "#b3d069", "#c9a5f5", "#e0c360", "#aab6c3"]
      : ["#0f766e", "#b4540a", "#4a5fc1", "#a8326e", "#577a12", "#7a4fb0", "#8a6a12", "#55616e"];
    return {
      ...layout,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: text },
      colorway: colours,
      margin: { t: 36, r: 16, b: 44, l: 52 },
      hoverlabel: { bgcolor: ground, bordercolor: line, font: { color: text } },
      legend: { orientation: "h", x: 0, y: 1, xanchor: "left", yanchor: "bottom" },
      xaxis: { ...axis, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
    };
  }

  function draw() {
    for (const [name, figure] of Object.entries(figures)) {
      const place = document.getElementById(`plot-${name}`);
      Plotly.react(place, figure.data, themed(figure.layout), { responsive: true, displaylogo: false });
    }
  }

  draw();
  dark.addEventListener("change", draw);
})();
