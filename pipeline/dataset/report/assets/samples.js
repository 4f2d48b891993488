"use strict";
/* Samples of what was rejected, removed and repaired, with filters. */
const samples = (() => {
  const { address, body, count, empty, h, han, many, select, sum } = dom;
  const FIRST = 12;

  const by = (rows, key) => {
    const totals = new Map();
    for (const row of rows) totals.set(row[key], (totals.get(row[key]) ?? 0) + row.count);
    return [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  };

  /** A list that shows its first items and, when asked, the others. */
  function list(box, items, name = "") {
    const show = (shown) => h("ul", { class: `samples ${name}`.trim() }, shown);
    if (items.length <= FIRST) return box.replaceChildren(show(items));
    const more = h("button", { type: "button", class: "more", onclick: () => box.replaceChildren(show(items)) },
      `Show all ${count(items.length)}`);
    return box.replaceChildren(show(items.slice(0, FIRST)), more);
  }

  function rejected({ rejections: { cells, examples } }) {
    const box = body("rejected");
    const filter = { knows: () => false, show: () => {} };
    if (!cells.length) {
      box.append(empty("Nothing was rejected."));
      return filter;
    }
    const rules = by(cells, "rule");
    const stage = new Map(cells.map((cell) => [cell.rule, `${cell.kind === "page" ? "pages" : "texts"}, at ${cell.stage}`]));
    const shown = rules.slice(0, 18).map(([rule, number]) => ({ label: rule, values: [number] }));
    box.append(charts.figure({
      title: "Rejected, by rule", note: rules.length > 18 ? `the 18 most frequent of ${count(rules.length)} rules` : null,
      label: `Bar chart: ${shown.slice(0, 5).map((row) => `${row.label} ${count(row.values[0])}`).join(", ")}.`,
      draw: (width) => charts.bars({ rows: shown, width: Math.min(width, 760), series: [{ colour: "var(--away)" }] }),
      table: { caption: "Rejected, by rule", rows: rules, columns: [
        { label: "rule", value: ([rule]) => rule }, { label: "what", value: ([rule]) => stage.get(rule) },
        { label: "count", num: true, value: ([, number]) => number }] },
    }));
    const places = by(cells, "site");
    const status = h("p", { class: "status", role: "status" });
    const found = h("div");
    const options = (all, pairs) => [["", all], ...pairs.map(([name, number]) => [name, `${name} (${count(number)})`])];
    const update = () => {
      const fits = (row) => (!rule.box.value || row.rule === rule.box.value) && (!site.box.value || row.site === site.box.value);
      const items = inTurns(examples.filter(fits));
      const all = sum(cells.filter(fits).map((cell) => cell.count));
      status.textContent = `${many(items.length, "example")} of ${count(all)} rejected`;
      list(found, items.map(example), "short");
    };
    const rule = select("Rule", options("all rules", rules), update);
    const site = select("Site", options("all sites", places), update);
    box.append(h("div", { class: "filters" }, rule.field, site.field), status, found);
    update();
    filter.knows = (name) => places.some(([each]) => each === name);
    filter.show = (name) => {
      site.box.value = name;
      rule.box.value = "";
      update();
    };
    return filter;
  }

  /** One of each rule, then the second of each, so that the first few show the variety. */
  function inTurns(rows) {
    const turns = new Map();
    const placed = rows.map((row) => {
      turns.set(row.rule, (turns.get(row.rule) ?? 0) + 1);
      return [turns.get(row.rule), row];
    });
    return placed.sort((a, b) => a[0] - b[0]).map(([, row]) => row);
  }

  const example = (row) => h("li", {},
    h("p", { class: "meta" }, h("b", {}, row.rule), ` · ${row.kind} · ${row.site} · `, address(row.url)),
    h("p", {}, row.reason),
    row.text ? han(row.text, "p", "clip") : null);

  /** A piece of text with marks for what was done; a line break alone would not be seen. */
  const visible = (text) => (text.trim() ? text : text.replace(/\n/g, "↵\n"));
  function marked([operation, text, extra, chosen]) {
    if (operation === "=") return text;
    if (operation === "~") {
      const name = chosen ? "chosen" : null;
      return [text ? h("del", { class: name }, visible(text)) : null, extra ? h("ins", { class: name }, visible(extra)) : null];
    }
    if (operation === "+") return h("ins", {}, text);
    const [, before, words, after] = /^(\s*)([^]*?)(\s*)$/.exec(text);
    const title = extra ? `removed: ${extra}` : null;
    if (!words) return h("del", { title }, visible(text));
    return [before, h("del", { class: chosen ? "chosen" : null, title }, words), after];
  }

  const spot = (row) => h("li", {},
    h("p", { class: "meta" }, h("b", {}, row.rule), ` · ${row.site} · `, address(row.url)),
    h("p", { class: "han excerpt", lang: "zh" }, row.segments.map(marked)));

  function edits({ edits: facts }) {
    const box = body("edits");
    const repaired = sum(Object.values(facts.repaired));
    part(box, "Removed lines", "rule", facts.removed, "var(--away)", null, "removed_lines", facts.examples);
    part(box, "Repairs", "kind", facts.repaired, "var(--accent)",
      repaired ? `${count(facts.certain)} of ${count(repaired)} left no other possibility, the others were ranked best` : null,
      "repairs", facts.examples);
  }

  function part(box, title, head, counts, colour, note, source, all) {
    box.append(h("h3", {}, title));
    const names = Object.keys(counts);
    if (!names.length) return void box.append(empty(`${title}: none in this corpus.`));
    const top = Object.fromEntries(Object.entries(counts).slice(0, 18));
    box.append(charts.counted({ title: `${title}, by ${head}`, note, counts: top, colour, head, unit: "count" }));
    const examples = all.filter((row) => row.table === source);
    const found = h("div");
    const update = () => {
      const first = names.map((name) => examples.find((row) => row.rule === name)).filter(Boolean);
      list(found, (chosen.box.value ? examples.filter((row) => row.rule === chosen.box.value) : first).map(spot));
    };
    const chosen = select(`Samples by ${head}`, [["", "one of each"], ...names.map((name) =>
      [name, `${name} (${count(counts[name])})`])], update);
    box.append(h("div", { class: "filters" }, chosen.field), found);
    update();
  }

  return { edits, marked, rejected };
})();
