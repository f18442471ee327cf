// Marks of people: right, wrong, a note. Kept for a run's captions under the run's name; exported as JSON lines.

class Marks {
  constructor(name) {
    this.name = "marks." + name;
    this.watchers = [];
    this.byId = new Map();
    try {
      for (const mark of JSON.parse(recall(this.name) || "[]")) this.byId.set(mark.id, mark);
    } catch {
      // What was kept is damaged: begin anew.
    }
  }

  // The mark of an item; one of another caption that the item once had doesn't count.
  of(item) {
    const mark = this.byId.get(item.id);
    return mark && (mark.negated_caption ?? null) === (item.text ?? null) ? mark : null;
  }

  set(item, change) {
    const before = this.of(item) || { id: item.id };
    const mark = { ...before, ...change };
    if (item.text) mark.negated_caption = item.text;
    if (!mark.mark) delete mark.mark;
    if (!mark.note) delete mark.note;
    if (mark.mark || mark.note) this.byId.set(item.id, mark);
    else this.byId.delete(item.id);
    this.changed(item);
  }

  toggle(item, which) {
    const now = this.of(item);
    const mark = now && now.mark === which ? null : which;
    this.set(item, { mark });
    return mark;
  }

  clear() {
    this.byId.clear();
    this.changed(null);
  }

  changed(item) {
    remember(this.name, JSON.stringify([...this.byId.values()]));
    for (const watch of this.watchers) watch(item);
  }

  lines() {
    return [...this.byId.values()]
      .map(({ id, mark, note, negated_caption }) => JSON.stringify({ id, mark, note, negated_caption }) + "\n")
      .join("");
  }

  // Takes over the marks of a file; the first line that is none is told, and nothing is taken.
  take(text) {
    const found = [];
    for (const [number, line] of text.split("\n").entries()) {
      if (!line.trim()) continue;
      const mark = readMark(line);
      if (!mark) throw new Error(`Line ${counted(number + 1)} is no mark.`);
      found.push(mark);
    }
    for (const mark of found) this.byId.set(mark.id, mark);
    this.changed(null);
    return found.length;
  }
}

function readMark(line) {
  let mark;
  try {
    mark = JSON.parse(line);
  } catch {
    return null;
  }
  const isText = (value) => value === undefined || value === null || typeof value === "string";
  const fits = mark && typeof mark.id === "string" && [undefined, null, "right", "wrong"].includes(mark.mark);
  if (!fits || !isText(mark.note) || !isText(mark.negated_caption)) return null;
  const { id, mark: which, note, negated_caption } = mark;
  const kept = { id };
  if (which) kept.mark = which;
  if (note) kept.note = note;
  if (negated_caption) kept.negated_caption = negated_caption;
  return kept;
}

const allMarks = new Map();

function marksNamed(name) {
  if (!allMarks.has(name)) allMarks.set(name, new Marks(name));
  return allMarks.get(name);
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
