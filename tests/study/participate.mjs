// Simulated participants of a listening study: node participate.mjs MODULES CHROMIUM PAGE FOLDER HOW_MANY
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [modules, chromium, page, folder, many] = process.argv.slice(2);
const require = createRequire(join(modules, "package.json"));
const { chromium: engine } = require("playwright-core");
const axe = readFileSync(join(modules, "node_modules", "axe-core", "axe.min.js"), "utf8");

// a generator of its own, so that the share is the same in every run
let state = 12345;
const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;

const browser = await engine.launch({
  executablePath: chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const told = { chosen: { describes: 0, alone: 0 }, violations: [], errors: [] };
for (let person = 0; person < Number(many); person++) {
  const context = await browser.newContext({ viewport: { width: person ? 1280 : 390, height: 900 }, acceptDownloads: true, bypassCSP: true });
  const tab = await context.newPage();
  tab.on("pageerror", (error) => told.errors.push(String(error)));
  await tab.goto(pathToFileURL(page).href);
  await tab.getByRole("button", { name: "Begin" }).click();
  for (let clip = 0; clip < 10; clip++) {
    await tab.getByRole("heading", { name: `Recording ${clip + 1} of 10` }).waitFor();
    if (clip === 0) {
      // nothing is skipped: without an answer the page stays
      await tab.getByRole("button", { name: "Next" }).click();
      await tab.getByRole("alert").filter({ hasText: "Please answer" }).waitFor();
    }
    for (const question of ["describes", "alone"]) {
      const first = random() < 0.86;
      told.chosen[question] += first;
      const wanted = tab.locator("fieldset").filter({ has: tab.locator(`input[name=${question}]`) })
        .locator("label").filter({ hasText: first ? "a dog barks" : "1985" });
      if (person % 2) await wanted.click();
      else { await wanted.locator("input").focus(); await tab.keyboard.press("Space"); }
    }
    if (person === 0 && clip === 0) {
      await tab.evaluate(axe);
      for (const scheme of ["light", "dark"]) {
        await tab.emulateMedia({ colorScheme: scheme });
        const found = await tab.evaluate(() => axe.run());
        told.violations.push(...found.violations.map((v) => `${scheme}: ${v.id}: ${v.nodes[0].html}`));
        await tab.screenshot({ path: join(folder, `study-${scheme}.png`) });
      }
    }
    if (person % 2) await tab.getByRole("button", { name: /Next|Finish/ }).click();
    else await tab.keyboard.press("Enter");
  }
  const saved = tab.waitForEvent("download");
  await tab.getByRole("link", { name: "Save my answers" }).click();
  const download = await saved;
  await download.saveAs(join(folder, download.suggestedFilename()));
  await context.close();
}
await browser.close();
console.log(JSON.stringify(told));
