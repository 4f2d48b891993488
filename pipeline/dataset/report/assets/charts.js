"use strict";
/* Charts as SVG by Observable Plot, each in a figure with a text alternative and its numbers as a table. */
const charts = (() => {
  const { count, h } = dom;
  const drawn = [];
  let painted = false;
  const FONT = 12;

  /** Width of a label in pixels: a Chinese character is as wide as it is high. */
  function breadth(text) {
    let width = 0;
    for (const character of text) width += character.codePointAt(0) > 0x2e80 ? FONT : FONT * 0.56;
    return width;
  }

  function shortened(text, room) {
    if (breadth(text) <= room) return text;
    let kept = "";
    for (const character of text) {
      if (breadth(`${kept}${character}…`) > room) break;
      kept += character;
    }
    return `${kept}…`;
  }

  /** A chart in its figure; draw(width) gives the SVG and is asked again when the width changes. */
  function figure({ title, note, label, legend, draw, table }) {
    const plot = h("div", { class: "plot" });
    const box = h("figure", {},
      h("figcaption", {}, title, note ? h("small", {}, note) : null),
      legend ? h("ul", { class: "legend" }, legend.map(([words, colour]) => {
        const swatch = h("i", { "aria-hidden": "true" });
        swatch.style.background = colour;
        return h("li", {}, swatch, words);
      })) : null,
      plot,
      table ? h("details", { class: "data" }, h("summary", {}, "As a table"), dom.table(table)) : null);
    register(plot, draw, label ?? title);
    return box;
  }

  function register(plot, draw, label) {
    const chart = { plot, draw, label, width: 0 };
    drawn.push(chart);
    return chart;
  }

  function paint(chart, width) {
    if (width < 40 || width === chart.width) return;
    chart.width = width;
    const picture = chart.draw(width);
    const all = Array.isArray(picture) ? picture : [picture];
    for (const svg of all) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", chart.label);
    }
    chart.plot.replaceChildren(...all);
    if (!painted) performance.mark("fanwen-first-chart");
    painted = true;
  }

  /** Draw all charts for paper, where letters must not shrink with the picture. */
  function forPaper() {
    const paper = 680;
    const widest = Math.max(...drawn.map((chart) => chart.width));
    for (const chart of drawn) {
      if (chart.width) paint(chart, Math.floor(chart.width > widest * 0.6 ? paper : paper / 2 - 20));
    }
  }

  /** Draw all charts that have a place, at the width they have. */
  function refresh() {
    const widths = drawn.map((chart) => Math.floor(chart.plot.getBoundingClientRect().width));
    drawn.forEach((chart, at) => paint(chart, widths[at]));
  }

  const base = (width, height) => ({
    width, height,
    style: { fontFamily: "inherit", fontSize: `${FONT}px`, background: "none", overflow: "visible" },
  });

  /** Horizontal bars; rows: {label, values}, one value a series; series: {colour}. */
  function bars({ rows, series, width, words = (row) => count(dom.sum(row.values)) }) {
    const room = Math.min(Math.max(...rows.map((row) => breadth(row.label))) + 4, width * 0.42);
    const labels = rows.map((row) => shortened(row.label, room));
    const right = Math.max(...rows.map((row) => breadth(words(row)))) + 12;
    const pieces = series.map((each, at) => rows.map((row, index) => ({
      y: index, x1: dom.sum(row.values.slice(0, at)), x2: dom.sum(row.values.slice(0, at + 1)), row,
    })));
    return Plot.plot({
      ...base(width, rows.length * 25 + 6),
      marginLeft: room + 10, marginRight: right, marginTop: 3, marginBottom: 3,
      x: { axis: null, domain: [0, Math.max(1, ...rows.map((row) => dom.sum(row.values)))] },
      y: { domain: rows.map((_, at) => at), padding: 0.28, axis: null },
      marks: [
        ...series.map((each, at) => Plot.barX(pieces[at].filter((piece) => piece.x2 > piece.x1), {
          x1: "x1", x2: "x2", y: "y", fill: each.colour, stroke: each.colour, strokeWidth: 0.6,
          title: (piece) => `${piece.row.label}${each.name ? `, ${each.name}` : ""}: ${count(piece.x2 - piece.x1)}`,
        })),
        Plot.text(rows, { y: (_, at) => at, text: (_, at) => labels[at], frameAnchor: "left", textAnchor: "end",
          dx: -8, fill: "currentColor" }),
        Plot.text(rows, { y: (_, at) => at, x: (row) => dom.sum(row.values), text: words, textAnchor: "start",
          dx: 7, fill: "var(--soft)" }),
        Plot.ruleX([0], { stroke: "var(--line)" }),
      ],
    });
  }

  /** Columns in the order given; rows: {label, values}; every nth label is shown, so that none touch. */
  function columns({ rows, series, width, height = 190, axis = "" }) {
    const left = breadth(count(Math.max(...rows.map((row) => dom.sum(row.values))))) + 14;
    const step = (width - left - 8) / rows.length;
    const every = Math.ceil((Math.max(...rows.map((row) => breadth(row.label))) + 8) / step);
    const pieces = series.map((each, at) => rows.map((row, index) => ({
      x: index, y1: dom.sum(row.values.slice(0, at)), y2: dom.sum(row.values.slice(0, at + 1)), row,
    })));
    return Plot.plot({
      ...base(width, height),
      marginLeft: left, marginRight: 8, marginTop: 10, marginBottom: axis ? 40 : 26,
      x: { domain: rows.map((_, at) => at), padding: 0.18, tickSize: 0, label: axis || null, labelArrow: "none",
        labelAnchor: "center", ticks: rows.map((_, at) => at).filter((at) => at % every === 0),
        tickFormat: (at) => rows[at].label },
      y: { label: null, grid: true, tickSize: 0, ticks: Math.max(2, Math.round(height / 55)), tickFormat: (value) =>
        (Number.isInteger(value) ? count(value) : "") },
      marks: [
        ...series.map((each, at) => Plot.barY(pieces[at].filter((piece) => piece.y2 > piece.y1), {
          x: "x", y1: "y1", y2: "y2", fill: each.colour,
          title: (piece) => `${piece.row.label}${each.name ? `, ${each.name}` : ""}: ${count(piece.y2 - piece.y1)}`,
        })),
        Plot.ruleY([0], { stroke: "var(--mute)" }),
      ],
    });
  }

  /** A few small columns without words, for a cell of a table. */
  function spark(values, label) {
    const plot = h("div", { class: "plot" });
    const svg = Plot.plot({
      ...base(8 * values.length + 4, 22), margin: 1,
      x: { axis: null, domain: values.map((_, at) => at), padding: 0.2 },
      y: { axis: null, domain: [0, Math.max(1, ...values)] },
      marks: [Plot.barY(values, { x: (_, at) => at, y: (value) => value, fill: "var(--accent-2)" }),
        Plot.ruleY([0], { stroke: "var(--mute)" })],
    });
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
    plot.append(svg);
    return plot;
  }

  /** Bars in a figure, by {name: count}. */
  function counted({ title, note, counts, colour = "var(--accent)", head, unit }) {
    const rows = Object.entries(counts).map(([label, value]) => ({ label, values: [value] }));
    const all = dom.sum(rows.map((row) => row.values[0]));
    const words = (row) => `${count(row.values[0])}  ${dom.share(row.values[0], all)}`;
    return figure({
      title, note,
      label: `Bar chart: ${title}. ${rows.slice(0, 4).map((row) => `${row.label} ${words(row)}`).join("; ")}.`,
      draw: (width) => bars({ rows, series: [{ colour }], width: Math.min(width, 760), words }),
      table: { caption: title, rows, columns: [
        { label: head, value: (row) => row.label },
        { label: unit, num: true, value: (row) => row.values[0] },
        { label: "share", num: true, value: (row) => dom.share(row.values[0], all) }] },
    });
  }

  return { bars, base, breadth, columns, counted, figure, forPaper, refresh, shortened, spark };
})();
