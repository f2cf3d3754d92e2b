// A sound as a picture: its spectrogram, and its waveform below.

const WIDTH = 800, HEIGHT = 240, WAVE = 64, SIZE = 1024, RANGE = 70;
const LARGEST = 40e6; // bytes; decoding takes ten times that in memory
const ANCHORS = [[9, 8, 26], [58, 24, 110], [158, 42, 108], [238, 116, 54], [252, 242, 178]];

/** Draw a sound on a canvas; false where the browser cannot decode it. */
export async function draw(blob, canvas) {
  if (blob.size > LARGEST) return false;
  let buffer;
  try {
    // the lowest rate that every browser takes: enough for a picture, and it keeps memory small
    buffer = await new OfflineAudioContext(1, 1, 22050).decodeAudioData(await blob.arrayBuffer());
  } catch {
    return false;
  }
  const samples = mono(buffer);
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  context.fillStyle = `rgb(${ANCHORS[0]})`;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  spectrogram(samples, buffer.sampleRate, context);
  waveform(samples, context);
  return true;
}

function mono(buffer) {
  const sum = new Float32Array(buffer.length);
  for (let c = 0; c < buffer.numberOfChannels; c++) {
    const channel = buffer.getChannelData(c);
    for (let i = 0; i < sum.length; i++) sum[i] += channel[i] / buffer.numberOfChannels;
  }
  return sum;
}

function spectrogram(samples, rate, context) {
  const rows = HEIGHT - WAVE;
  const bins = Array.from({ length: rows + 1 }, (_, row) => bin(1 - row / rows, rate));
  const columns = [];
  let top = -Infinity;
  for (let x = 0; x < WIDTH; x++) {
    const power = spectrum(samples, Math.round((x + 0.5) * samples.length / WIDTH) - SIZE / 2);
    const column = new Float32Array(rows);
    for (let y = 0; y < rows; y++) {
      let most = 0;
      for (let k = Math.floor(bins[y + 1]); k <= Math.max(Math.ceil(bins[y]) - 1, Math.floor(bins[y + 1])); k++) most = Math.max(most, power[k]);
      column[y] = 10 * Math.log10(most + 1e-12);
      top = Math.max(top, column[y]);
    }
    columns.push(column);
  }
  const image = context.createImageData(WIDTH, rows);
  columns.forEach((column, x) => column.forEach((level, y) => {
    image.data.set([...colour(Math.min(Math.max((level - Math.max(top, -40)) / RANGE + 1, 0), 1)), 255], 4 * (y * WIDTH + x));
  }));
  context.putImageData(image, 0, 0);
}

// linear for low tones and logarithmic for high ones, as hearing is
function bin(place, rate) {
  const low = Math.asinh(50 / 400), high = Math.asinh(rate / 2 / 400);
  return Math.min(400 * Math.sinh(low + place * (high - low)) * SIZE / rate, SIZE / 2);
}

function colour(level) {
  const place = level * (ANCHORS.length - 1), below = Math.min(Math.floor(place), ANCHORS.length - 2);
  return ANCHORS[below].map((value, i) => value + (place - below) * (ANCHORS[below + 1][i] - value));
}

const HANN = Float32Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / SIZE));

/** Power of SIZE samples from `first` on, by a fast Fourier transform in place (Cooley and Tukey). */
function spectrum(samples, first) {
  const re = new Float32Array(SIZE), im = new Float32Array(SIZE);
  for (let i = 0, j = 0; i < SIZE; i++) {
    re[j] = (samples[first + i] || 0) * HANN[i];
    let bit = SIZE >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
  }
  for (let half = 1; half < SIZE; half *= 2) {
    for (let k = 0; k < half; k++) {
      const cos = Math.cos(Math.PI * k / half), sin = -Math.sin(Math.PI * k / half);
      for (let a = k; a < SIZE; a += 2 * half) {
        const b = a + half, x = re[b] * cos - im[b] * sin, y = re[b] * sin + im[b] * cos;
        re[b] = re[a] - x; im[b] = im[a] - y;
        re[a] += x; im[a] += y;
      }
    }
  }
  return Float32Array.from({ length: SIZE / 2 + 1 }, (_, i) => re[i] ** 2 + im[i] ** 2);
}

function waveform(samples, context) {
  const middle = HEIGHT - WAVE / 2;
  context.fillStyle = "#9fe8dc";
  for (let x = 0; x < WIDTH; x++) {
    let low = 0, high = 0;
    const end = Math.floor((x + 1) * samples.length / WIDTH);
    for (let i = Math.floor(x * samples.length / WIDTH); i < end; i++) {
      if (samples[i] < low) low = samples[i];
      if (samples[i] > high) high = samples[i];
    }
    context.fillRect(x, middle - high * WAVE / 2, 1, Math.max(1, (high - low) * WAVE / 2));
  }
}
