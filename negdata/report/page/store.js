// What is kept between visits. A browser may forbid that, on pages from disk above all; then it lasts while the page is open.

const memory = new Map();
let storeWorks = true;

function remember(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem("negdata." + name, value);
    storeWorks = true;
  } catch {
    storeWorks = false;
  }
}

function recall(name) {
  if (memory.has(name)) return memory.get(name);
  try {
    return localStorage.getItem("negdata." + name);
  } catch {
    storeWorks = false;
    return null;
  }
}
