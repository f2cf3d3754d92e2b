// One sound and what became of it.

import { draw } from "./picture.js";
import { save } from "./downloads.js";
import { belief } from "./belief.js";
import { clock, el, percent } from "./html.js";
import { beliefBar, chips, said } from "./parts.js";

export class Card {
  constructor(blob, name, cancel) {
    this.blob = blob;
    this.name = name;
    this.captions = null;
    this.bar = el("progress", { max: 1, value: 0, "aria-label": `Progress of ${name}` });
    this.state = el("span", { class: "note" }, "waits");
    this.stop = el("button", { type: "button", class: "small", "aria-label": `Remove ${name}`, onclick: cancel }, "Remove");
    this.audio = el("audio", { controls: true, preload: "metadata", src: URL.createObjectURL(blob), "aria-label": name });
    this.audio.addEventListener("error", () => this.audio.replaceWith(el("p", { class: "note" }, "This browser cannot play this kind of file.")), { once: true });
    this.picture = el("div", { class: "picture", hidden: true });
    this.body = el("div", {}, this.bar, this.state);
    this.node = el("li", { class: "card", "aria-label": name },
      el("div", { class: "top" }, el("h3", { class: "name" }, name), this.stop), this.body, this.picture, this.audio);
    this.shown();
  }

  async shown() {
    const canvas = el("canvas", { role: "img", "aria-label": `Spectrogram and waveform of ${this.name}` });
    if (!await draw(this.blob, canvas)) return;
    const cursor = el("div", { class: "cursor" });
    this.picture.append(canvas, cursor);
    this.picture.hidden = false;
    // for the mouse; the keyboard has the player's own slider
    this.picture.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      this.jump((event.clientX - box.left) / box.width * this.audio.duration);
    });
    const move = () => {
      cursor.style.left = `${100 * (this.audio.currentTime / this.audio.duration || 0)}%`;
      if (!this.audio.paused) requestAnimationFrame(move);
    };
    for (const kind of ["play", "seeked", "timeupdate"]) this.audio.addEventListener(kind, move);
  }

  progress(word, share) {
    this.state.textContent = word;
    this.bar.value = share;
  }

  fail(message) {
    this.body.replaceChildren(el("p", { class: "problem", role: "alert" }, message));
  }

  done(result) {
    this.captions = result.segments.map(({ id, ...caption }) => caption);
    const one = this.captions.length === 1;
    const parts = one ? this.whole(this.captions[0]) : [this.segments()];
    const formats = ["srt", "json", "csv"].map((format) => el("button", {
      type: "button", class: "small", "data-format": format, "aria-label": `Download ${this.name} as ${format}`,
      onclick: () => save(this.name, format, this.captions),
    }, format));
    this.body.replaceChildren(...parts);
    this.node.append(el("div", { class: "bar foot", role: "group", "aria-label": "Download" }, ...formats));
  }

  whole(caption) {
    const others = (caption.alternatives || []).slice(1);
    const notes = caption.notes.filter((note) => note !== "silent");
    return [
      el("p", { class: "said" }, said(caption)),
      beliefBar(caption),
      chips(caption.keywords),
      notes.length ? el("p", { class: "note" }, notes.join("; ")) : null,
      caption.instead_of ? el("p", { class: "note" }, `More specific, and less sure: ${caption.instead_of.text}`) : null,
      others.length ? el("details", {}, el("summary", {}, "Other sentences"), el("ul", {}, ...others.map((a) => {
        const found = belief(a);
        return el("li", {}, a.text, " ", found ? el("span", { class: "percent" }, percent(found.value)) : "");
      }))) : null,
    ].filter(Boolean);
  }

  segments() {
    const buttons = this.captions.map((caption) => {
      const found = belief(caption);
      return el("button", { type: "button", onclick: () => this.jump(caption.start, true) },
        el("time", {}, `${clock(caption.start)}–${clock(caption.end)}`), el("span", { class: "text" }, said(caption)),
        el("span", { class: "percent" }, found ? percent(found.value) : ""));
    });
    this.audio.addEventListener("timeupdate", () => this.captions.forEach((caption, place) => {
      const here = this.audio.currentTime >= caption.start && this.audio.currentTime < caption.end;
      buttons[place].setAttribute("aria-current", here);
    }));
    return el("ol", { class: "segments", "aria-label": "Segments; each jumps the player" }, ...buttons.map((b) => el("li", {}, b)));
  }

  jump(seconds, play = false) {
    if (!Number.isFinite(seconds)) return;
    this.audio.currentTime = seconds;
    if (play) this.audio.play().catch(() => {}); // a browser that plays nothing has said so already
  }

  remove() {
    this.audio.pause();
    URL.revokeObjectURL(this.audio.src);
    this.node.remove();
  }
}
