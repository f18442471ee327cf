// One item, large, with all that is known of it; and the dialog for a note.

const NAMES = { id: "Id", image: "Image" };

function meter(verdict) {
  const { p } = verdict;
  const bar = drawn("svg", { class: "meter", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("rect", { class: "track", width: 100, height: 8 }),
    drawn("rect", { class: "value " + verdictTone(verdict), width: Math.max(1, 100 * p), height: 8 }));
  return el("div", {}, el("h3", {}, `Probability that it is there: ${p.toFixed(3)}`), bar);
}

function told(item) {
  const parts = [];
  if (item.says && item.says.length) parts.push(el("p", { class: "says" }, ...pieces(item.says)));
  if (item.was) parts.push(el("div", {}, el("h3", {}, "Original"), el("p", { class: "was" }, item.was)));
  for (const [label, list] of item.more || []) parts.push(el("div", {}, el("h3", {}, label), el("p", {}, ...pieces(list))));
  if (item.choices) parts.push(choicesOf(item));
  parts.push(chips(item));
  if (item.detail) parts.push(el("p", { class: "detail-line" }, item.detail));
  if (item.verdict && item.verdict.p !== null && item.verdict.p !== undefined) parts.push(meter(item.verdict));
  const facts = [["Id", item.id], ["Image", item.image], ...(item.verdict ? [["Judged by", item.verdict.by]] : []), ...(item.facts || [])];
  parts.push(el("dl", { class: "pairs" }, ...facts.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
  return parts;
}

class Detail {
  constructor(marks, onMove, onClose) {
    this.marks = marks;
    this.onMove = onMove;
    this.dialog = el("dialog", { class: "detail", "aria-label": "Item", on: { close: onClose } });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside it
    });
    document.body.append(this.dialog);
  }

  get open() {
    return this.dialog.open;
  }

  show(item, place, count) {
    // What has the focus has it again once the next item is shown.
    const had = this.dialog.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    this.item = item;
    const position = el("p", { class: "dim", role: "status" }, `${counted(place + 1)} of ${counted(count)}`);
    const move = (by, sign, name) => el("button", { type: "button", "aria-label": name, "data-part": name, on: { click: () => this.onMove(by) } }, sign);
    const foot = el("div", { class: "foot" });
    const close = el("button", { type: "button", class: "close quiet", "data-part": "close", on: { click: () => this.dialog.close() } }, "Close ✕");
    const parts = told(item);
    if (this.marks) {
      foot.append(...markButtons(item, this.marks, null).slice(0, 2).map((button) => { button.tabIndex = 0; button.dataset.part = button.className; return button; }));
      const box = el("textarea", { maxlength: 2000, on: { change: (event) => this.marks.set(item, { note: event.target.value.trim() }) } });
      box.value = (this.marks.of(item) || {}).note || "";
      parts.push(el("label", {}, "Note", box));
    }
    foot.append(el("span", { class: "spring" }), position, move(-1, "←", "Previous"), move(1, "→", "Next"));
    this.dialog.replaceChildren(
      el("div", { class: "stage" }, pictureOf(item)),
      el("div", { class: "told" }, close, ...parts, foot),
    );
    if (!this.dialog.open) this.dialog.showModal();
    else if (had) (this.dialog.querySelector(`[data-part="${had}"]`) || close).focus();
  }

  // Shows the mark that the item has now; what is being written or clicked stays where it is.
  remark() {
    const mark = this.marks.of(this.item) || {};
    for (const which of ["right", "wrong"]) {
      this.dialog.querySelector(`.foot .${which}`).setAttribute("aria-pressed", String(mark.mark === which));
    }
    const box = this.dialog.querySelector("textarea");
    if (document.activeElement !== box) box.value = mark.note || "";
  }

  note() {
    const box = this.dialog.querySelector("textarea");
    if (box) box.focus();
  }
}

function helpDialog() {
  const rows = [
    [["j", "→"], "next"], [["k", "←"], "previous"], [["↓", "↑"], "a row down, up"], [["Enter"], "large, with all details"],
    [["r"], "mark right"], [["w"], "mark wrong"], [["Shift", "r / w"], "mark, and on to the next"], [["n"], "write a note"],
    [["/"], "search"], [["Esc"], "close; leave the search"], [["?"], "this help"],
  ];
  const dialog = el("dialog", { class: "keys", "aria-label": "Keys" },
    el("h2", {}, "Keys"),
    el("dl", {}, ...rows.flatMap(([keys, what]) => [el("dt", {}, ...keys.map((key) => el("kbd", {}, key))), el("dd", {}, what)])),
    el("button", { type: "button", class: "primary", on: { click: () => dialog.close() } }, "Close"));
  document.body.append(dialog);
  return dialog;
}
