// Listening live: samples go out, captions come in whenever what is heard changes.

import { askKey, key } from "./api.js";
import { clock, el } from "./html.js";
import { Microphone, integers } from "./microphone.js";
import { beliefBar, chips, said } from "./parts.js";

const KEPT = 100; // captions in the list
const BEHIND = 4e6; // bytes that wait to be sent; more are dropped, for live is now

export class Live {
  constructor(panel, ended) {
    this.panel = panel;
    this.ended = ended;
    this.now = panel.querySelector("#now");
    this.before = panel.querySelector("#before");
    this.level = panel.querySelector("#level");
    this.peaks = new Float32Array(160);
    this.last = null;
  }

  async start() {
    this.microphone = await Microphone.open((block) => this.heard(block));
    this.panel.hidden = false;
    this.now.textContent = "Listening …";
    this.connect();
  }

  connect() {
    this.ready = false;
    const socket = this.socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/audio/live`);
    socket.onopen = () => socket.send(JSON.stringify({ type: "start", rate: this.microphone.rate, ...(key() ? { key: key() } : {}) }));
    socket.onmessage = (event) => this.told(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      this.stop(event.code === 1013 ? "The server has no room for another listener now." : this.reason);
    };
  }

  async told(message) {
    if (message.type === "ready") this.ready = true;
    else if (message.type === "caption") this.show(message);
    else if (message.type === "problem" && message.code === "unauthorized") {
      this.socket = null; // this one is over; the next has the key
      if (await askKey()) this.connect();
      else this.stop("");
    } else if (message.type === "problem") this.reason = message.detail;
  }

  heard(block) {
    this.peaks.copyWithin(0, 1);
    this.peaks[this.peaks.length - 1] = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    this.drawLevel();
    // a block that was under way when listening ended comes after it: there is no socket any more
    const socket = this.ready ? this.socket : null;
    if (socket?.readyState === WebSocket.OPEN && socket.bufferedAmount < BEHIND) socket.send(integers(block).buffer);
  }

  show(caption) {
    if (this.last) {
      this.before.prepend(el("li", {}, el("time", {}, clock(this.last.end)), said(this.last)));
      while (this.before.children.length > KEPT) this.before.lastChild.remove();
    }
    this.last = caption;
    this.now.textContent = said(caption);
    this.panel.querySelector("#now-belief").replaceChildren(...[beliefBar(caption)].filter(Boolean));
    this.panel.querySelector("#now-keywords").replaceChildren(...[chips(caption.keywords.slice(0, 5))].filter(Boolean));
  }

  drawLevel() {
    const context = this.level.getContext("2d");
    const { width, height } = this.level;
    context.clearRect(0, 0, width, height);
    context.fillStyle = getComputedStyle(this.panel).getPropertyValue("--accent");
    this.peaks.forEach((peak, i) => {
      const tall = Math.max(2, Math.sqrt(peak) * height);
      context.fillRect(i * width / this.peaks.length, (height - tall) / 2, width / this.peaks.length - 2, tall);
    });
  }

  stop(reason = "") {
    const socket = this.socket;
    this.socket = null;
    if (socket?.readyState === WebSocket.OPEN) socket.close(1000);
    this.microphone?.close();
    this.microphone = null;
    if (!this.last) this.now.textContent = "";
    this.ended(reason);
  }
}
