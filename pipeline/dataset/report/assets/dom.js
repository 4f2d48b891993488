"use strict";
/* Elements and tables. Whatever a page of the web supplied reaches the document as a text node, never as markup. */
const dom = (() => {
  const whole = new Intl.NumberFormat("en-US");
  const LONG = 14;
  const SHOWN = 10;
  let selectors = 0;
  const count = (value) => whole.format(value);

  function share(part, all) {
    if (!all) return "–";
    const percent = (100 * part) / all;
    if (part && percent < 0.05) return "<0.1%";
    return `${percent.toFixed(percent >= 99.95 || percent === 0 ? 0 : 1)}%`;
  }

  /** An element; attributes that begin with "on" are listeners. */
  function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** Words from a page: Chinese, in a box of their own direction. */
  const han = (text, tag = "span", name = "") =>
    h(tag, { class: `han ${name}`.trim(), lang: "zh" }, text);

  /** An address of a page; a link only if it leads to the web. */
  function address(url, words = "") {
    const shown = words || url.replace(/^https?:\/\//, "");
    if (!/^https?:\/\//i.test(url)) return h("span", { class: "han" }, shown);
    return h("a", { href: url, rel: "noopener noreferrer nofollow", class: "han" }, shown);
  }

  /**
   * A table. Columns: {label, value(row), num, wide}; a value is text, a number or a node; the first heads the row.
   * On a phone each row is a small card; the roles keep it a table for those who listen. Of a long table the first rows
   * are shown, and the others when asked and on paper.
   */
  function table({ caption, columns, rows, last = false }) {
    const cells = (row) =>
      columns.map((column, at) => {
        const value = column.value(row);
        const shown = typeof value === "number" ? count(value) : value;
        const names = [column.num ? "num" : "", column.wide ? "wide" : ""].join(" ").trim();
        return at === 0
          ? h("th", { scope: "row", role: "rowheader", class: names || null }, shown)
          : h("td", { role: "cell", class: names || null, "data-label": column.label }, shown);
      });
    const heads = columns.map((column) =>
      h("th", { scope: "col", role: "columnheader", class: column.num ? "num" : null }, column.label));
    const long = rows.length > LONG;
    const box = h("table", { class: columns.length > 3 ? "stack" : "stack narrow", role: "table" },
      h("caption", {}, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
      h("tbody", { role: "rowgroup" },
        rows.map((row, at) =>
          h("tr", { role: "row", class: long && at >= SHOWN ? "extra" : last && at === rows.length - 1 ? "sum" : null }, cells(row)))));
    if (!long) return box;
    const more = h("button", { type: "button", class: "more", onclick: () => {
      box.classList.add("all");
      more.remove();
      box.querySelector(".extra th").setAttribute("tabindex", "-1");
      box.querySelector(".extra th").focus();
    } }, `Show all ${count(rows.length)} rows`);
    return h("div", {}, box, more);
  }

  /** A labelled selector; options: [value, words]. */
  function select(label, options, change) {
    selectors += 1;
    const id = `select-${selectors}`;
    const box = h("select", { id, onchange: () => change(box.value) },
      options.map(([value, words]) => h("option", { value }, words)));
    return { field: h("div", { class: "field" }, h("label", { for: id }, label), box), box };
  }

  const empty = (words) => h("p", { class: "empty" }, words);
  const many = (number, one, several) => `${count(number)} ${number === 1 ? one : several ?? `${one}s`}`;
  const body = (id) => document.querySelector(`#${id} .body`);
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  return { address, body, count, empty, h, han, many, select, share, sum, table };
})();
