// A list of any length: only the cards in sight, and some above and below, are there. All are of one size, so that where
// each lies is known; that of the current item stays, since it may have the focus.

class Grid {
  constructor(root, make) {
    this.root = root;
    this.make = make;
    this.items = [];
    this.current = 0;
    this.cards = new Map();
    this.columns = 1;
    addEventListener("scroll", () => this.draw(), { passive: true });
    addEventListener("resize", () => this.measure());
  }

  show(items) {
    this.items = items;
    this.current = Math.min(this.current, Math.max(0, items.length - 1));
    this.clear();
    this.measure();
  }

  clear() {
    for (const card of this.cards.values()) card.remove();
    this.cards.clear();
  }

  measure() {
    const width = this.root.clientWidth;
    if (!width) return; // hidden
    const style = getComputedStyle(this.root);
    const least = parseFloat(style.getPropertyValue("--card-width"));
    this.gap = width < 500 ? 14 : 18;
    this.height = parseFloat(style.getPropertyValue("--card-height"));
    this.columns = Math.max(1, Math.floor((width + this.gap) / (least + this.gap)));
    this.width = (width - this.gap * (this.columns - 1)) / this.columns;
    const rows = Math.ceil(this.items.length / this.columns);
    this.root.style.height = Math.max(0, rows * (this.height + this.gap)) + "px";
    for (const [at, card] of this.cards) this.put(card, at);
    this.draw();
  }

  put(card, at) {
    const row = Math.floor(at / this.columns);
    card.style.width = this.width + "px";
    card.style.height = this.height + "px";
    card.style.left = (at % this.columns) * (this.width + this.gap) + "px";
    card.style.top = row * (this.height + this.gap) + "px";
  }

  // The cards from a screen above to a screen below what is in sight.
  draw() {
    if (!this.root.clientWidth) return;
    const top = this.root.getBoundingClientRect().top;
    const pitch = this.height + this.gap;
    const first = Math.max(0, Math.floor((-top - innerHeight) / pitch)) * this.columns;
    const last = Math.min(this.items.length, Math.ceil((-top + 2 * innerHeight) / pitch) * this.columns);
    for (const [at, card] of this.cards) {
      if ((at < first || at >= last) && at !== this.current) {
        card.remove();
        this.cards.delete(at);
      }
    }
    for (let at = first; at < last; at++) this.card(at);
  }

  card(at) {
    let card = this.cards.get(at);
    if (!card && this.items[at]) {
      card = this.make(this.items[at], at);
      card.setAttribute("aria-posinset", at + 1);
      card.setAttribute("aria-setsize", this.items.length);
      this.dress(card, at);
      this.put(card, at);
      // In the order of the list, for those who go through it without seeing it.
      const after = [...this.cards].filter(([place]) => place > at).sort((a, b) => a[0] - b[0])[0];
      this.root.insertBefore(card, after ? after[1] : null);
      this.cards.set(at, card);
    }
    return card;
  }

  dress(card, at) {
    card.tabIndex = at === this.current ? 0 : -1;
    card.classList.toggle("current", at === this.current && this.moved === true);
  }

  refresh(item) {
    const at = this.items.indexOf(item);
    const before = this.cards.get(at);
    if (!before) return;
    const focused = before.contains(document.activeElement) ? document.activeElement : null;
    const path = focused && focused !== before ? focused.className : null;
    before.remove();
    this.cards.delete(at);
    const card = this.card(at);
    if (focused) (path ? card.querySelector("." + path.split(" ")[0]) : card).focus({ preventScroll: true });
  }

  // Makes an item the current one, in sight and focused.
  go(at, { focus = true } = {}) {
    if (!this.items.length) return;
    const before = this.current;
    this.moved = true;
    this.current = Math.max(0, Math.min(this.items.length - 1, at));
    const card = this.card(this.current);
    for (const place of [before, this.current]) if (this.cards.has(place)) this.dress(this.cards.get(place), place);
    const bar = this.root.parentElement.querySelector(".bar");
    const under = bar ? bar.offsetHeight + 8 : 0;
    const { top, bottom } = card.getBoundingClientRect();
    if (top < under) scrollBy(0, top - under - 6);
    else if (bottom > innerHeight) scrollBy(0, Math.min(bottom - innerHeight + 16, top - under - 6));
    this.draw();
    if (focus) card.focus({ preventScroll: true });
  }
}
