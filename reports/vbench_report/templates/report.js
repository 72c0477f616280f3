// Search, filters and sorting of the index; keys; and, where all pages are in one file, which one is shown.
"use strict";
(() => {
  const table = document.getElementById("benchmarks");
  const search = document.getElementById("search");
  if (table && search) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row, place) => ({
      row, place, name: row.dataset.name.toLowerCase(), group: row.dataset.group, verdict: row.dataset.verdict,
      time: number(row.dataset.time), change: number(row.dataset.change), rate: number(row.dataset.rate),
    }));
    const group = document.getElementById("group");
    const chips = Array.from(document.querySelectorAll(".chip"));
    const shown = document.getElementById("shown");
    const nothing = document.querySelector(".nothing-left");

    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const verdicts = new Set(chips.filter(pressed).map((chip) => chip.dataset.verdict));
      const inGroup = group ? group.value : "";
      let count = 0;
      for (const entry of rows) {
        const fits = (!verdicts.size || verdicts.has(entry.verdict)) && (!inGroup || entry.group === inGroup) &&
          words.every((word) => entry.name.includes(word));
        if (entry.row.hidden === fits) entry.row.hidden = !fits;
        count += fits;
      }
      shown.textContent = `${count} of ${rows.length} shown`;
      nothing.hidden = count > 0;
    };
    const clear = () => {
      search.value = "";
      if (group) group.value = "";
      chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
      filter();
    };
    search.addEventListener("input", filter);
    if (group) group.addEventListener("change", filter);
    document.getElementById("clear").addEventListener("click", () => { clear(); search.focus(); });
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        chip.setAttribute("aria-pressed", String(!pressed(chip)));
        filter();
      });
    }

    // One click sorts upwards, the next downwards, the third as it was.
    for (const button of table.tHead.querySelectorAll("button[data-sort]")) {
      button.addEventListener("click", () => {
        const head = button.closest("th");
        const way = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")];
        for (const other of table.tHead.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", way);
        const sign = way === "descending" ? -1 : 1;
        const key = button.dataset.sort;
        const sorted = rows.slice();
        if (way !== "none" && key === "verdict") sorted.sort((a, b) => sign * (a.place - b.place));
        else if (way !== "none") sorted.sort((a, b) => compare(a[key], b[key], sign) || a.place - b.place);
        body.append(...sorted.map((entry) => entry.row));
      });
    }

    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || table.closest("[hidden]")) return;
      if (event.key === "/" && !typing(event.target)) {
        event.preventDefault();
        search.focus();
        search.select();
      } else if (event.key === "Escape" && event.target === search) {
        clear();
      }
    });
    // A browser that comes back to the page keeps what was typed.
    window.addEventListener("pageshow", filter);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || typing(event.target)) return;
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = rel && Array.from(document.querySelectorAll(`a[rel=${rel}]`)).find((a) => a.offsetParent);
    // A region that scrolls sideways needs the arrows itself.
    if (link && !event.target.closest(".scroll")) link.click();
  });

  if (document.body.classList.contains("single")) {
    const pages = Array.from(document.querySelectorAll("section.page"));
    const show = () => {
      const target = document.getElementById(location.hash.slice(1));
      const page = (target && target.closest("section.page")) || pages[0];
      for (const other of pages) other.hidden = other !== page;
      for (const link of document.querySelectorAll(".top nav a")) {
        if (link.hash === `#${page.id}`) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      if (target && target !== page) target.scrollIntoView();
      else window.scrollTo(0, 0);
    };
    window.addEventListener("hashchange", show);
    window.addEventListener("beforeprint", () => { for (const page of pages) page.hidden = false; });
    window.addEventListener("afterprint", show);
    show();
  }

  function number(text) { return text === undefined || text === "" ? null : Number(text); }
  function pressed(chip) { return chip.getAttribute("aria-pressed") === "true"; }
  function typing(target) { return target.matches("input, select, textarea"); }
  // What has no figure stands last, whichever way.
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  }
})();
