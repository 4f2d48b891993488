"use strict";
/* What the corpus is made of, people's data and wishes, the runs, and what the report says of itself. */
const portrait = (() => {
  const { address, body, count, empty, h, han, many, share, sum, table } = dom;
  const { DROPPED, KEPT, legend } = overview;

  function passages({ passages: found, header }) {
    const box = body("passages");
    if (!found.length) {
      return void box.append(empty(header.absent.includes("passages")
        ? "This corpus was built by an earlier release, which did not look for shared passages."
        : "No sentence or paragraph stands in several kept essays."));
    }
    for (const kind of ["sentence", "paragraph"]) {
      const rows = found.filter((each) => each.kind === kind);
      if (!rows.length) continue;
      box.append(table({ caption: `${kind === "sentence" ? "Sentences" : "Paragraphs"} that stand in the most kept essays`, rows,
        columns: [
          { label: kind, value: (row) => han(row.text) },
          { label: "essays", num: true, value: (row) => row.essays },
          { label: "times", num: true, value: (row) => row.occurrences },
          { label: "first seen", value: (row) => (row.url ? address(row.url, host(row.url)) : "–") }] }));
    }
  }

  const host = (url) => url.replace(/^https?:\/\//i, "").split("/")[0];

  /** Kept and dropped texts by what they are, as bars or columns. */
  function kinds(title, rows, note, head, shape = "bars") {
    const series = [KEPT, DROPPED];
    const data = rows.map((row) => ({ label: row.label, values: [row.kept, row.duplicates] }));
    return charts.figure({
      title, note, legend: legend(series),
      label: `Chart: ${title}. ${[...rows].sort((a, b) => b.kept - a.kept).slice(0, 4).map((row) =>
        `${row.label}: ${count(row.kept)} kept`).join("; ")}.`,
      draw: (width) => charts[shape]({ rows: data, series, width }),
      table: { caption: title, rows, columns: [
        { label: head, value: (row) => row.label },
        { label: "kept", num: true, value: (row) => row.kept },
        { label: "near-duplicates", num: true, value: (row) => row.duplicates }] },
    });
  }

  function profile({ profile: facts, funnel }) {
    const box = body("profile");
    const grid = h("div", { class: "grid" });
    const scripts = { hans: "simplified (hans)", hant: "traditional (hant)", mixed: "mixed" };
    if (Object.keys(facts.charsets).length) {
      grid.append(
        charts.counted({ title: "Charset of the pages", note: "not decoded: what is empty, binary or no page",
          counts: facts.charsets, head: "charset", unit: "pages" }),
        charts.counted({ title: "What the charset was told by", counts: facts.charset_reasons, head: "told by", unit: "pages" }));
    }
    if (Object.keys(facts.extractors).length) {
      grid.append(charts.counted({ title: "Who read the article pages", counts: facts.extractors, head: "reader", unit: "pages" }));
    }
    if (facts.scripts.length) {
      grid.append(kinds("Script as published", facts.scripts.map((row) =>
        ({ ...row, label: scripts[row.label] ?? row.label })), null, "script"));
      grid.append(kinds("Genre, by the title", facts.genres, null, "genre"));
    }
    box.append(grid);
    if (facts.years.length) {
      grid.append(kinds("Year of publication, as the page states it", facts.years,
        facts.undated ? `${many(facts.undated, "text")} without a date` : "every text has a date", "year", "columns"));
    }
    if (facts.lengths.length) lengths(box, facts);
    if (!facts.scripts.length) box.append(empty("No text was found, so there is nothing to describe."));
  }

  function lengths(box, facts) {
    const series = [KEPT, DROPPED];
    const words = (bin) => (bin.end ? `${count(bin.start)}–${count(bin.end - 1)}` : `${count(bin.start)} and more`);
    box.append(charts.figure({
      title: "Length", legend: legend(series),
      note: `characters without white space; the median kept essay has ${count(facts.median)}; the last column is open`,
      label: `Histogram of lengths. The median kept essay has ${count(facts.median)} characters.`,
      draw: (width) => charts.columns({ width, series,
        rows: facts.lengths.map((bin) => ({ label: `${count(bin.start)}${bin.end ? "" : "+"}`, values: [bin.kept, bin.duplicates] })) }),
      table: { caption: "Texts by length in characters", rows: facts.lengths, columns: [
        { label: "characters", value: words },
        { label: "kept", num: true, value: (bin) => bin.kept },
        { label: "near-duplicates", num: true, value: (bin) => bin.duplicates }] },
    }));
  }

  function rights({ rights: facts, header }) {
    const box = body("rights");
    if (!facts.counted) {
      box.append(empty("This corpus was built by an earlier release, which counted neither contact data nor reservations."));
    } else {
      box.append(h("p", { class: "note" }, { mask: "Contact data is masked in all published texts: digits as 0, letters as x.",
        keep: "Contact data was kept as it stood." }[header.contacts] ?? "The corpus does not say whether contact data is masked."));
      if (facts.contacts.length) {
        box.append(charts.figure({
          title: "Contact data found, by kind",
          label: `Bar chart: ${facts.contacts.map((each) => `${each.kind} ${count(each.found)} on ${many(each.pages, "page")}`).join("; ")}.`,
          draw: (width) => charts.bars({ width: Math.min(width, 760), series: [{ colour: "var(--accent)" }],
            rows: facts.contacts.map((each) => ({ label: each.kind, values: [each.found], pages: each.pages })),
            words: (row) => `${count(row.values[0])} on ${many(row.pages, "page")}` }),
          table: { caption: "Contact data by kind", rows: facts.contacts, columns: [
            { label: "kind", value: (row) => row.kind },
            { label: "found", num: true, value: (row) => row.found },
            { label: "pages", num: true, value: (row) => row.pages }] },
        }));
      } else box.append(empty("No contact data was found."));
      box.append(h("h3", {}, "Reserved pages"));
      box.append(facts.reservations.length ? table({ caption: "Pages that reserve their use, by directive", rows: facts.reservations, columns: [
        { label: "directive", value: (row) => row.directive },
        { label: "pages", num: true, value: (row) => row.pages },
        { label: "essays kept", num: true, value: (row) => row.essays }] }) : empty("No page carries a reservation."));
    }
    box.append(h("h3", {}, "Taken down"));
    if (!facts.takedowns.length) return void box.append(empty("Nothing was taken down on demand."));
    const shown = facts.takedowns.length < facts.takedowns_total ? `, the latest ${count(facts.takedowns.length)}` : "";
    box.append(table({ caption: `${many(facts.takedowns_total, "demand")}${shown}`, rows: facts.takedowns, columns: [
      { label: "what", value: (row) => row.kind },
      { label: "since", value: (row) => row.since || "–" },
      { label: "reason", wide: true, value: (row) => (row.reason ? han(row.reason) : "–") },
      { label: "pages", num: true, value: (row) => row.pages },
      { label: "essays", num: true, value: (row) => row.essays }] }));
  }

  const seconds = (value) => (value < 100 ? `${value.toFixed(1)} s` : `${count(Math.round(value))} s`);

  function runs({ runs: found }) {
    const box = body("runs");
    if (!found.length) return void box.append(empty("No run is on record beside this corpus."));
    const timed = found.find((run) => run.this && Object.keys(run.stages).length)
      ?? found.find((run) => Object.keys(run.stages).length);
    if (timed) {
      const rows = Object.entries(timed.stages).map(([label, value]) => ({ label, values: [value] }));
      const all = sum(rows.map((row) => row.values[0]));
      box.append(charts.figure({
        title: "Time by stage", note: `run ${timed.id}, ${seconds(timed.seconds)} in all`,
        label: `Bar chart of seconds by stage: ${rows.map((row) => `${row.label} ${seconds(row.values[0])}`).join(", ")}.`,
        draw: (width) => charts.bars({ rows, width, series: [{ colour: "var(--accent)" }], words: (row) => seconds(row.values[0]) }),
        table: { caption: "Time by stage", rows, columns: [
          { label: "stage", value: (row) => row.label },
          { label: "time", num: true, value: (row) => seconds(row.values[0]) },
          { label: "share", num: true, value: (row) => share(row.values[0], all) }] },
      }));
    }
    const alarms = (run) => (run.alarms.length
      ? h("span", {}, run.alarms.map((alarm, at) => [at ? h("br") : null, h("span", { class: "bad" }, "Alarm: "), h("span", { class: "han" }, alarm)]))
      : "all quiet");
    box.append(table({ caption: "Runs and their monitors", rows: found, columns: [
      { label: "run", value: (run) => (run.this ? h("span", {}, run.id, h("br"), h("small", { class: "meta" }, "built this corpus")) : run.id) },
      { label: "time", num: true, value: (run) => (run.seconds ? seconds(run.seconds) : "–") },
      { label: "found", num: true, value: (run) => (run.crawled ? run.total.found : "–") },
      { label: "failed", num: true, value: (run) => (run.crawled ? run.total.failed : "–") },
      { label: "essays kept", num: true, value: (run) => (run.built ? run.kept : "–") },
      { label: "monitors", wide: true, value: alarms }] }));
  }

  function about({ header }) {
    const box = body("about");
    const rows = Object.entries(header.rows);
    box.append(table({ caption: "Tables of the corpus", rows, columns: [
      { label: "table", value: ([name]) => name }, { label: "rows", num: true, value: ([, number]) => number }] }));
    if (header.absent.length) {
      box.append(h("p", { class: "note" }, `Built by an earlier release, without the tables ${header.absent.join(", ")}.`));
    }
    box.append(h("p", { class: "note" },
      "This file is complete in itself: it asks the network for nothing. Samples are chosen by a hash of their ids, so the same corpus has the same report. Sample texts belong to their authors. Charts: Observable Plot and D3 (ISC licence, in this file)."));
  }

  return { about, passages, profile, rights, runs };
})();
