// node pictures.mjs CHROMIUM ADDRESS SHOWN FOLDER SOUND…: pictures of the real pages, as a person meets them.
// ADDRESS is that of `earwitness serve --archive`, SHOWN a page of `earwitness show`. Run by pictures.py.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const tests = createRequire(new URL("../../tests/server/browser/package.json", import.meta.url));
const { chromium } = tests("playwright-core");
const [executablePath, address, shown, folder, ...sounds] = process.argv.slice(2);
const WAIT = { timeout: 120_000 };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--font-render-hinting=none"] });

async function open(url, options) {
  const context = await browser.newContext({ deviceScaleFactor: 1.5, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function captioned(page, files) {
  await page.setInputFiles("#files", files);
  await page.waitForFunction((n) => document.querySelectorAll(".card .foot").length === n, files.length, WAIT);
  await page.waitForFunction((n) => document.querySelectorAll(".card .picture:not([hidden])").length === n, files.length, WAIT);
  await page.mouse.move(0, 0);
  await page.evaluate(() => window.scrollTo(0, 0));
}

const wide = { viewport: { width: 1100, height: 860 }, colorScheme: "light" };
const page = await open(`${address}`, wide);
await captioned(page, sounds);
await page.screenshot({ path: join(folder, "page.png") });

const phone = await open(`${address}`, { viewport: { width: 390, height: 760 }, colorScheme: "dark", isMobile: true });
await captioned(phone, sounds.slice(0, 1));
await phone.screenshot({ path: join(folder, "phone.png") });

const archive = await open(`${address}archive`, { ...wide, viewport: { width: 1100, height: 700 } });
await archive.fill("input[type=search], input[name=q], #query", "a cat");
await archive.keyboard.press("Enter");
await archive.waitForTimeout(3000);
await archive.screenshot({ path: join(folder, "archive.png") });

const show = await open(pathToFileURL(shown).href, { ...wide, viewport: { width: 1100, height: 700 } });
await show.waitForTimeout(1000);
await show.screenshot({ path: join(folder, "show.png") });
await browser.close();
