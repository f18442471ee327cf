// Which items are listed, and in which order.

const NONE = "(none)";

function valuesOf(item, facet, marks) {
  if (facet === "mark") {
    const mark = marks.of(item);
    const told = [mark && mark.mark ? mark.mark : "not marked"];
    return mark && mark.note ? [...told, "with a note"] : told;
  }
  const value = item.facets[facet];
  const list = Array.isArray(value) ? value : [value];
  const given = list.filter((one) => one !== undefined && one !== null && one !== "");
  return given.length ? given : [NONE];
}

// How many items have which value, the most common first.
function facetCounts(items, facet, marks) {
  const counts = new Map();
  for (const item of items) {
    for (const value of valuesOf(item, facet, marks)) counts.set(value, (counts.get(value) || 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function haystack(item) {
  if (item.hay === undefined) {
    const texts = [item.id, item.image, item.was, item.reason, item.detail, ...(item.says || []).map(([text]) => text)];
    const further = (item.more || []).flatMap(([, list]) => list.map(([text]) => text));
    const choices = (item.choices || []).map((choice) => choice.text);
    const facets = Object.values(item.facets).flat();
    // Pieces of one caption belong together: "no dog" is found though "no" is a piece of its own.
    const says = (item.says || []).map(([text]) => text).join("");
    item.hay = [says, ...texts, ...further, ...choices, ...facets].filter(Boolean).join("\n").toLowerCase();
  }
  return item.hay;
}

function matching(items, { words, chosen }, marks) {
  const sought = words.toLowerCase().split(/\s+/).filter(Boolean);
  const facets = [...chosen].filter(([, value]) => value !== "");
  return items.filter(
    (item) =>
      facets.every(([facet, value]) => valuesOf(item, facet, marks).includes(value)) &&
      (!sought.length || sought.every((word) => haystack(item).includes(word))),
  );
}

function sorted(items, order) {
  const key = (item) => (order.by === "place" ? item.place : order.by === "image" ? item.image : item.numbers[order.by]);
  const lacks = (value) => value === null || value === undefined || value === "";
  const turn = order.descending ? -1 : 1;
  return [...items].sort((a, b) => {
    const [one, other] = [key(a), key(b)];
    if (lacks(one) || lacks(other)) return lacks(one) - lacks(other) || a.place - b.place;
    return one < other ? -turn : one > other ? turn : a.place - b.place;
  });
}
