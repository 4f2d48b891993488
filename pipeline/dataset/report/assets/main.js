"use strict";
/* Puts the report together, and keeps theme, widths and the list of contents as they should be. */
(() => {
  const report = JSON.parse(document.getElementById("data").textContent);

  function build() {
    overview.header(report);
    overview.funnel(report);
    const rejected = samples.rejected(report);
    overview.sites(report, rejected);
    const compare = lineage.compare(report);
    lineage.clusters(report, compare);
    samples.edits(report);
    portrait.passages(report);
    portrait.profile(report);
    portrait.rights(report);
    portrait.runs(report);
    portrait.about(report);
  }

  /** Auto follows the system; the choice is kept where the browser allows a file to keep one. */
  function theme() {
    const root = document.documentElement;
    const button = document.getElementById("theme");
    const names = ["auto", "dark", "light"];
    const stored = () => {
      try { return localStorage.getItem("fanwen-theme"); } catch { return null; }
    };
    const set = (name) => {
      if (name === "auto") delete root.dataset.theme;
      else root.dataset.theme = name;
      button.textContent = `Theme: ${name}`;
      button.dataset.theme = name;
    };
    set(names.includes(stored()) ? stored() : "auto");
    button.addEventListener("click", () => {
      const next = names[(names.indexOf(button.dataset.theme) + 1) % names.length];
      set(next);
      try { localStorage.setItem("fanwen-theme", next); } catch { /* it holds for this visit */ }
    });
  }

  /** Mark the section that is being read. */
  function contents() {
    const links = new Map([...document.querySelectorAll("nav li a")].map((link) => [link.hash.slice(1), link]));
    const seen = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.id);
      const first = [...links.keys()].find((id) => seen.has(id));
      for (const [id, link] of links) {
        if (id === first) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-8% 0px -70% 0px" });
    for (const id of links.keys()) observer.observe(document.getElementById(id));
    const menu = document.getElementById("menu");
    const narrow = window.matchMedia("(max-width: 900px)");
    const fit = () => { menu.open = !narrow.matches; };
    narrow.addEventListener("change", fit);
    fit();
  }

  theme();
  build();
  contents();
  charts.refresh();
  performance.mark("fanwen-drawn");
  document.documentElement.dataset.drawn = "true";
  window.addEventListener("beforeprint", charts.forPaper);
  window.addEventListener("afterprint", charts.refresh);
  let waiting = 0;
  new ResizeObserver(() => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(charts.refresh);
  }).observe(document.getElementById("main"));
})();
