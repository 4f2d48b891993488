"use strict";
/* Header, funnel, sites, runs, profile, rights: what is summed. */
const overview = (() => {
  const { body, count, empty, h, many, share, sum, table } = dom;
  const KEPT = { name: "kept", colour: "var(--accent)" };
  const DROPPED = { name: "near-duplicates", colour: "var(--accent-2)" };
  const REJECTED = { name: "rejected", colour: "var(--away)" };
  const legend = (series) => series.map((each) => [each.name, each.colour]);

  function header({ header: facts, funnel, runs }) {
    const run = runs.find((each) => each.this);
    const list = (pairs) => Object.entries(pairs).map(([name, value]) => `${name} ${value}`).join(", ");
    const contacts = { mask: "masked", keep: "kept as they stood" }[facts.contacts];
    const rows = [
      ["Version", facts.version ? count(facts.version) : null],
      ["Built by run", facts.run || "none of the runs here: a build without a crawl"],
      ["Run finished", run ? run.finished.replace("T", " ").replace("+00:00", " UTC") : null],
      ["Pages fetched", facts.first_fetch === facts.last_fetch ? facts.first_fetch
        : `${facts.first_fetch} to ${facts.last_fetch}`],
      ["Made from", facts.origin.join(", ")],
      ["Tools", list(facts.tools)],
      ["Duplicate search", list(facts.dedup)],
      ["Contact data", contacts],
    ];
    const box = document.getElementById("facts");
    for (const [name, value] of rows) if (value) box.append(h("div", {}, h("dt", {}, name), h("dd", {}, value)));
    const figures = funnel.filter((step) => step.role !== "away");
    const dropped = funnel.find((step) => step.label.startsWith("near-duplicates"));
    const tiles = [...figures.map((step) => [step.label, step.count])];
    tiles.splice(3, 0, ["near-duplicates", dropped ? dropped.count : 0]);
    box.before(h("dl", { class: "tiles" },
      tiles.map(([words, value]) => h("div", {}, h("dt", {}, words), h("dd", {}, count(value))))));
  }

  /** Bars that begin where the one above ends: what leaves is taken off what came in. */
  function waterfall(steps, width) {
    const total = steps[0].count;
    let left = total;
    const bars = steps.map((step, at) => {
      const bar = { ...step, at, x1: step.role === "away" ? left - step.count : 0, x2: left };
      if (step.role === "away") left -= step.count;
      return bar;
    });
    const high = width < 520;
    const room = high ? 0 : Math.max(...steps.map((step) => charts.breadth(step.label))) + 16;
    const sign = (bar) => `${bar.role === "away" ? "−" : ""}${count(bar.count)}`;
    const right = Math.max(...bars.map((bar) => charts.breadth(sign(bar)))) + 72;
    const colour = (bar) => (bar.role !== "away" ? "var(--accent)"
      : bar.rule ? "var(--away)" : bar.label.startsWith("near") ? "var(--accent-2)" : "var(--mute)");
    const strong = (role) => bars.filter((bar) => (bar.role === "away") !== role);
    const row = { y: "at", frameAnchor: "right", textAnchor: "end", fill: "currentColor" };
    const name = high ? { frameAnchor: "left", textAnchor: "start", dy: -17 } : { frameAnchor: "left", textAnchor: "end", dx: -8 };
    return Plot.plot({
      ...charts.base(width, bars.length * (high ? 42 : 25) + 8),
      marginLeft: room, marginRight: right, marginTop: 4, marginBottom: 4,
      x: { axis: null, domain: [0, Math.max(total, 1)] },
      y: { axis: null, domain: bars.map((bar) => bar.at), padding: high ? 0.6 : 0.28 },
      marks: [
        ...bars.map((bar) => Plot.barX([bar], { x1: "x1", x2: "x2", y: "at", fill: colour(bar), stroke: colour(bar),
          strokeWidth: bar.count ? 0.7 : 0, title: (each) => `${each.label}: ${count(each.count)}` })),
        ...[true, false].flatMap((role) => [
          Plot.text(strong(role), { y: "at", text: "label", ...name, fill: "currentColor", fontWeight: role ? 600 : 400 }),
          Plot.text(strong(role), { ...row, text: sign, dx: right - 54, fontWeight: role ? 600 : 400 })]),
        Plot.text(bars, { ...row, text: (bar) => share(bar.count, total), dx: right, fill: "var(--soft)" }),
        Plot.ruleX([0], { stroke: "var(--line)" }),
      ],
    });
  }

  /** The steps with rare rules together, so that the chart stays short; the table has them all. */
  function shortened(steps) {
    const rules = steps.filter((step) => step.rule);
    if (rules.length <= 9) return steps;
    const rare = new Set(rules.slice(8));
    const rest = { ...rules[8], label: `rejected: ${rare.size} other rules`, count: sum([...rare].map((step) => step.count)) };
    const at = steps.indexOf(rules[8]);
    return [...steps.slice(0, at), rest, ...steps.slice(at).filter((step) => !rare.has(step))];
  }

  function funnel({ funnel: steps }) {
    for (const unit of ["pages", "texts"]) {
      const own = steps.filter((step) => step.unit === unit);
      const [total, rest] = [own[0], own[own.length - 1]];
      const away = sum(own.filter((step) => step.role === "away").map((step) => step.count));
      const adds = total.count === away + rest.count;
      const equation = `${count(total.count)} − ${count(away)} = ${count(rest.count)}`;
      body("funnel").append(charts.figure({
        title: unit === "pages" ? "From pages to article pages" : "From texts to essays",
        note: adds ? `It adds up: ${equation}` : `These counts do not add up: ${equation}`,
        label: `Waterfall chart: ${own.map((step) => `${step.label} ${count(step.count)}`).join(", ")}.`,
        draw: (width) => waterfall(shortened(own), width),
        table: { caption: `Funnel of the ${unit}; parts that leave have a minus`, rows: own, last: true, columns: [
          { label: unit, value: (step) => step.label },
          { label: "count", num: true, value: (step) => `${step.role === "away" ? "−" : ""}${count(step.count)}` },
          { label: "share", num: true, value: (step) => share(step.count, total.count) }] },
      }));
    }
  }

  function sites({ sites: rows, runs }, filter) {
    const box = body("sites");
    if (!rows.length) return void box.append(empty("No page was read."));
    const series = [KEPT, DROPPED, REJECTED];
    box.append(charts.figure({
      title: "Texts by site", legend: legend(series), note: `${many(rows.length, "site")}, those with the most pages first`,
      label: `Stacked bar chart of texts by site: ${rows.slice(0, 4).map((row) =>
        `${row.site} ${count(row.kept)} kept, ${count(row.duplicates)} near-duplicates`).join("; ")}.`,
      draw: (width) => charts.bars({ width, series,
        rows: widest(rows).map((row) => ({ label: row.site, values: [row.kept, row.duplicates, row.rejected] })) }),
    }));
    const rejected = (row) => (row.pages_rejected + row.rejected && filter.knows(row.site)
      ? h("a", { href: "#rejected", "aria-label": `${count(row.rejected)} rejected texts of ${row.site}, examples`,
        onclick: () => filter.show(row.site) }, count(row.rejected))
      : count(row.rejected));
    box.append(table({ caption: "Totals of this corpus; texts = kept + near-duplicates + rejected", rows, columns: [
      { label: "site", value: (row) => row.site },
      { label: "pages", num: true, value: (row) => row.pages },
      { label: "article pages", num: true, value: (row) => row.articles },
      { label: "pages rejected", num: true, value: (row) => row.pages_rejected },
      { label: "texts", num: true, value: (row) => row.texts },
      { label: "kept", num: true, value: (row) => row.kept },
      { label: "near-duplicates", num: true, value: (row) => row.duplicates },
      { label: "rejected", num: true, value: rejected },
      { label: "kept of texts", num: true, value: (row) => share(row.kept, row.texts) }] }));
    crawls(box, runs.filter((run) => run.crawled));
  }

  /** The sites that a chart has room for, and all others as one. */
  function widest(rows) {
    if (rows.length <= 18) return rows;
    const rest = rows.slice(15);
    const total = (key) => sum(rest.map((row) => row[key]));
    return [...rows.slice(0, 15), { site: `${rest.length} others`, kept: total("kept"), duplicates: total("duplicates"), rejected: total("rejected") }];
  }

  function crawls(box, runs) {
    box.append(h("h3", {}, "What the last runs fetched"));
    if (!runs.length) {
      return void box.append(empty("There is no crawl to tell of: the corpus was built without one, or the folder of the runs is elsewhere (option --data)."));
    }
    const past = [...runs].reverse();
    const series = [["article pages", "articles", "var(--accent)"], ["list pages", "lists", "var(--accent-2)"],
      ["not modified", "not_modified", "var(--gold)"], ["skipped", "skipped", "var(--line)"],
      ["left for later", "pending", "var(--mute)"], ["failed", "failed", "var(--away)"]]
      .map(([name, key, colour]) => ({ name, key, colour }));
    const day = (run) => (run.finished || run.id.replace(/(....)(..)(..)T.*/, "$1-$2-$3")).slice(5, 10);
    box.append(charts.figure({
      title: "Addresses by what became of them", legend: legend(series), note: many(past.length, "run"),
      label: `Stacked column chart: ${past.slice(-3).map((run) => `${day(run)}: ${count(run.total.articles)} article pages of ${count(run.total.found)} found`).join("; ")}.`,
      draw: (width) => (past.length < 3
        ? charts.bars({ width, series, rows: past.map((run) => ({ label: day(run), values: series.map((each) => run.total[each.key]) })) })
        : charts.columns({ width, series, rows: past.slice(width < 420 ? -7 : 0).map((run) => ({ label: day(run), values: series.map((each) => run.total[each.key]) })) })),
      table: { caption: "Runs, the earliest first; found is the sum of the others", rows: past, columns: [
        { label: "run", value: (run) => run.id }, { label: "found", num: true, value: (run) => run.total.found },
        ...series.map((each) => ({ label: each.name, num: true, value: (run) => run.total[each.key] }))] },
    }));
    bySite(box, past);
  }

  function bySite(box, past) {
    const last = past[past.length - 1];
    const series = new Map(last.sites.map((site) => [site.site, past.map((run) =>
      run.sites.find((each) => each.site === site.site)?.articles ?? 0)]));
    const found = [...last.sites].sort((a, b) => b.articles - a.articles || (a.site < b.site ? -1 : 1)).slice(0, 60);
    if (!found.length) return;
    box.append(table({ caption: `Run ${last.id} by site`, rows: found, columns: [
      { label: "site", value: (row) => row.site },
      ...(past.length > 1 ? [{ label: "articles by run", value: (row) =>
        charts.spark(series.get(row.site), `Article pages by run: ${series.get(row.site).join(", ")}`) }] : []),
      { label: "found", num: true, value: (row) => row.found },
      { label: "article pages", num: true, value: (row) => row.articles },
      { label: "list pages", num: true, value: (row) => row.lists },
      { label: "not modified", num: true, value: (row) => row.not_modified },
      { label: "skipped", num: true, value: (row) => row.skipped },
      { label: "failed", num: true, value: (row) => (row.failed > 0.05 * row.found ? h("span", { class: "bad" }, count(row.failed)) : row.failed) },
      { label: "left for later", num: true, value: (row) => row.pending },
      { label: "articles of found", num: true, value: (row) => share(row.articles, row.found) }] }));
  }

  return { DROPPED, KEPT, funnel, header, legend, sites };
})();
