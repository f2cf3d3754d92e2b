// The page's own thread: what is dropped, chosen or recorded goes into the queue; listening has a panel of its own.

import { WRITERS, save } from "./downloads.js";
import { el } from "./html.js";
import { Live } from "./live.js";
import { Microphone, wav } from "./microphone.js";
import { Queue } from "./queue.js";

const at = (id) => document.getElementById(id);
const queue = new Queue(at("cards"), summarise);

function summarise() {
  const { total, ended, failed, share } = queue.summary;
  at("results-head").hidden = total === 0;
  const word = `${ended} of ${total} done${failed ? `, ${failed} not captioned` : ""}`;
  if (at("count").textContent !== word) at("count").textContent = word; // said once by a screen reader, not each time
  at("all").value = share;
  at("all").hidden = ended === total;
  for (const button of document.querySelectorAll("[data-all]")) button.disabled = !queue.captions.length;
}

function fields() {
  const [name, value] = at("cut").value.split("=");
  return { top: "3", keywords: "6", ...(name ? { [name]: value } : {}) };
}

function addFiles(files) {
  for (const file of files) queue.add(file, file.name, fields());
}

// choosing and dropping
at("files").addEventListener("change", (event) => {
  addFiles(event.target.files);
  event.target.value = "";
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    at("drop").classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => event.relatedTarget || at("drop").classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  at("drop").classList.remove("over");
  addFiles(event.dataTransfer.files);
});

// the microphone
const say = (text) => { at("microphone").textContent = text; };

function pressed(button, on, word) {
  button.setAttribute("aria-pressed", on);
  button.querySelector(".text").textContent = word;
}

let recording = null;
at("record").addEventListener("click", async () => {
  if (recording) {
    const { microphone, blocks } = recording;
    recording = null;
    pressed(at("record"), false, "Record");
    await microphone.close();
    if (!blocks.length) return say("Nothing was recorded.");
    const name = `recording ${new Date().toLocaleTimeString().replaceAll(":", ".")}.wav`;
    queue.add(wav(blocks, microphone.rate), name, fields());
    return say("");
  }
  try {
    const blocks = [];
    recording = { microphone: await Microphone.open((block) => blocks.push(block)), blocks };
    pressed(at("record"), true, "Stop and caption");
    say("Recording …");
  } catch (error) {
    say(error.message);
  }
});

let live = null;
at("listen").addEventListener("click", async () => {
  if (live) return live.stop();
  live = new Live(at("live"), (reason) => {
    live = null;
    pressed(at("listen"), false, "Listen live");
    say(reason || "");
  });
  try {
    await live.start();
    pressed(at("listen"), true, "Stop listening");
    say("");
  } catch (error) {
    live = null;
    say(error.message);
  }
});

// results
for (const button of document.querySelectorAll("[data-all]")) {
  button.addEventListener("click", () => {
    const format = button.dataset.all;
    if (format !== "srt") return save("captions", format, queue.captions);
    // subtitles belong to one sound each
    for (const item of queue.items) if (item.card.captions) save(item.card.name, "srt", item.card.captions);
  });
}
at("clear").addEventListener("click", () => queue.clear());

// what this server offers beyond the common
fetch("/openapi.json").then((response) => response.json()).then((api) => {
  const form = api.paths["/v1/audio/captions"].post.requestBody.content["multipart/form-data"].schema.properties;
  if (form.events?.type === "boolean") at("cut").append(el("option", { value: "events=true" }, "where the sound changes"));
}).catch(() => {}); // the page works without
summarise();
window.earwitness = { queue, WRITERS }; // for tests, and for who is curious
