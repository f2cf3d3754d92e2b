"use strict";
// Filter and order the list of clips; the page is complete without this.
const list = document.getElementById("list");
const cards = Array.from(list.children);
const words = (card) => Array.from(card.querySelectorAll("h3, .said, .references"), (part) => part.textContent);
const texts = cards.map((card) => words(card).join(" ").toLowerCase());
const filter = document.getElementById("filter");
const sort = document.getElementById("sort");
const count = document.getElementById("count");

function show() {
  const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  cards.forEach((card, place) => {
    card.hidden = !wanted.every((word) => texts[place].includes(word));
    shown += card.hidden ? 0 : 1;
  });
  const clips = `${cards.length} ${cards.length === 1 ? "clip" : "clips"}`;
  count.textContent = shown === cards.length ? clips : `${shown} of ${clips}`;
}

function order() {
  const key = sort.value === "place" ? "place" : "rank";
  const sign = sort.value === "worst" ? -1 : 1;
  const sorted = [...cards].sort((a, b) => sign * (a.dataset[key] - b.dataset[key]));
  list.append(...sorted);
}

filter.addEventListener("input", show);
sort.addEventListener("change", order);
show();
