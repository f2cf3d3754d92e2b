// Elements without markup in strings: text is always text, so nothing needs to be escaped.

/** An element: el("p", {class: "note"}, "text", other, …). Handlers are functions: {onclick: …}. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Seconds as 1:05, with hours where there are any. */
export function clock(seconds) {
  const whole = Math.round(seconds);
  const rest = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** 0.876 as "88 %". */
export const percent = (value) => `${Math.round(100 * value)} %`;
