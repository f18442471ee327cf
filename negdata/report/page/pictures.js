// Images: {name, src, w, h}, or {name, why} where one can't be shown.

let allImages = null;

function imageOf(item) {
  if (item.picture === null || item.picture === undefined) return { why: item.image ? "" : "This item names no image." };
  allImages ||= readData("images");
  return allImages[item.picture];
}

function instead(image) {
  return el("p", { class: "why" }, image.why || "This image can't be shown.", image.name ? el("br") : null, image.name || null);
}

function failing(node, image) {
  node.addEventListener("error", () => {
    const why = "This image can't be shown: it is damaged, or isn't where this page looks for it.";
    node.closest(".picture").replaceChildren(instead({ name: image.name, why }));
  });
  return node;
}

function wholePicture(item) {
  const image = imageOf(item);
  if (!image.src) return el("div", { class: "picture" }, instead(image));
  const alt = item.image ? "Image " + item.image : "Image";
  return el("div", { class: "picture" }, failing(el("img", { src: image.src, alt, decoding: "async" }), image));
}

function svgImage(image) {
  return failing(drawn("image", { href: image.src, width: image.w, height: image.h, preserveAspectRatio: "none" }), image);
}

// The whole image with the boxes of all regions.
function boxedPicture(item) {
  const image = imageOf(item);
  if (!image.src) return el("div", { class: "picture" }, instead(image));
  const boxes = item.regions.flatMap((region) => {
    const side = region.right ? "box right" : "box";
    return [[region.tight, side], [region.box, region.tight ? side + " crop" : side]]
      .filter(([box]) => box)
      .map(([[x, y, width, height], kind]) => drawn("rect", { class: kind, x, y, width, height }));
  });
  const view = { viewBox: `0 0 ${image.w} ${image.h}`, role: "img", "aria-label": "All regions on " + item.image };
  return el("div", { class: "picture" }, drawn("svg", view, svgImage(image), ...boxes));
}

// What a model sees of one region.
function croppedPicture(item, region) {
  const image = imageOf(item);
  if (!image.src) return el("div", { class: "picture" }, el("p", { class: "why" }, "not shown"));
  const [x, y, width, height] = region.box || [0, 0, image.w, image.h];
  const inner = drawn("svg", { x, y, width, height, viewBox: `${x} ${y} ${width} ${height}` }, svgImage(image));
  const view = { viewBox: `${x} ${y} ${width} ${height}`, role: "img", "aria-label": "Region " + region.label };
  return el("div", { class: "picture" }, drawn("svg", view, inner));
}
