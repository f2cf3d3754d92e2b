// How far a caption is to be believed: one number, one word. The only place that decides which number that is.

// confidence: the chance that a listener agrees. fit: only a percentile of the match, so its words say no more.
const WORDS = {
  confidence: [[0.9, "almost certain", "likely"], [0.7, "likely", "likely"], [0.5, "maybe", "maybe"], [0, "unsure", "unsure"]],
  fit: [[0.95, "fits well", "likely"], [0.8, "fits", "likely"], [0.5, "fits somewhat", "maybe"], [0, "hardly fits", "unsure"]],
};

/** {name, value, word, kind} of a caption; null where there is no number or nothing was said. */
export function belief(caption) {
  const name = typeof caption.confidence === "number" ? "confidence" : "fit";
  const value = caption[name];
  if (typeof value !== "number" || !caption.text) return null;
  const [, word, kind] = WORDS[name].find(([least]) => value >= least) ?? WORDS[name].at(-1);
  return { name, value, word, kind };
}
