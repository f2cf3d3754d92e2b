// The microphone as blocks of samples, as they are: what a telephone call needs (echo and noise taken out, the level
// evened) takes out just the sounds that are to be heard.

export class Microphone {
  /** Open it; heard(Float32Array) is called for each block. Throws an Error with a sentence for people. */
  static async open(heard) {
    if (!navigator.mediaDevices) {
      throw new Error("The browser lends the microphone only to pages of this machine, or over https.");
    }
    const wanted = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted }).catch((error) => {
      throw new Error(error.name === "NotAllowedError" ? "The microphone was not allowed." : "There is no microphone.");
    });
    const context = new AudioContext();
    await context.audioWorklet.addModule("/static/worklet.js");
    await context.resume();
    const node = new AudioWorkletNode(context, "blocks", { numberOfOutputs: 0 });
    node.port.onmessage = (event) => heard(event.data);
    context.createMediaStreamSource(stream).connect(node);
    return new Microphone(stream, context);
  }

  constructor(stream, context) {
    this.stream = stream;
    this.context = context;
    this.rate = context.sampleRate;
  }

  close() {
    this.stream.getTracks().forEach((track) => track.stop());
    return this.context.close();
  }
}

/** Samples as 16-bit integers. */
export function integers(samples) {
  return Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(32768 * value))));
}

/** Blocks of samples as a wav file. */
export function wav(blocks, rate) {
  const count = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(44));
  const text = (place, word) => [...word].forEach((c, i) => view.setUint8(place + i, c.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * count, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, 2 * count, true);
  return new Blob([view, ...blocks.map(integers)], { type: "audio/wav" });
}
