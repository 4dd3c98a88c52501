import { writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataPath } from "../data.ts";
import { lines, type PandaRow, pandaTask, rowsOf } from "../evaluate/real.ts";
import { folder } from "../laurel.ts";
import { expectAccessible, noBrowser, openBrowser, openPage, serveFolder } from "./browser.ts";
import { hostile, run } from "./fixtures.ts";

const pandalm = dataPath("pandalm/rows.jsonl");

interface Finding {
  id: string;
  estimate: { value: number; n: number };
}

describe.skipIf(noBrowser !== undefined)(
  `the page's data${noBrowser === undefined ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(() => browser?.close());

    it.skipIf(pandalm === undefined)(
      `says of real preferences what laurel audit data says, and shows their rows${pandalm === undefined ? " (needs shared data)" : ""}`,
      async () => {
        using place = folder();
        writeFileSync(place.file("panda.jsonl"), lines(rowsOf<PandaRow>(pandalm!).map(pandaTask)));
        const { rows, findings } = JSON.parse(run(place.path, "audit", "data", "panda.jsonl", "--json")) as {
          rows: number;
          findings: Finding[];
        };
        const agreement = findings.find(({ id }) => id === "agreement")!.estimate;
        await using served = await serveFolder(place.path);
        for (const size of ["desk", "phone"] as const) {
          const { page, quiet } = await openPage(browser, `${served.url}/#/data`, size);
          await page.getByRole("link", { name: "panda.jsonl" }).click();
          await page.getByRole("heading", { name: "What may be wrong" }).waitFor();
          const row = page.getByRole("row", { name: /^agreement/ });
          await row.getByText(String(Number(agreement.value.toPrecision(3))), { exact: true }).waitFor();
          await row.getByText(agreement.n.toLocaleString("en"), { exact: true }).waitFor();
          await page.locator("svg.figure").first().waitFor();
          await expectAccessible(page);
          await page.getByText(`${rows} rows`, { exact: true }).waitFor();
          await page.getByLabel("Show").selectOption("disputed by their raters");
          await page.getByText(`${rows} rows`, { exact: true }).waitFor({ state: "detached" });
          expect(page.url()).toContain("filter=disputed");
          await page.getByLabel("Order").selectOption("most disputed");
          await page.locator(".line a").first().click();
          await page.getByRole("heading", { name: "Candidate 2" }).waitFor();
          expect(await page.getByText(/better than|alike/).count()).toBe(3);
          await expectAccessible(page);
          await page.goBack();
          await page.getByLabel("Show").waitFor();
          expect(page.url()).toContain("filter=disputed");
          quiet();
          await page.close();
        }
      },
    );

    it("says what to do about an empty folder and a file without tasks, and shows hostile texts as texts", async () => {
      using place = folder();
      await using served = await serveFolder(place.path);
      const { page, quiet } = await openPage(browser, `${served.url}/#/data`);
      await page.getByText("There is no file of tasks in this folder").waitFor();
      writeFileSync(place.file("table.csv"), "a,b\n1,2\n");
      writeFileSync(
        place.file("bad.jsonl"),
        lines([
          { prompt: hostile[1], candidates: hostile, subsets: { "<i>": "<script>1</script>" } },
          { prompt: hostile[0], candidates: [hostile[1], hostile[1]] },
        ]),
      );
      await page.goto(`${served.url}/#/data/one/table.csv`);
      await page.getByText("No row of this file could be read as a task").waitFor();
      await page.goto(`${served.url}/#/data/one/bad.jsonl`);
      await page.getByText("Subsets by <i>").waitFor();
      await page.locator(".line a").first().click();
      await page.getByText("<script>window.hacked").first().waitFor();
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      expect(await page.locator("main script, main img, main i").count()).toBe(0);
      await expectAccessible(page);
      quiet();
      await page.close();
    });
  },
);
