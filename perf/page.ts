// The page's first view and every other one on loopback: requests, bytes as sent, time to the view's heading.
// node --conditions=source perf/page.ts (needs Chromium and npm run page; asked: the first view under 200 kB)

import { folder, laurel } from "../test/laurel.ts";
import { openBrowser, serveFolder, sizes } from "../test/page/browser.ts";

const place = folder();
laurel(["demo", "--dir", "."], { cwd: place.path });
const served = await serveFolder(place.path, ["--reward", "verify.math"]);
const browser = await openBrowser();

async function visit(hash: string): Promise<{ requests: number; bytes: number; paint: number; heading: number }> {
  const page = await (await browser.newContext({ viewport: sizes.desk })).newPage();
  const network = await page.context().newCDPSession(page);
  await network.send("Network.enable");
  let [requests, bytes] = [0, 0];
  network.on("Network.loadingFinished", ({ encodedDataLength }) => {
    requests++;
    bytes += encodedDataLength;
  });
  const began = performance.now();
  await page.goto(`${served.url}/${hash}`);
  await page.locator("main h1").first().waitFor();
  const heading = performance.now() - began;
  await page.waitForLoadState("networkidle");
  const paint = (await page.evaluate(
    `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN`,
  )) as number;
  await page.context().close();
  return { requests, bytes, paint, heading };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const first = await browser.newPage();
await first.goto(served.url);
const views = await first
  .locator("header nav a")
  .evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
console.log("view          requests   kB sent   first paint   heading (ms, median of 5, empty cache)");
for (const view of ["", ...views]) {
  const visits: Awaited<ReturnType<typeof visit>>[] = [];
  for (let i = 0; i < 5; i++) visits.push(await visit(view));
  const of = (key: keyof (typeof visits)[number]): number => median(visits.map((one) => one[key]));
  console.log(
    `${(view === "" ? "/" : view).padEnd(14)}${String(of("requests")).padStart(8)}${(of("bytes") / 1000).toFixed(1).padStart(10)}${of("paint").toFixed(0).padStart(14)}${of("heading").toFixed(0).padStart(10)}`,
  );
}
await browser.close();
await served.stop();
place[Symbol.dispose]();
