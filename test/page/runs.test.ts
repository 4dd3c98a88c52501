import { readFileSync, writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataPath } from "../data.ts";
import { lines } from "../evaluate/real.ts";
import { folder } from "../laurel.ts";
import { expectAccessible, noBrowser, openBrowser, openPage, serveFolder } from "./browser.ts";
import { freePort, hostile, run, slowModule, writeGsm8k, writeTasks } from "./fixtures.ts";

const gsm8k = dataPath("gsm8k-solutions/solutions.jsonl");
const skipped = noBrowser === undefined ? "" : ` (skipped: ${noBrowser})`;

describe.skipIf(noBrowser !== undefined)(`the page's runs${skipped}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it("begins, stops, resumes over a killed server, and ends with what an uninterrupted run writes", async () => {
    using place = folder();
    writeFileSync(place.file("slow.mjs"), slowModule);
    writeTasks(place.file("tasks.jsonl"), 300);
    const args = ["--reward", "slow=./slow.mjs#slow", "--port", await freePort()];
    const first = await serveFolder(place.path, args);
    const { page } = await openPage(browser, `${first.url}/#/runs`);
    await page.getByText("Nothing has been scored in this folder yet").waitFor();
    await page.getByText("Begin a run", { exact: true }).click();
    await page.getByLabel("File of tasks").selectOption("tasks.jsonl");
    await page.getByLabel("Reward").selectOption("slow");
    await page.getByRole("button", { name: "Begin" }).click();
    await page.waitForURL(/#\/runs\/one\/tasks\.scored\.jsonl/);
    await page.getByText("running", { exact: true }).waitFor();
    const rows = (): number => readFileSync(place.file("tasks.scored.jsonl"), "utf8").split("\n").length - 1;
    await expect.poll(rows, { interval: 20, timeout: 20_000 }).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("stopped", { exact: true }).waitFor();
    const stopped = rows();
    expect(stopped).toBeLessThan(300);

    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("running", { exact: true }).waitFor();
    await expect.poll(rows, { interval: 20, timeout: 20_000 }).toBeGreaterThan(stopped);
    await first.stop("SIGKILL");
    await page.getByText("The server cannot be reached").waitFor();
    expect(rows()).toBeLessThan(300);
    await using _second = await serveFolder(place.path, args);
    await page.getByText("interrupted", { exact: true }).waitFor();
    await page.getByText("The server cannot be reached").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("done", { exact: true }).waitFor();
    await page.getByText("300 rows", { exact: true }).waitFor();

    run(place.path, "score", "tasks.jsonl", "--reward", "./slow.mjs#slow", "--out", "whole.jsonl", "--store", "other");
    expect(readFileSync(place.file("tasks.scored.jsonl"), "utf8")).toBe(
      readFileSync(place.file("whole.jsonl"), "utf8"),
    );
    expect(run(place.path, "runs")).toContain("done");
    await page.close();
  });

  it.skipIf(gsm8k === undefined)(
    `shows distributions, labels, traces, a comparison and an export of real solutions${gsm8k === undefined ? " (needs shared data)" : ""}`,
    async () => {
      using place = folder();
      writeGsm8k(gsm8k!, place.file("gsm8k.jsonl"), 120);
      run(place.path, "score", "gsm8k.jsonl", "--reward", "verify.math");
      run(place.path, "score", "gsm8k.jsonl", "--reward", "length", "--out", "length.scored.jsonl");
      const evaluated = JSON.parse(
        run(place.path, "eval", "gsm8k.jsonl", "--scores", "gsm8k.scored.jsonl", "--json"),
      ) as { accuracy: { value: number; n: number } };
      await using served = await serveFolder(place.path);
      for (const size of ["desk", "phone"] as const) {
        const { page, quiet } = await openPage(browser, `${served.url}/#/runs`, size);
        await page.getByRole("link", { name: "gsm8k.scored.jsonl" }).waitFor();
        await expectAccessible(page);
        await page.getByRole("link", { name: "gsm8k.scored.jsonl" }).click();
        await page.getByText(`n ${evaluated.accuracy.n}`).first().waitFor();
        const shown = Number(evaluated.accuracy.value.toPrecision(3));
        expect(await page.locator(".estimate", { hasText: String(shown) }).count()).toBeGreaterThan(0);
        await page.getByText("120 rows", { exact: true }).waitFor();
        await page.locator("svg.figure").first().waitFor();
        await expectAccessible(page);
        await page.getByRole("link", { name: "g0", exact: true }).first().click();
        await page.getByText("Janet’s ducks").first().waitFor();
        expect(await page.getByLabel(/^Candidate \d$/).count()).toBe(4);
        await expectAccessible(page);
        await page.goBack();
        await page.getByText("120 rows", { exact: true }).waitFor();
        quiet();
        await page.close();
      }
      const { page, quiet } = await openPage(browser, `${served.url}/#/runs`);
      for (const name of ["gsm8k.scored.jsonl", "length.scored.jsonl"])
        await page.getByLabel(`compare ${name}`).check();
      await page.getByRole("link", { name: "Compare the two" }).click();
      await page.getByText("p, sign flips of prompts").waitFor();
      const asked = new URLSearchParams(new URL(page.url()).hash.split("?")[1]);
      const compared = JSON.parse(
        run(place.path, "compare", "gsm8k.jsonl", asked.get("a")!, asked.get("b")!, "--json"),
      ) as { conclusion: string; difference: { value: number } };
      await page.getByRole("heading", { name: `A is ${compared.conclusion} than B` }).waitFor();
      await page
        .getByText(String(Number(compared.difference.value.toPrecision(3))).replace("-", "−"))
        .first()
        .waitFor();
      await expectAccessible(page);
      const csv = await (await fetch(`${served.url}/v1/runs/export?file=gsm8k.scored.jsonl&format=csv`)).text();
      expect(csv.split("\n").slice(0, 2)).toEqual([
        "id,repeat,candidate,value,fault,unscored,best",
        expect.stringMatching(/^g0,0,0,[01],,,[01]$/),
      ]);
      expect(csv.trimEnd().split("\n")).toHaveLength(1 + 120 * 4);
      const jsonl = await (await fetch(`${served.url}/v1/runs/export?file=gsm8k.scored.jsonl`)).text();
      expect(jsonl).toBe(readFileSync(place.file("gsm8k.scored.jsonl"), "utf8"));
      quiet();
      await page.close();
    },
  );

  it("shows hostile texts as texts, and 100,000 rows by page in a small document", async () => {
    using place = folder();
    writeFileSync(place.file("bad.jsonl"), lines([{ id: "<b>bold</b>", prompt: hostile[0], candidates: hostile }]));
    run(place.path, "score", "bad.jsonl", "--reward", "length");
    const n = 100_000;
    const row = (i: number) => {
      const [a, b] = [(i * 7919) % 1000, (i * 104_729) % 1000];
      const best = b > a ? 1 : 0;
      return `{"v":1,"id":"t${i}","scores":[{"value":${a}},{"value":${b}}],"best":${best},"tied":[${best}],"margin":${Math.abs(a - b)}}\n`;
    };
    writeFileSync(place.file("big.scored.jsonl"), Array.from({ length: n }, (_, i) => row(i)).join(""));
    await using served = await serveFolder(place.path);
    const { page, quiet } = await openPage(browser, `${served.url}/#/runs/one/bad.scored.jsonl?row=0`);
    await page.getByText("<script>window.hacked").first().waitFor();
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(await page.locator("main script, main img, main b").filter({ hasText: "bold" }).count()).toBe(0);
    await expectAccessible(page);

    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).search));
    await page.goto(`${served.url}/#/runs/one/big.scored.jsonl`);
    await page.getByText("100,000 rows", { exact: true }).waitFor();
    const size = async (): Promise<number> => (await page.evaluate("document.querySelectorAll('*').length")) as number;
    const rows = (): number => asked.filter((search) => search.includes("offset=")).length;
    expect(await size()).toBeLessThan(1000);
    expect(rows()).toBe(1);
    await page.locator(".window").evaluate((box: { scrollTop: number; scrollHeight: number }) => {
      box.scrollTop = box.scrollHeight;
    });
    await page.getByRole("link", { name: `t${n - 1}`, exact: true }).waitFor();
    expect(await size()).toBeLessThan(1000);
    expect(rows()).toBeLessThanOrEqual(5);
    await page.getByLabel("Order").selectOption("smallest margin");
    await page.getByRole("link", { name: "t0", exact: true }).waitFor();
    await page.getByLabel("Id").fill("t99999");
    await page.getByText("1 row", { exact: true }).waitFor();
    expect(page.url()).toContain("search=t99999");
    quiet();
    await page.close();
  });
});
