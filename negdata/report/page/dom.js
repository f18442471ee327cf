// Makes elements. Whatever is said becomes text, never markup.

function el(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function drawn(tag, properties, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties || {})) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

// Pieces of a caption, [text, kind], with what negates and what is denied marked.
function pieces(list) {
  return list.map(([text, kind]) => (kind ? el("mark", { class: kind }, text) : document.createTextNode(text)));
}

function counted(number) {
  return number.toLocaleString("en");
}

function readData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

// Tells screen readers what happened.
function say(text) {
  document.getElementById("said").textContent = text;
}
