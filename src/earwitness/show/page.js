"use strict";
(() => {
  const audio = document.querySelector("audio");
  const svg = document.querySelector("#picture svg");
  const box = document.getElementById("picture");
  const cursor = document.getElementById("cursor");
  const { left, inner, seconds } = svg.dataset;
  const [x0, width, length] = [Number(left), Number(inner), Number(seconds)];
  const first = Number(svg.dataset.start || 0);
  const marked = [...document.querySelectorAll("[data-start][data-end]")];

  // second: from the beginning of the sound, as the player counts
  function show(second) {
    const x = x0 + (second / length) * width;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    for (const mark of marked) {
      const at = second + first;
      mark.classList.toggle("now", at >= Number(mark.dataset.start) && at < Number(mark.dataset.end));
    }
    if (audio && !audio.paused && (x < box.scrollLeft || x > box.scrollLeft + box.clientWidth - 40)) {
      box.scrollLeft = x - 80;
    }
  }

  function go(second) {
    const at = Math.min(Math.max(second, 0), length);
    if (audio) audio.currentTime = at;
    show(at);
  }

  svg.addEventListener("click", (event) => {
    const place = svg.getBoundingClientRect();
    go(((event.clientX - place.left) * (svg.viewBox.baseVal.width / place.width) - x0) / width * length);
  });
  for (const row of document.querySelectorAll("tbody tr")) {
    const start = () => { go(Number(row.dataset.start) - first); if (audio) audio.play(); };
    row.addEventListener("click", start);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") start(); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !audio || event.target === audio) return;
    event.preventDefault();
    if (audio.paused) audio.play(); else audio.pause();
  });
  if (audio) {
    const run = () => { show(audio.currentTime); if (!audio.paused) requestAnimationFrame(run); };
    audio.addEventListener("play", run);
    audio.addEventListener("seeked", () => show(audio.currentTime));
    audio.addEventListener("timeupdate", () => show(audio.currentTime));
  }
  show(0);
})();
