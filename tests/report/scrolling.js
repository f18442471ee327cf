// Scrolls a list from its top to its end, and looks in each frame whether there is a card wherever one should be.
async (steps) => {
  const list = document.querySelector(".list");
  const total = document.documentElement.scrollHeight;
  const frames = [];
  let holes = 0;
  let looked = 0;
  let most = 0;
  let last = performance.now();
  for (let step = 0; step <= steps; step++) {
    scrollTo(0, (total * step) / steps);
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
    const { left, top, bottom, width } = list.getBoundingClientRect();
    for (const across of [0.1, 0.4]) {
      for (const down of [0.4, 0.65, 0.9]) {
        const y = innerHeight * down;
        if (y < top + 5 || y + 25 > bottom - 25) continue;
        // Of two places further apart than a gap one is on a card.
        const hit = [y, y + 22].some((at) => document.elementFromPoint(left + width * across, at)?.closest(".card"));
        looked += 1;
        if (!hit) holes += 1;
      }
    }
    most = Math.max(most, document.querySelectorAll(".card").length);
  }
  frames.sort((a, b) => a - b);
  return { holes, looked, cards: most, median: frames[steps >> 1], p95: frames[Math.floor(steps * 0.95)], worst: frames[steps] };
}
