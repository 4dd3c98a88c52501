import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { dataPath } from "../data.ts";
import { type BarItem, lines, type PandaRow, pandaTask, rowsOf } from "../evaluate/real.ts";
import { folder } from "../laurel.ts";
import { expectAccessible, inBrowser, openPage } from "./browser.ts";
import { run } from "./fixtures.ts";

const pandalm = dataPath("pandalm/rows.jsonl");
const bar = dataPath("llmbar/items.jsonl");
const gsm8k = dataPath("gsm8k-solutions/solutions.jsonl");
const missing = pandalm === undefined || bar === undefined || gsm8k === undefined ? "no shared data" : undefined;
const place = folder();
afterAll(() => place[Symbol.dispose]());

function prepare(): void {
  writeFileSync(place.file("panda.jsonl"), lines(rowsOf<PandaRow>(pandalm!).map(pandaTask)));
  writeFileSync(place.file("bar.jsonl"), lines(rowsOf<BarItem>(bar!).filter((one) => one.output_1 != null)));
  run(place.path, "train", "panda.jsonl", "--out", "rm", "--set", "epochs=2");
  for (const [name, reward] of [
    ["long", "length"],
    ["short", "{ kind: length, sign: -1 }"],
    ["rm", "./rm"],
  ] as const)
    run(
      place.path,
      "bench",
      "run",
      "llmbar",
      "bar.jsonl",
      "--reward",
      reward,
      "--name",
      name,
      "--out",
      `${name}.run.jsonl`,
    );
}

inBrowser("the page on real data", { folder: () => place.path, prepare, missing }, (shown) => {
  it("gives LLMBar's leaderboard as laurel bench report does", async () => {
    const names = ["long", "short", "rm"].map((name) => `${name}.run.jsonl`);
    const { standings } = JSON.parse(run(place.path, "bench", "report", ...names, "--json")) as {
      standings: { value: number }[];
    };
    for (const size of ["desk", "phone"] as const) {
      const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/benchmarks/llmbar`, size);
      await page.getByRole("heading", { name: "Leaderboard" }).waitFor();
      for (const { value } of standings)
        await page
          .getByRole("cell", { name: String(Number(value.toPrecision(3))), exact: true })
          .first()
          .waitFor();
      await page.locator("svg.figure").first().waitFor();
      await expectAccessible(page);
      quiet();
      await page.close();
    }
  });

  it("shows the model that was trained on PandaLM with the figures of its card", async () => {
    const { held } = await (async () => {
      const card = readFileSync(place.file("rm/README.md"), "utf8");
      return { held: /accuracy[^\d]*([\d.]+)/.exec(card)![1]! };
    })();
    const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/models/rm`);
    await page.getByRole("heading", { name: "What was held out" }).waitFor();
    await page
      .getByRole("row", { name: /^accuracy/ })
      .getByText(held, { exact: true })
      .waitFor();
    await expectAccessible(page);
    quiet();
    await page.close();
  });

  it("scores a real solution in the playground, and watches real ones being scored", async () => {
    const [row] = rowsOf<{ question: string; ground_truth: string; "175b_verification": { solution: string } }>(gsm8k!);
    const task = { prompt: row!.question, answer: row!.ground_truth, candidates: [row!["175b_verification"].solution] };
    const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/playground`);
    await page.getByLabel("Prompt").fill(task.prompt);
    await page.getByLabel(/^Right answer/).fill(task.answer);
    await page.getByLabel("Candidate 1", { exact: true }).fill(task.candidates[0]!);
    await page.getByRole("button", { name: "Score", exact: true }).click();
    await page.getByRole("heading", { name: "2 scores" }).waitFor();
    await expectAccessible(page);
    for (const one of rowsOf<{ question: string; ground_truth: string; "175b_verification": { solution: string } }>(
      gsm8k!,
    ).slice(0, 40)) {
      const answer = await fetch(`${shown.url}/v1/score`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          tasks: [
            {
              prompt: one.question,
              candidates: [one["175b_verification"].solution, "no"],
              answer: one.ground_truth,
            },
          ],
        }),
      });
      expect(answer.status).toBe(200);
    }
    await page.goto(`${shown.url}/#/watch`);
    await page
      .getByText(/\b80\b/)
      .first()
      .waitFor();
    await expectAccessible(page);
    quiet();
    await page.close();
  });

  it("shows LLMBar's own rows, whose columns are named on the page, and keeps them over its links", async () => {
    writeFileSync(place.file("items.jsonl"), lines(rowsOf<BarItem>(bar!).filter((one) => one.output_1 != null)));
    const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/pairs/look?file=items.jsonl`);
    await page.getByText("This file has no two candidates of one task").waitFor();
    await page.getByText("Are prompt and answers in other columns?").click();
    await page.getByLabel(/^Columns/).fill("prompt=input,candidates=output_1+output_2");
    await page.keyboard.press("Enter");
    await page.getByText("453 rows", { exact: true }).waitFor();
    await page.locator(".line a").first().click();
    await page.getByRole("link", { name: "← Pairs" }).click();
    await page.getByText("453 rows", { exact: true }).waitFor();
    await expectAccessible(page);
    await page.goto(`${shown.url}/#/data/one/items.jsonl?map=prompt%3Dinput%2Ccandidates%3Doutput_1%2Boutput_2`);
    await page.getByText("453 rows", { exact: true }).waitFor();
    await page.locator("main", { hasNotText: /Reading the/ }).waitFor();
    quiet();
    await page.close();
  });

  it("fits windows from 360 to 1920 pixels, light and dark", async () => {
    const views = [
      "playground",
      "runs",
      "data/one/panda.jsonl",
      "pairs/look?file=panda.jsonl",
      "models/rm",
      "benchmarks/llmbar",
      "watch",
      "papers",
      "papers/rewardmath",
    ];
    for (const [width, colorScheme] of [
      [360, "dark"],
      [1920, "light"],
    ] as const) {
      const context = await shown.browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      for (const view of views) {
        await page.goto(`${shown.url}/#/${view}`);
        await page.locator("main h1").first().waitFor();
        await page.locator("main", { hasNotText: /Reading the|Loading…/ }).waitFor();
        await expectAccessible(page);
      }
      await context.close();
    }
  });
});
