// node drive.mjs SCENARIO ADDRESS CHROMIUM FOLDER [FILE…]: does what a person would do, and prints what it saw as JSON.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { chromium } from "playwright-core";

const [scenario, address, executablePath, folder, ...files] = process.argv.slice(2);
const WAIT = { timeout: 60_000 };
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function open(options = {}, args = []) {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(address);
  return { browser, context, page, faults };
}

// what happens when files are let go over the page
async function drop(page, paths) {
  const sounds = await Promise.all(paths.map(async (p) => [basename(p), (await readFile(p)).toString("base64")]));
  await page.evaluate((given) => {
    const transfer = new DataTransfer();
    for (const [name, text] of given) {
      transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
    }
    document.dispatchEvent(new DragEvent("dragenter", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, sounds);
}

const captioned = (page, count) => page.waitForFunction((n) => document.querySelectorAll(".card .foot").length === n, count, WAIT);

async function check(page) {
  // the policy of the page forbids scripts of others, so this one comes in by the debugger
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  const found = await session.send("Runtime.evaluate", {
    expression: "axe.run().then((r) => JSON.stringify(r.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html.slice(0, 120)) }))))",
    awaitPromise: true, returnByValue: true,
  });
  return JSON.parse(found.result.value);
}

async function saved(page, click) {
  const waiting = page.waitForEvent("download", WAIT);
  await click();
  const download = await waiting;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

const scenarios = {
  // files are dropped; each gets a caption, a picture and downloads
  async drop() {
    const { browser, page, faults } = await open();
    await drop(page, files);
    await captioned(page, files.length);
    const cards = await page.$$eval(".card", (nodes) => nodes.map((n) => ({
      name: n.querySelector(".name").textContent, said: n.querySelector(".said").textContent,
      belief: n.querySelector(".belief b")?.textContent, meter: n.querySelector("[role=meter]")?.getAttribute("aria-valuenow"),
      keywords: n.querySelectorAll(".chips li").length, others: n.querySelectorAll("details li").length,
    })));
    await page.waitForFunction((n) => document.querySelectorAll(".card .picture:not([hidden])").length === n, files.length, WAIT);
    const count = await page.textContent("#count");
    const srt = await saved(page, () => page.click(".card:last-child [data-format=srt]"));
    const csv = await saved(page, () => page.click("[data-all=csv]"));
    const json = await saved(page, () => page.click("[data-all=json]"));
    const violations = await check(page);
    await browser.close();
    return { cards, count, srt, csv, json, violations, faults };
  },

  // a longer sound in segments; a segment jumps the player, by the keyboard too
  async segments() {
    const { browser, page, faults } = await open();
    await page.selectOption("#cut", "segments=2");
    await page.setInputFiles("#files", files);
    await captioned(page, 1);
    await page.waitForFunction(() => document.querySelector("audio").duration > 0, null, WAIT);
    const buttons = page.locator(".segments button");
    const texts = await buttons.allTextContents();
    await buttons.nth(1).click();
    const clicked = await page.$eval("audio", (a) => a.currentTime);
    await page.$eval("audio", (a) => a.pause());
    await buttons.nth(2).focus();
    await page.keyboard.press("Enter");
    const pressed = await page.$eval("audio", (a) => a.currentTime);
    const srt = await saved(page, () => page.click("[data-format=srt]"));
    const violations = await check(page);
    await browser.close();
    return { texts, clicked, pressed, srt, violations, faults };
  },

  // the microphone is a file: what is heard is said live, and a recording is captioned
  async live() {
    const { browser, page, faults } = await open({ permissions: ["microphone"] }, [
      "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${files[0]}`,
    ]);
    await page.click("#listen");
    await page.waitForSelector("#now-belief .belief", WAIT);
    await page.waitForTimeout(4000);
    const now = await page.textContent("#now");
    const pressed = await page.getAttribute("#listen", "aria-pressed");
    const violations = await check(page);
    await page.screenshot({ path: `${folder}/live.png`, fullPage: true });
    await page.click("#listen");
    await page.waitForSelector("#listen[aria-pressed=false]", WAIT);
    await page.click("#record");
    await page.waitForTimeout(3000);
    await page.click("#record");
    await captioned(page, 1);
    const recorded = await page.textContent(".card .said");
    await browser.close();
    return { now, pressed, recorded, violations, faults };
  },

  // a file that is no sound, and a name that is markup
  async wrong() {
    const { browser, page, faults } = await open();
    await page.setInputFiles("#files", [
      { name: "<img src=x onerror=alert(1)>.wav", mimeType: "audio/wav", buffer: Buffer.from("this is no sound") },
    ]);
    await page.waitForSelector(".card .problem", WAIT);
    const problem = await page.textContent(".card .problem");
    const images = await page.$$eval(".card img", (nodes) => nodes.length);
    const count = await page.textContent("#count");
    await page.click(".card .small");
    const left = await page.$$eval(".card", (nodes) => nodes.length);
    await browser.close();
    return { problem, images, count, left, faults };
  },

  // a server with a key asks for it once
  async key() {
    const { browser, page } = await open();
    await page.setInputFiles("#files", files);
    await page.waitForSelector("#ask-key[open]", WAIT);
    await page.fill("#key", process.env.PAGE_KEY);
    await page.click("#ask-key button[value=ok]");
    await captioned(page, files.length);
    const said = await page.textContent(".card .said");
    await browser.close();
    return { said };
  },

  // pictures for people to look at, and whether anything is wider than a phone
  async look() {
    const wide = {};
    const violations = [];
    const all = [["light", 390], ["dark", 1280], ["dark", 390], ["light", 1280]];
    for (const [colorScheme, width] of process.env.LOOK_AT_ALL ? all : all.slice(0, 2)) {
      const { browser, page } = await open({ colorScheme, viewport: { width, height: 844 } });
      await page.screenshot({ path: `${folder}/empty-${width}-${colorScheme}.png` });
      await drop(page, files.slice(0, -1));
      await page.selectOption("#cut", "segments=2");
      await page.setInputFiles("#files", files.slice(-1));
      await captioned(page, files.length);
      await page.waitForFunction((n) => document.querySelectorAll(".card .picture:not([hidden])").length === n, files.length, WAIT);
      await page.screenshot({ path: `${folder}/results-${width}-${colorScheme}.png`, fullPage: true });
      wide[`${width}-${colorScheme}`] = await page.evaluate(() => document.documentElement.scrollWidth);
      violations.push(...await check(page));
      await page.goto(`${address}docs`);
      await page.waitForSelector("main section", WAIT);
      await page.screenshot({ path: `${folder}/docs-${width}-${colorScheme}.png` });
      wide[`docs-${width}-${colorScheme}`] = await page.evaluate(() => document.documentElement.scrollWidth);
      violations.push(...await check(page));
      await browser.close();
    }
    return { wide, violations };
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
