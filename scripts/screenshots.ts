// Makes pictures of the page from the demo and generated pairs: npm run screenshots [FOLDER]
// Without a folder those of the README and the tour go to docs/img; with one, all views, light and dark. Needs Chromium.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { folder, laurel } from "../test/laurel.ts";
import { openBrowser, serveFolder } from "../test/page/browser.ts";

const [only] = process.argv.slice(2);
const out = only ?? fileURLToPath(new URL("../docs/img", import.meta.url));
/** The pictures that the guides show. */
const kept = ["playground", "run", "benchmark", "pairs"];
using place = folder();
const run = (...args: string[]): void => {
  const { code, err } = laurel(args, { cwd: place.path });
  if (code !== 0) throw new Error(`laurel ${args.join(" ")}: ${err}`);
};
run("demo", "--dir", ".");
run("train", "sample.jsonl", "--out", "rm");
run("bench", "make", "arithmetic", "--n", "200", "--out", "pairs.jsonl");
for (const [reward, name] of [
  ["./rm", "rm"],
  ["length", "length"],
  ["verify.math", "math"],
] as const)
  run("bench", "run", "made", "pairs.jsonl", "--reward", reward, "--out", `${name}.run.jsonl`);

/** What is done on a view before its picture is taken. */
const views: Record<string, { hash: string; height: number; before?: (page: Page) => Promise<void> }> = {
  playground: {
    hash: "#/playground",
    height: 1000,
    before: async (page) => {
      await page.getByRole("button", { name: "Score", exact: true }).click();
      await page.getByText("The same elsewhere").first().waitFor();
    },
  },
  run: { hash: "#/runs/one/scored.jsonl", height: 1100 },
  benchmark: { hash: "#/benchmarks/made", height: 1100 },
  models: { hash: "#/models/rm", height: 1100 },
  pairs: {
    hash: "#/pairs/label?file=pairs.jsonl",
    height: 800,
    before: async (page) => {
      const name = page.getByLabel(/name/i).first();
      await name.fill("Ann");
      await name.press("Enter");
      await page.getByText("shown as A").or(page.getByText(/^A$/)).first().waitFor();
    },
  },
  papers: { hash: "#/papers", height: 1000 },
  paper: { hash: "#/papers/par", height: 1200 },
  watch: { hash: "#/watch", height: 800 },
  data: { hash: "#/data/one/sample.jsonl", height: 1100 },
};

const served = await serveFolder(place.path, ["--reward", "demo=reward.yaml", "--reward", "verify.math", "--specs"]);
const browser = await openBrowser();
try {
  for (const [name, { hash, height, before }] of Object.entries(views))
    for (const scheme of ["light", "dark"] as const) {
      if (only === undefined && (scheme === "dark" || !kept.includes(name))) continue;
      const context = await browser.newContext({
        viewport: { width: 1280, height },
        colorScheme: scheme,
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      await page.goto(`${served.url}/${hash}`);
      await page.locator("main h1").first().waitFor();
      await page.waitForLoadState("networkidle");
      await page.locator("main", { hasNotText: /Reading|Loading/ }).waitFor();
      await before?.(page);
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: join(out, `page-${name}${scheme === "dark" ? "-dark" : ""}.png`) });
      await context.close();
      console.log(`page-${name} (${scheme})`);
    }
} finally {
  await browser.close();
  await served.stop();
}
