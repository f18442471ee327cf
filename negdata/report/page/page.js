// Tabs, colours, and the start of it all.

const galleries = new Map();

function tabs(list, onShow) {
  const buttons = [...list.querySelectorAll("[role=tab]")];
  const show = (chosen, focus) => {
    for (const button of buttons) {
      const is = button === chosen;
      button.setAttribute("aria-selected", String(is));
      button.tabIndex = is ? 0 : -1;
      document.getElementById(button.getAttribute("aria-controls")).hidden = !is;
    }
    chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focus) chosen.focus();
    onShow(document.getElementById(chosen.getAttribute("aria-controls")));
  };
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[role=tab]");
    if (button) show(button, false);
  });
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    show(buttons[(to + buttons.length) % buttons.length], true);
    event.preventDefault();
  });
  return (id) => show(buttons.find((button) => button.getAttribute("aria-controls") === id) || buttons[0], false);
}

// A list is made when it is first looked at.
function showView(panel) {
  if (panel.dataset.list && !galleries.has(panel)) galleries.set(panel, new Gallery(panel));
  const gallery = galleries.get(panel);
  if (gallery && gallery.grid) gallery.grid.measure();
}

function shownGallery() {
  return [...galleries].filter(([panel]) => panel.offsetParent !== null).map(([, gallery]) => gallery)[0] || null;
}

function colours(button) {
  const names = { "": "as the system", light: "light", dark: "dark" };
  const set = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    button.setAttribute("aria-label", "Colours: " + names[theme]);
    button.title = "Colours: " + names[theme];
  };
  let theme = recall("theme") || "";
  set(theme in names ? theme : "");
  button.hidden = false;
  button.addEventListener("click", () => {
    const order = Object.keys(names);
    theme = order[(order.indexOf(theme) + 1) % order.length];
    remember("theme", theme);
    set(theme);
    say("Colours: " + names[theme]);
  });
}

colours(document.getElementById("theme-button"));
const help = helpDialog();
const helpButton = document.getElementById("help-button");
helpButton.hidden = false;
helpButton.addEventListener("click", () => help.showModal());
for (const section of document.querySelectorAll(".output")) {
  const show = tabs(section.querySelector(".views"), showView);
  section.showFirst = () => { if (!section.shownOnce) { section.shownOnce = true; show(""); } else for (const panel of section.querySelectorAll(".view")) if (!panel.hidden) showView(panel); };
}
const outputs = document.querySelector(".sections");
if (outputs) tabs(outputs, (section) => section.showFirst())("");
else for (const section of document.querySelectorAll(".output")) section.showFirst();
listenToKeys(shownGallery, help);
document.documentElement.dataset.ready = "";
