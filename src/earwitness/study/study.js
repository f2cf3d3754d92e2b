"use strict";
// One participant's way through a listening study. State: the order of clips, which of them show their captions
// turned, and the answers so far. Everything is drawn here, so that no two participants see the same order.

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("study");
const began = new Date();

function shuffled(list) {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = crypto.getRandomValues(new Uint32Array(1))[0] % (i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

const order = shuffled(data.items.map((_, i) => i));
// half of the clips show their captions turned
const turned = new Set(data.scale ? [] : shuffled(order).slice(0, Math.floor(order.length / 2)));
const answers = new Map(); // clip -> {question: chosen place in the page's data, or grade}
let at = -1; // -1: the first page

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, call] of Object.entries(value)) made.addEventListener(event, call);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function show(...children) {
  main.replaceChildren(...children);
  main.focus();
  window.scrollTo(0, 0);
}

function begin() {
  const many = order.length;
  show(
    element("h1", {}, "Listening study"),
    element("p", {}, data.scale
      ? `You will hear ${many} short recordings, each with one caption, and grade it.`
      : `You will hear ${many} short recordings. Each has two captions, written by two programs; choose between them.`),
    element("p", {}, "Please use headphones, and listen to each recording once at least before you answer. There are no wrong answers."),
    element("p", { class: "soft" }, "Keys: ", key("Space"), " plays and pauses, ", key("Tab"), " and the arrow keys move and choose, ", key("Enter"), " goes on."),
    element("p", { class: "soft" }, "Nothing you do here leaves this computer. At the end you save a small file of your answers and send it back yourself."),
    element("div", { class: "row" }, element("button", { type: "button", on: { click: () => go(0) } }, "Begin")),
  );
}

function key(name) { return element("kbd", {}, name); }

function choices(item) {
  if (data.scale) return data.scale.map((text, i) => ({ text, value: i + 1 }));
  const both = item.captions.map((text, value) => ({ text, value }));
  return turned.has(order[at]) ? both.reverse() : both;
}

function question(item, { id, text }) {
  const chosen = (answers.get(item.clip) || {})[id];
  const field = element("fieldset", {}, element("legend", {}, text));
  choices(item).forEach((choice) => {
    const radio = element("input", { type: "radio", name: id, value: choice.value, checked: chosen === choice.value });
    radio.addEventListener("change", () => {
      answers.set(item.clip, { ...(answers.get(item.clip) || {}), [id]: choice.value });
      document.getElementById("error").textContent = "";
    });
    field.append(element("label", {}, radio, element("span", {}, choice.text)));
  });
  return field;
}

function go(place) {
  at = place;
  const item = data.items[order[at]];
  const form = element("form", { on: { submit: (event) => { event.preventDefault(); next(item); } } },
    ...data.questions.map((q) => question(item, q)),
    element("p", { class: "error", id: "error", role: "alert" }),
    element("div", { class: "row" },
      element("button", { type: "submit" }, at + 1 < order.length ? "Next" : "Finish"),
      at ? element("button", { type: "button", class: "plain", on: { click: () => go(at - 1) } }, "Back") : ""),
  );
  const heading = `Recording ${at + 1} of ${order.length}`;
  show(
    element("h1", {}, heading),
    element("progress", { max: order.length, value: at, "aria-label": "recordings answered" }),
    element("audio", { controls: true, src: item.sound, "aria-label": heading }),
    ...(data.scale ? [element("p", {}, "Caption: ", element("strong", {}, item.captions[0]))] : []),
    form,
  );
}

function next(item) {
  const given = answers.get(item.clip) || {};
  const open = data.questions.filter((q) => given[q.id] === undefined);
  if (open.length) {
    document.getElementById("error").textContent = `Please answer: ${open[0].text}`;
    main.querySelector(`input[name="${open[0].id}"]`).focus();
    return;
  }
  if (at + 1 < order.length) go(at + 1); else finish();
}

function finish() {
  const result = {
    format: data.format, study: data.study, seal: data.seal,
    participant: [...crypto.getRandomValues(new Uint8Array(6))].map((b) => b.toString(16).padStart(2, "0")).join(""),
    seconds: Math.round((new Date() - began) / 1000),
    order: order.map((i) => data.items[i].clip),
    turned: [...turned].map((i) => data.items[i].clip),
    answers: Object.fromEntries(answers),
  };
  const text = JSON.stringify(result, null, 1);
  const file = `answers-${data.study}-${result.participant}.json`;
  const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  show(
    element("h1", {}, "Thank you"),
    element("p", {}, "Please save your answers and send the file back to who asked you."),
    element("div", { class: "row" },
      element("a", { class: "button", id: "save", href, download: file }, "Save my answers"),
      element("button", { type: "button", class: "plain", on: { click: () => go(order.length - 1) } }, "Back")),
    element("p", { class: "soft" }, element("label", { for: "text" }, "Or copy them from here:")),
    element("textarea", { id: "text", readonly: true }, text),
  );
}

document.addEventListener("keydown", (event) => {
  const sound = main.querySelector("audio");
  if (event.code !== "Space" || !sound || event.target.closest("button, a, textarea, audio, input")) return;
  event.preventDefault();
  if (sound.paused) sound.play(); else sound.pause();
});

begin();
