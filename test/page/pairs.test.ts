import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataPath } from "../data.ts";
import { type BarItem, barTask, lines, rowsOf } from "../evaluate/real.ts";
import { folder } from "../laurel.ts";
import { expectAccessible, noBrowser, openBrowser, openPage, serveFolder } from "./browser.ts";
import { freePort, hostile, run, writeTasks } from "./fixtures.ts";

const bar = dataPath("llmbar/items.jsonl");

interface Labelled {
  id: string;
  candidates: string[];
  labels: { preferred: { first: number; second: number; p: number; rater: string }[] };
}

/** Opens the labelling view under a name. */
async function asRater(browser: Browser, url: string, file: string, rater: string): Promise<Page> {
  const context = await browser.newContext();
  await context.addInitScript(`localStorage.setItem("laurel-rater", ${JSON.stringify(rater)})`);
  const page = await context.newPage();
  await page.goto(`${url}/#/pairs/label?file=${file}`);
  await page.getByLabel("Answer A").waitFor();
  return page;
}

/** Presses a key, and waits until the server has it. */
async function press(page: Page, key: string): Promise<void> {
  const path = key === "u" ? "/v1/pairs/undo" : "/v1/pairs/vote";
  const told = page.waitForResponse((response) => response.url().endsWith(path) && response.ok());
  await page.keyboard.press(key);
  await told;
  await page.locator("fieldset button:enabled, .empty button:enabled").first().waitFor();
}

describe.skipIf(noBrowser !== undefined)(
  `the page's pairs${noBrowser === undefined ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(() => browser?.close());

    it.skipIf(bar === undefined)(
      `labels 30 real pairs by keyboard, blind, for laurel eval and laurel train${bar === undefined ? " (needs shared data)" : ""}`,
      async () => {
        using place = folder();
        const items = rowsOf<BarItem>(bar!).filter(
          ({ output_1, output_2 }) => typeof output_1 === "string" && typeof output_2 === "string",
        );
        writeFileSync(place.file("bar.jsonl"), lines(items.slice(0, 40).map(barTask)));
        await using served = await serveFolder(place.path, ["--reward", "length"]);
        const page = await asRater(browser, served.url, "bar.jsonl", "ann");
        await expectAccessible(page);
        // what others said and what a reward says is not sent before the vote
        const blind = (await (await fetch(`${served.url}/v1/pairs/pair?file=bar.jsonl&k=0&rater=ann`)).json()) as {
          pair: object;
        };
        expect(blind.pair).toMatchObject({ open: false, state: null, labels: null, scores: null });
        // ann always takes the longer answer, wherever it is shown
        const sides: string[] = [];
        for (let i = 0; i < 30; i++) {
          const [a, b] = await Promise.all(
            ["A", "B"].map((side) => page.getByLabel(`Answer ${side}`).locator(".shown").textContent()),
          );
          const key = a!.length === b!.length ? "t" : a!.length > b!.length ? "a" : "b";
          if (i === 3) {
            // a slip, taken back
            await press(page, key === "a" ? "b" : "a");
            await press(page, "u");
          }
          sides.push(key);
          await press(page, key);
        }
        await press(page, "x");
        await press(page, "s");
        expect(new Set(sides).size, "the longer one is not always on one side").toBeGreaterThan(1);
        await page.getByText("you 32 of 40 pairs").waitFor();

        const rows = rowsOf<Labelled>(place.file("bar.labelled.jsonl"));
        expect(rows).toHaveLength(30);
        for (const { candidates, labels } of rows) {
          const [one] = labels.preferred;
          expect(labels.preferred).toHaveLength(1);
          expect(one).toMatchObject({ first: 0, second: 1, rater: "ann" });
          const [a, b] = candidates.map((text) => text.trim().length);
          if (a !== b) expect(one!.p).toBe(a! > b! ? 1 : 0);
        }
        const evaluated = JSON.parse(run(place.path, "eval", "bar.labelled.jsonl", "--reward", "length", "--json")) as {
          accuracy: { value: number; n: number };
        };
        expect(evaluated.accuracy.n).toBe(rows.filter(({ labels }) => labels.preferred[0]!.p !== 0.5).length);
        expect(evaluated.accuracy.value).toBeGreaterThan(0.9);
        run(place.path, "train", "bar.labelled.jsonl", "--out", "trained");
        await page.context().close();
      },
    );

    it("keeps every vote of two raters and of two tabs at once, shows how far they agree, and settles what is disputed", async () => {
      using place = folder();
      writeTasks(place.file("tasks.jsonl"), 12);
      writeFileSync(place.file("hostile.jsonl"), lines([{ prompt: hostile[1], candidates: hostile }]));
      run(place.path, "score", "tasks.jsonl", "--reward", "length");
      await using served = await serveFolder(place.path, ["--reward", "length"]);
      const pages = await Promise.all(
        ["ann", "bob", "bob"].map((name) => asRater(browser, served.url, "tasks.jsonl", name)),
      );
      const [ann, bob, other] = pages as [Page, Page, Page];
      // two tabs of one rater have different pairs in hand
      expect(await bob.getByLabel("Prompt").textContent()).not.toBe(await other.getByLabel("Prompt").textContent());
      const all = async (page: Page, n: number): Promise<void> => {
        for (let i = 0; i < n; i++) await press(page, "a");
      };
      await Promise.all([all(ann, 12), all(bob, 6), all(other, 6)]);
      const votes = readFileSync(place.file("tasks.votes.jsonl"), "utf8").trimEnd().split("\n");
      expect(votes).toHaveLength(24);
      const rows = rowsOf<Labelled>(place.file("tasks.labelled.jsonl"));
      expect(rows.map(({ labels }) => labels.preferred.map(({ rater }) => rater).sort())).toEqual(
        Array.from({ length: 12 }, () => ["ann", "bob"]),
      );
      await ann.getByText("Nothing is left for you").waitFor();

      const { page, quiet } = await openPage(
        browser,
        `${served.url}/#/pairs/agreement?file=tasks.jsonl&scores=tasks.scored.jsonl`,
      );
      await page.getByText("Cohen's kappa of ann and bob").waitFor();
      const disputed = rows
        .filter(({ labels: { preferred } }) => preferred[0]!.p !== preferred[1]!.p)
        .map(({ id }) => id);
      expect(disputed.length).toBeGreaterThan(0);
      const agree = page.getByRole("row", { name: /^probability that two votes/ });
      await agree.getByText(String(Number(((12 - disputed.length) / 12).toPrecision(3))), { exact: true }).waitFor();
      await page.getByText("accuracy of tasks.scored.jsonl").waitFor();
      await expectAccessible(page);
      await page.getByLabel("Your name").fill("eve");
      await page.keyboard.press("Tab");
      await page.getByRole("link", { name: `${disputed.length} disputed` }).click();
      await page.getByText(`${disputed.length} row`).waitFor();
      await page.getByRole("link", { name: disputed[0]!, exact: true }).click();
      await page.getByText("1 of 2 say").waitFor();
      await expectAccessible(page);
      await page.getByLabel("Judge or reward").selectOption("length");
      await page.getByRole("button", { name: "Ask" }).click();
      await page.getByText("The same in both orders.").waitFor();
      await page.keyboard.press("Shift+T");
      await page.getByText("Settled by eve").waitFor();
      const settled = rowsOf<Labelled>(place.file("tasks.labelled.jsonl")).find(({ id }) => id === disputed[0]);
      expect(settled?.labels.preferred).toEqual([{ first: 0, second: 1, p: 0.5, rater: "eve" }]);

      await page.goto(`${served.url}/#/pairs/label?file=hostile.jsonl`);
      await page.getByText("<script>window.hacked").first().waitFor();
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      expect(await page.locator("main script, main img").count()).toBe(0);
      quiet();
      for (const one of [...pages, page]) await one.context().close();
    });

    it("loses no vote when the server is killed under an open page, and passes over a line that was cut off", async () => {
      using place = folder();
      writeTasks(place.file("tasks.jsonl"), 5);
      const args = ["--reward", "length", "--port", await freePort()];
      const first = await serveFolder(place.path, args);
      const page = await asRater(browser, first.url, "tasks.jsonl", "ann");
      await press(page, "a");
      await first.stop("SIGKILL");
      await page.keyboard.press("b");
      await page.getByText("What you pressed is kept").waitFor();
      appendFileSync(place.file("tasks.votes.jsonl"), '{"v":1,"vote":"cut-off');
      await using _second = await serveFolder(place.path, args);
      await page.getByText("you 2 of 5 pairs").waitFor();
      await press(page, "t");
      const written = readFileSync(place.file("tasks.votes.jsonl"), "utf8").trimEnd().split("\n");
      expect(written).toHaveLength(4);
      expect(rowsOf<Labelled>(place.file("tasks.labelled.jsonl")).map(({ id }) => id)).toEqual(["t0", "t1", "t2"]);
      await page.context().close();
    });
  },
);
