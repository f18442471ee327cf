// An item as a card, and what card and detail share.
//
// An item has: id, place (in its file), picture (place among the images, or null), image (its name), says and was
// (captions), text (what a mark is about), more ([label, pieces]), reason, detail, verdict ({p, present, by}), facts
// ([name, value]), facets, numbers (to sort by); and where it is a choice: regions ({label, box, tight, right, why}) or
// choices ({text, right}), and models ({name, chosen, right, scores, told}).

function percent(share) {
  return share > 0 && share < 0.005 ? "< 1 %" : share < 1 && share > 0.995 ? "> 99 %" : Math.round(100 * share) + " %";
}

function verdictTone(verdict) {
  return verdict.present === true ? "bad" : verdict.present === false ? "good" : "unsure";
}

// What a judge said; where the reason says it already, only how likely.
function verdictWords(verdict, reason) {
  const chance = verdict.p === null || verdict.p === undefined ? "" : `${percent(verdict.p)} likely there`;
  const word = verdict.present === true ? "present" : verdict.present === false ? "absent" : "can't tell";
  return word === reason || (reason && verdict.present === null) ? chance : [word, chance].filter(Boolean).join(", ");
}

function chips(item) {
  const list = [];
  if (item.reason) list.push(el("span", { class: "chip bad" }, item.reason));
  const verdict = item.verdict && verdictWords(item.verdict, item.reason);
  if (verdict) list.push(el("span", { class: "chip " + verdictTone(item.verdict) }, verdict));
  for (const model of item.models || []) {
    const tone = model.right === null ? "unsure" : model.right ? "good" : "bad";
    list.push(el("span", { class: "chip " + tone }, model.told));
  }
  for (const [text, tone] of item.chips || []) list.push(el("span", { class: "chip " + tone }, text));
  return el("p", { class: "chips" }, ...list);
}

function regionsOf(item) {
  const figures = item.regions.map((region) =>
    el(
      "figure",
      { class: region.right ? "right" : "" },
      croppedPicture(item, region),
      el("figcaption", {}, el("b", {}, region.right ? "✓ " + region.label : region.label), region.told || null),
    ),
  );
  return el("div", { class: "regions" }, boxedPicture(item), ...figures);
}

function choicesOf(item) {
  const chosen = new Set((item.models || []).flatMap((model) => model.chosen || []));
  return el(
    "ol",
    { class: "choices" },
    ...item.choices.map((choice, at) =>
      el(
        "li",
        { class: (choice.right ? "right " : "") + (chosen.has(at) ? "chosen" : "") },
        ...pieces(choice.says),
        choice.told || choice.right ? el("small", {}, [choice.right ? "✓ right" : "", choice.told].filter(Boolean).join(" · ")) : null,
      ),
    ),
  );
}

function pictureOf(item) {
  return item.regions ? regionsOf(item) : wholePicture(item);
}

function markButtons(item, marks, onNote) {
  const mark = marks.of(item) || {};
  const button = (which, sign, word) =>
    el("button", { type: "button", class: which, "aria-pressed": String(mark.mark === which), tabindex: -1, on: {
      click: (event) => {
        event.stopPropagation();
        const now = marks.toggle(item, which);
        say(now ? "Marked " + now : "Mark removed");
      },
    } }, sign + " " + word);
  const note = onNote && el("button", { type: "button", class: "noted", "aria-pressed": String(Boolean(mark.note)), tabindex: -1,
    title: mark.note || "", on: { click: (event) => { event.stopPropagation(); onNote(item); } } }, mark.note ? "✎ Note" : "✎");
  if (note) note.setAttribute("aria-label", mark.note ? "Note: " + mark.note : "Add a note");
  return [button("right", "✓", "Right"), button("wrong", "✕", "Wrong"), el("span", { class: "spring" }), note];
}

function cardOf(item, { marks, onOpen, onNote }) {
  const mark = marks && marks.of(item);
  const body = [chips(item)];
  if (item.says && item.says.length) body.push(el("p", { class: "says" }, ...pieces(item.says)));
  if (item.was) body.push(el("p", { class: "was" }, item.was));
  if (item.choices) body.push(choicesOf(item));
  if (item.detail) body.push(el("p", { class: "detail-line" }, item.detail));
  const picture = pictureOf(item);
  picture.addEventListener("click", () => onOpen(item));
  return el(
    "article",
    { class: "card " + ((mark && mark.mark) || ""), "aria-label": item.label || undefined },
    picture,
    el("div", { class: "body" }, ...body),
    marks ? el("div", { class: "foot" }, ...markButtons(item, marks, onNote)) : el("div", { class: "foot" }),
  );
}
