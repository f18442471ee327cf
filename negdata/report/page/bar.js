// The bar above a list: search, a filter for each facet, order, how many are listed, and marks.

const MOST_OPTIONS = 400;

class Bar {
  constructor(view, marks, onChange) {
    this.view = view;
    this.marks = marks;
    this.onChange = onChange;
    this.words = "";
    this.chosen = new Map();
    this.order = view.orders[0];
    this.root = el("div", { class: "bar", role: "search", "aria-label": "Filter " + view.label });
    this.selects = new Map();
    this.build();
  }

  build() {
    const look = drawn("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, drawn("circle", { cx: 7, cy: 7, r: 4.6 }), drawn("path", { d: "M10.6 10.6 15 15" }));
    this.input = el("input", { type: "search", placeholder: "Search", "aria-label": "Search captions, ids, images", spellcheck: "false", on: { input: () => this.search() } });
    const filters = el("div", { class: "filters" });
    const facets = this.marks ? [...this.view.facets, ["mark", "Mark"]] : this.view.facets;
    for (const [facet, label] of facets) {
      const select = el("select", { "aria-label": label, on: { change: () => this.choose(facet, select.value) } });
      this.selects.set(facet, [select, label]);
      if (this.fill(facet)) filters.append(select);
    }
    if (this.view.orders.length > 1) {
      const order = el("select", { class: "order", "aria-label": "Order", on: { change: () => { this.order = this.view.orders[order.value]; this.onChange(); } } },
        ...this.view.orders.map((one, at) => el("option", { value: at }, one.label)));
      filters.append(order);
    }
    const more = el("button", { type: "button", class: "more-filters", "aria-expanded": "false", on: { click: () => {
      const open = this.root.classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
    } } }, "Filters");
    this.count = el("output", { "aria-live": "polite" });
    this.clear = el("button", { type: "button", class: "quiet", hidden: true, on: { click: () => this.reset() } }, "Show all");
    const state = el("div", { class: "state" }, this.count, this.clear);
    if (this.view.legend) state.append(el("span", { class: "legend" }, el("mark", { class: "cue" }, "no"), " negates  ", el("mark", { class: "absent" }, "dog"), " is said to be absent"));
    state.append(el("span", { class: "spring" }));
    if (this.marks) state.append(this.menu());
    this.root.append(el("div", { class: "search" }, look, this.input), more, filters, state);
  }

  // The options of a facet; false where there is nothing to choose from.
  fill(facet) {
    const [select, label] = this.selects.get(facet);
    const counts = facetCounts(this.view.items, facet, this.marks);
    const before = select.value;
    select.replaceChildren(
      el("option", { value: "" }, label + ": all"),
      ...counts.slice(0, MOST_OPTIONS).map(([value, count]) => el("option", { value }, `${label}: ${value} (${counted(count)})`)),
    );
    if (counts.some(([value]) => value === before)) select.value = before;
    return facet === "mark" || counts.length > 1;
  }

  menu() {
    const file = el("input", { type: "file", accept: ".jsonl,.json,.txt", hidden: true, "aria-label": "File of marks", on: { change: () => this.take(file) } });
    const summary = el("summary", {});
    this.exporting = el("button", { type: "button", class: "export", on: { click: () => { download("marks.jsonl", this.marks.lines()); menu.open = false; } } }, "Export marks.jsonl");
    this.clearing = el("button", { type: "button", on: { click: () => { if (confirm("Remove all marks and notes?")) this.marks.clear(); } } }, "Remove all");
    const importing = el("button", { type: "button", on: { click: () => file.click() } }, "Import …");
    this.kept = el("p", {});
    const menu = el("details", { class: "menu" }, summary, el("div", {}, this.exporting, importing, this.clearing, this.kept, file));
    addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; summary.focus(); } });
    this.summary = summary;
    this.tell();
    this.marks.watchers.push(() => this.tell());
    return menu;
  }

  tell() {
    const number = this.marks.byId.size;
    this.summary.textContent = number ? `Marks: ${counted(number)}` : "Marks";
    this.exporting.disabled = this.clearing.disabled = !number;
    this.kept.textContent = storeWorks
      ? "Marks stay in this browser. Export them for negdata filter --marks."
      : "This browser keeps nothing of this page: export your marks before you close it.";
    this.fill("mark");
  }

  async take(file) {
    try {
      const number = this.marks.take(await file.files[0].text());
      say(`${counted(number)} marks imported`);
      this.kept.textContent = `${counted(number)} marks imported.`;
    } catch (error) {
      this.kept.textContent = `Nothing was imported. ${error.message}`;
      say(this.kept.textContent);
    }
    file.value = "";
  }

  search() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { this.words = this.input.value; this.onChange(); }, 80);
  }

  choose(facet, value) {
    this.chosen.set(facet, value);
    this.selects.get(facet)[0].classList.toggle("chosen", value !== "");
    this.onChange();
  }

  reset() {
    this.input.value = this.words = "";
    for (const [facet, [select]] of this.selects) { select.value = ""; this.chosen.delete(facet); select.classList.remove("chosen"); }
    this.onChange();
    this.input.focus();
  }

  listed(number) {
    const all = this.view.items.length;
    this.count.textContent = number === all ? `${counted(all)} ${all === 1 ? "item" : "items"}` : `${counted(number)} of ${counted(all)}`;
    this.clear.hidden = number === all;
  }
}
