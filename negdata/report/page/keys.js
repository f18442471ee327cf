// The keyboard: letters go to the list in sight, unless somebody writes or chooses.

function listenToKeys(shownGallery, help) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target;
    const writes = at.closest && at.closest("input, textarea, select, [contenteditable]");
    if (writes) {
      if (event.key === "Escape" && at.type === "search") at.blur();
      else if (event.key === "Escape" && at.tagName === "TEXTAREA") { at.blur(); event.preventDefault(); }
      return;
    }
    if (event.key === "?") {
      help.open ? help.close() : help.showModal();
      event.preventDefault();
      return;
    }
    if (help.open) return;
    const onControl = at.closest && at.closest("button, summary, a, pre, [role=tab]");
    if (onControl && ["Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
    const gallery = shownGallery();
    if (gallery && gallery.items.length && gallery.key(event)) event.preventDefault();
    else if (gallery && gallery.bar && event.key === "/") { gallery.bar.input.focus(); event.preventDefault(); }
  });
}
