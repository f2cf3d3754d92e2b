// Runs beside the sound card's clock: hands on blocks of mono samples.
class Blocks extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(4096);
    this.filled = 0;
  }

  process([input]) {
    if (!input.length) return true;
    for (let i = 0; i < input[0].length; i++) {
      this.block[this.filled++] = input.reduce((sum, channel) => sum + channel[i], 0) / input.length;
      if (this.filled === this.block.length) {
        this.port.postMessage(this.block.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}
registerProcessor("blocks", Blocks);
