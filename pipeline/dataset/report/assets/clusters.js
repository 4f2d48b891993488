"use strict";
/* The largest clusters, and kept essays beside their reposts. */
const lineage = (() => {
  const { address, body, count, empty, h, han, many, select, share } = dom;

  function clusters({ clusters: { sizes, largest }, header }, compare) {
    const box = body("clusters");
    if (!largest.length) return void box.append(empty("No essay has a near-duplicate here, so there is no cluster."));
    box.append(charts.counted({ title: "Kept essays by the size of their cluster", note: "1: no repost was found",
      counts: sizes, head: "copies", unit: "essays" }));
    box.append(h("h3", {}, `The ${count(largest.length)} largest`));
    largest.forEach((cluster, at) => box.append(entry(cluster, at < 2, header, compare)));
  }

  const span = (cluster) => {
    if (!cluster.first) return "no dates";
    const [first, last] = [cluster.first.slice(0, 7), cluster.last.slice(0, 7)];
    return first === last ? first : `${first} to ${last}`;
  };

  /** A cluster that is drawn when it is opened. */
  function entry(cluster, open, header, compare) {
    const inside = h("div", { class: "inside" });
    const box = h("details", { class: "cluster", open },
      h("summary", {},
        h("span", { class: "size" }, count(cluster.size), h("small", {}, "copies")),
        han(cluster.title || cluster.opening.slice(0, 30), "strong"),
        h("span", { class: "meta" }, `${many(cluster.sites, "site")} · ${span(cluster)}`)),
      inside);
    let drawn = false;
    const draw = () => {
      if (drawn || !box.open) return;
      drawn = true;
      fill(inside, cluster, header, compare);
      charts.refresh();
    };
    box.addEventListener("toggle", draw);
    if (open) {
      drawn = true;
      fill(inside, cluster, header, compare);
    }
    return box;
  }

  function fill(inside, cluster, header, compare) {
    inside.append(
      h("p", { class: "meta" }, "kept: ", address(cluster.url), ` (${cluster.site})`),
      h("p", { class: "han", lang: "zh" }, `${cluster.opening.replace(/\n/g, " ")}…`),
      spread(cluster));
    if (cluster.slots.length) inside.append(slots(cluster));
    else if (header.absent.includes("clusters")) inside.append(h("p", { class: "note" }, "Slots are not known: an earlier release built this corpus."));
    if (compare.knows(cluster.id)) {
      inside.append(h("p", { class: "more" }, h("a", { href: "#compare", onclick: () => compare.show(cluster.id) }, "Compare its copies side by side")));
    }
  }

  /** Copies over time, a row a site; the kept one is a ring. */
  function spread(cluster) {
    const names = Object.keys(cluster.by_site);
    const known = new Set(names);
    const others = names.find((name) => / others$/.test(name));
    const points = cluster.copies.map((copy) => ({ ...copy, day: new Date(copy.published),
      row: known.has(copy.site) ? copy.site : others })).filter((point) => point.row);
    const undated = cluster.undated ? `${count(cluster.undated)} without a date` : "all dated";
    const most = cluster.copies.length < cluster.size - cluster.undated ? `, ${count(cluster.copies.length)} shown` : "";
    return charts.figure({
      title: "Copies by site and date", note: `${undated}${most}; ring: the kept one`,
      label: `Dot chart of ${many(cluster.size, "copy", "copies")} on ${many(cluster.sites, "site")}, ${span(cluster)}. ${names.map((name) => `${name} ${count(cluster.by_site[name])}`).join(", ")}.`,
      draw: (width) => dots(points, names, cluster, width),
      table: { caption: "Copies by site", rows: Object.entries(cluster.by_site), columns: [
        { label: "site", value: ([name]) => name }, { label: "copies", num: true, value: ([, number]) => number },
        { label: "share", num: true, value: ([, number]) => share(number, cluster.size) }] },
    });
  }

  function dots(points, names, cluster, width) {
    const room = Math.min(Math.max(...names.map(charts.breadth)) + 4, width * 0.34);
    const days = points.map((point) => point.day.getTime());
    const pad = 864e5 * 60;
    const domain = days.length ? [new Date(Math.min(...days) - pad), new Date(Math.max(...days) + pad)] : [new Date(0), new Date(1)];
    return Plot.plot({
      ...charts.base(width, names.length * 24 + (days.length ? 32 : 8)),
      marginLeft: room + 10, marginRight: 44, marginTop: 4, marginBottom: days.length ? 28 : 4,
      x: { type: "utc", domain, axis: days.length ? "bottom" : null, label: null, ticks: Math.max(2, Math.round(width / 130)), tickSize: 3 },
      y: { domain: names, axis: null },
      marks: [
        Plot.ruleY(names, { stroke: "var(--line)" }),
        Plot.dot(points.filter((point) => !point.kept), { x: "day", y: "row", r: 4, fill: "var(--accent)", fillOpacity: 0.45,
          title: (point) => `${point.site}, ${point.published}` }),
        Plot.dot(points.filter((point) => point.kept), { x: "day", y: "row", r: 5.5, fill: "var(--paper)", stroke: "var(--away)", strokeWidth: 2.2,
          title: (point) => `kept: ${point.site}, ${point.published}` }),
        Plot.text(names, { y: (name) => name, text: (name) => charts.shortened(name, room), frameAnchor: "left", textAnchor: "end", dx: -8, fill: "currentColor" }),
        Plot.text(names, { y: (name) => name, text: (name) => count(cluster.by_site[name]), frameAnchor: "right", textAnchor: "end", dx: 42, fill: "var(--soft)" }),
      ],
    });
  }

  function slots(cluster) {
    const context = (slot) => h("span", { class: "han", lang: "zh" }, slot.before.replace(/\n/g, " "),
      h("span", { class: "gap" }, slot.kind), slot.after.replace(/\n/g, " "));
    const fillings = (slot) => h("span", {}, slot.texts.map((each) =>
      h("span", { class: "fill" }, each.text ? han(each.text) : h("small", {}, "(nothing)"), h("small", {}, each.kept ? " kept" : ` ×${count(each.count)}`))),
      slot.variants > slot.texts.length ? h("small", { class: "meta" }, `and ${count(slot.variants - slot.texts.length)} more`) : null);
    const some = cluster.slots.length < cluster.slots_total ? `${count(cluster.slots.length)} of ${count(cluster.slots_total)} slots` : many(cluster.slots_total, "slot");
    return dom.table({ caption: `${some} in which the copies differ, with what they have there`, rows: cluster.slots, columns: [
      { label: "place in the kept essay", value: context },
      { label: "kind", value: (slot) => slot.kind },
      { label: "what stands there: in the kept essay, in copies that differ", wide: true, value: fillings },
      { label: "variants", num: true, value: (slot) => slot.variants },
      { label: "copies that differ", num: true, value: (slot) => slot.copies }] });
  }

  function compare({ pairs }) {
    const box = body("compare");
    const control = { knows: () => false, show: () => {} };
    if (!pairs.length) {
      box.append(empty("There is no repost to compare."));
      return control;
    }
    const groups = new Map();
    for (const pair of pairs) groups.set(pair.cluster, [...(groups.get(pair.cluster) ?? []), pair]);
    const shown = h("div", { "aria-live": "polite" });
    const update = () => shown.replaceChildren(...beside(groups.get(essay.box.value)[Number(repost.box.value)]));
    const refill = () => {
      repost.box.replaceChildren(...groups.get(essay.box.value).map((pair, at) =>
        h("option", { value: at }, `${(100 * pair.jaccard).toFixed(1)}% alike · ${pair.site} · ${pair.published || "no date"}`)));
      update();
    };
    const essay = select("Kept essay", [...groups].map(([id, [pair]]) => [id, charts.shortened(pair.title || pair.kept_url, 320)]), refill);
    const repost = select("Repost", [], update);
    box.append(h("div", { class: "filters" }, essay.field, repost.field), shown);
    refill();
    control.knows = (id) => groups.has(id);
    control.show = (id) => {
      essay.box.value = id;
      refill();
    };
    return control;
  }

  /** Two texts in rows of paragraphs that belong together. */
  function beside(pair) {
    const head = (name, title, url, site, published) => h("div", { class: `head ${name}` },
      han(title || "without a title", "strong"), `${name === "left" ? "kept" : "repost"} · ${site} · ${published || "no date"}`, h("br"), address(url));
    const grid = h("div", { class: "pair" },
      head("left", pair.title, pair.kept_url, pair.kept_site, pair.kept_published),
      head("right", pair.title_of_repost, pair.url, pair.site, pair.published));
    const flow = h("div", { class: "han excerpt flow", lang: "zh" }, pair.segments.map(([operation, text]) =>
      (operation === "=" ? text : h(operation === "-" ? "del" : "ins", {}, seen(text)))));
    for (const [left, right] of paragraphs(pair.segments)) {
      grid.append(h("div", { class: "han excerpt left", lang: "zh" }, left), h("div", { class: "han excerpt right", lang: "zh" }, right));
    }
    const same = pair.segments.every(([operation]) => operation === "=");
    const note = [`Exact Jaccard similarity of the duplicate keys ${pair.jaccard.toFixed(4)} (${pair.rule || "near"}).`,
      same ? "The texts shown are the same, character for character." : "", pair.cut ? "Only the beginnings are shown." : ""];
    return [h("p", { class: "status" }, note.filter(Boolean).join(" ")), grid, flow];
  }

  /** Changed text; a paragraph's end that only one of the two has is shown. */
  const seen = (text) => text.replace(/^\n|\n$/g, "↵").replace(/^↵$/, "↵\n");

  function paragraphs(segments) {
    const rows = [[[], []]];
    const last = () => rows[rows.length - 1];
    for (const [operation, text] of segments) {
      if (operation === "=") {
        text.split("\n").forEach((piece, at) => {
          if (at) rows.push([[], []]);
          if (piece) last().forEach((side) => side.push(piece));
        });
      } else {
        const left = operation === "-";
        last()[left ? 0 : 1].push(h(left ? "del" : "ins", {}, seen(text)));
      }
    }
    return rows.filter(([left, right]) => left.length || right.length);
  }

  return { clusters, compare };
})();
