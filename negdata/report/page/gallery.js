// A list with its bar: what is filtered is shown, what is current follows the keyboard, what is opened is shown large.

class Gallery {
  constructor(panel) {
    this.panel = panel;
    this.view = readData(panel.dataset.list);
    this.marks = this.view.marks ? marksNamed(this.view.marks) : null;
    if (!this.view.items.length) {
      panel.append(el("div", { class: "nothing" }, el("strong", {}, "Nothing here"), this.view.empty));
      return;
    }
    this.bar = new Bar(this.view, this.marks, () => this.apply());
    this.list = el("div", { class: "list", role: "feed", "aria-label": this.view.label, "data-layout": this.view.layout });
    this.none = el("div", { class: "nothing", hidden: true }, el("strong", {}, "Nothing matches"), "No item has all that is asked for.",
      el("br"), el("button", { type: "button", on: { click: () => this.bar.reset() } }, "Show all"));
    const sentinel = el("div", {});
    panel.append(sentinel, this.bar.root, this.list, this.none);
    new IntersectionObserver(([seen]) => this.bar.root.classList.toggle("stuck", !seen.isIntersecting && seen.boundingClientRect.top < 0)).observe(sentinel);
    this.grid = new Grid(this.list, (item, at) => this.card(item, at));
    this.detail = new Detail(this.marks, (by) => this.step(by), () => this.grid.go(this.grid.current));
    if (this.marks) this.marks.watchers.push((item) => this.remarked(item));
    this.apply();
  }

  get items() {
    return this.grid ? this.grid.items : [];
  }

  get item() {
    return this.items[this.grid.current];
  }

  card(item, at) {
    const card = cardOf(item, { marks: this.marks, onOpen: (one) => this.open(this.items.indexOf(one)), onNote: (one) => { this.open(this.items.indexOf(one)); this.detail.note(); } });
    card.addEventListener("pointerdown", () => this.grid.go(this.items.indexOf(item), { focus: false }));
    card.addEventListener("focusin", () => { if (this.grid.current !== at) this.grid.go(at, { focus: false }); });
    return card;
  }

  apply() {
    const items = sorted(matching(this.view.items, this.bar, this.marks), this.bar.order);
    const was = this.items.length ? this.item : null;
    this.grid.current = Math.max(0, was ? items.indexOf(was) : 0);
    this.grid.show(items);
    this.bar.listed(items.length);
    this.none.hidden = items.length > 0;
    const top = this.bar.root.getBoundingClientRect().top;
    if (top <= 0) scrollBy(0, this.list.getBoundingClientRect().top - this.bar.root.offsetHeight);
  }

  remarked(item) {
    if (item) this.grid.refresh(item);
    else { this.grid.clear(); this.grid.measure(); }
    if (this.detail.open) this.detail.remark();
  }

  open(at) {
    this.grid.go(at, { focus: false });
    this.detail.show(this.item, this.grid.current, this.items.length);
  }

  step(by) {
    this.grid.go(this.grid.current + by, { focus: !this.detail.open });
    if (this.detail.open) this.detail.show(this.item, this.grid.current, this.items.length);
  }

  mark(which, goOn) {
    if (!this.marks || !this.item) return;
    const now = this.marks.toggle(this.item, which);
    say(now ? "Marked " + now : "Mark removed");
    if (goOn) this.step(1);
  }

  key(event) {
    const down = this.grid.columns;
    const steps = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1, ArrowDown: down, ArrowUp: -down };
    const first = !this.grid.moved && ["j", "ArrowRight", "ArrowDown"].includes(event.key) && !this.detail.open;
    if (event.key in steps) first ? this.grid.go(this.grid.current) : this.step(steps[event.key]);
    else if (event.key === "Home" || event.key === "End") this.grid.go(event.key === "Home" ? 0 : this.items.length - 1);
    else if (event.key === "Enter" && document.activeElement.closest(".card")) this.open(this.grid.current);
    else if (event.key.toLowerCase() === "r" || event.key.toLowerCase() === "w") {
      this.mark(event.key.toLowerCase() === "r" ? "right" : "wrong", event.shiftKey);
    } else if (event.key === "n" && this.marks) {
      if (!this.detail.open) this.open(this.grid.current);
      this.detail.note();
    } else if (event.key === "/" && !this.detail.open) this.bar.input.focus();
    else return false;
    return true;
  }
}
