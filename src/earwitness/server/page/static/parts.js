// Parts that results and the live panel share.

import { belief } from "./belief.js";
import { el, percent } from "./html.js";

/** A word and a bar for how far a caption is to be believed; nothing where there is no number. */
export function beliefBar(caption) {
  const found = belief(caption);
  if (!found) return null;
  const fill = el("div", { class: "fill" });
  fill.style.width = `${100 * found.value}%`;
  const track = el("div", {
    class: "track", role: "meter", "aria-valuemin": 0, "aria-valuemax": 100,
    "aria-valuenow": Math.round(100 * found.value), "aria-label": found.name === "score" ? "fit" : found.name,
  }, fill);
  return el("div", { class: `belief ${found.kind}` }, el("b", {}, found.word), track, el("span", {}, percent(found.value)));
}

/** The sounds that were heard, strongest first. */
export function chips(keywords) {
  if (!keywords.length) return null;
  const items = keywords.map((k) => el("li", {}, `${k.text} `, el("small", {}, percent(k.score))));
  return el("ul", { class: "chips", "aria-label": "Keywords" }, ...items);
}

/** What people read where nothing was said. */
export const said = (caption) => caption.text || (caption.notes.includes("silent") ? "(silence)" : "(no caption)");
