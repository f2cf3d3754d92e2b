// Results as files: the same forms as the command line writes.

import { belief } from "./belief.js";

const pad = (number, width) => String(number).padStart(width, "0");

function stamp(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((n) => pad(n, 2));
  return `${parts.join(":")},${pad(milliseconds % 1000, 3)}`;
}

/** Subtitles in SubRip's form; silence has none. */
export function srt(captions) {
  const said = captions.filter((caption) => caption.text.trim());
  return said.map((caption, place) => {
    const begin = Math.round(1000 * caption.start);
    const end = Math.max(Math.round(1000 * caption.end), begin + 1);
    const text = caption.text.trim().split(/\s+/).join(" ").replace(/-{2,}>/g, "->");
    return `${place + 1}\n${stamp(begin)} --> ${stamp(end)}\n${text}\n\n`;
  }).join("");
}

/** A table; no cell of it is taken for a formula by a spreadsheet. */
export function csv(captions) {
  const name = captions.some((caption) => typeof caption.confidence === "number") ? "confidence" : "fit";
  const rows = captions.map((c) => [
    c.path, c.start, c.end, c.text, belief(c)?.value ?? "",
    c.keywords.map((k) => `${k.text}=${k.score.toFixed(2)}`).join("; "), c.notes.join("; "),
  ]);
  return [["path", "start", "end", "text", name, "keywords", "notes"], ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

function cell(value) {
  let text = String(value);
  if (typeof value === "string" && /^[=+\-@\t\r\n]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The captions as they came. */
export const json = (captions) => `${JSON.stringify(captions, null, 1)}\n`;

export const WRITERS = { csv, json, srt };
const TYPES = { csv: "text/csv", json: "application/json", srt: "application/x-subrip" };

/** Hand a file to the person. */
export function save(name, format, captions) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([WRITERS[format](captions)], { type: TYPES[format] }));
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
