// Searching an archive: a form in, a list of stretches out, each with a player that loads its sound when asked.

import { call } from "./api.js";
import { clock, el, percent } from "./html.js";

const at = (id) => document.getElementById(id);
let asked = 0;

function card(hit) {
  const name = hit.path.split(/[\\/]/).pop();
  const player = el("button", { type: "button", class: "small", onclick: (event) => play(event.target, hit) }, "Play");
  return el("li", { class: "card" },
    el("p", { class: "said" }, el("strong", {}, hit.text || "(silence)")),
    el("p", { class: "note", title: hit.path }, `${name}, ${clock(hit.start)} to ${clock(hit.end)}, match ${percent(hit.score)}, confidence ${percent(hit.confidence)}`),
    el("p", { class: "note" }, hit.why.join("; ")),
    player);
}

async function play(button, hit) {
  button.disabled = true;
  try {
    // by fetch, for an audio element cannot send the key
    const sound = await (await call(`/v1/archive/sounds/${hit.event}`)).blob();
    const player = el("audio", { controls: true, src: URL.createObjectURL(sound) });
    button.replaceWith(player);
    await player.play().catch(() => {}); // a browser may want another click first
  } catch (error) {
    button.replaceWith(el("p", { class: "note", role: "alert" }, error.message));
  }
}

async function search() {
  const mine = ++asked;
  const given = [...new FormData(at("search"))].filter(([, value]) => value.trim());
  at("count").textContent = "Searching …";
  try {
    const { hits } = await (await call(`/v1/archive/search?${new URLSearchParams(given)}`)).json();
    if (mine !== asked) return; // a later search has been asked for
    for (const player of document.querySelectorAll("audio")) URL.revokeObjectURL(player.src);
    at("count").textContent = hits.length ? `${hits.length} ${hits.length === 1 ? "result" : "results"}` : "Nothing was found.";
    at("cards").replaceChildren(...hits.map(card));
  } catch (error) {
    if (mine === asked) at("count").textContent = error.message;
  }
}

at("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

// an address such as /archive?q=rain is a search that can be kept and sent
for (const [name, value] of new URLSearchParams(location.search)) {
  const field = at("search").elements[name];
  if (field) field.value = value;
}
if (location.search) search();
