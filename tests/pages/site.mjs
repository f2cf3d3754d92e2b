// node site.mjs CHROMIUM FOLDER PAGE…: opens pages of the built book on a phone in dark colours and on a desk in light ones,
// and prints what is wrong with each as JSON. SHOTS names a folder for pictures, if there is to be any.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const server = createRequire(new URL("../server/browser/package.json", import.meta.url));
const { chromium } = server("playwright-core");
const axe = await readFile(server.resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, folder, ...pages] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--allow-file-access-from-files"] });
const seen = [];

for (const [width, colorScheme] of [[390, "dark"], [1280, "light"]]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  for (const name of pages) {
    const page = await context.newPage();
    const faults = [], fetched = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (r) => /^(file|data|blob|about):/.test(r.url()) || fetched.push(r.url()));
    await page.goto(pathToFileURL(join(folder, name)).href);
    await page.waitForTimeout(150);
    if (process.env.SHOTS) {
      await page.screenshot({ path: join(process.env.SHOTS, `${name.replaceAll("/", "-")}-${width}.png`), fullPage: true });
    }
    await page.evaluate(axe);
    const result = await page.evaluate(async () => {
      const found = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] });
      return {
        wide: document.documentElement.scrollWidth,
        violations: found.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html.slice(0, 160) + " :: " + n.failureSummary.slice(0, 160)).slice(0, 4) })),
      };
    });
    seen.push({ page: name, width, faults, fetched, ...result });
    await page.close();
  }
  await context.close();
}

// the search works from a disk
const page = await browser.newPage();
await page.goto(pathToFileURL(join(folder, "index.html")).href);
await page.fill("input[name=query]", "confidence");
await page.waitForSelector(".md-search-result__item", { timeout: 20_000 });
const hits = await page.$$eval(".md-search-result__item", (nodes) => nodes.length);
await browser.close();
console.log(JSON.stringify({ seen, hits }));
