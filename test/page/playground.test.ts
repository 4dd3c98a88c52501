import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allKinds, answerText, pointwise, specFromText, toComparer } from "../../packages/laurel/src/index.ts";
import { math } from "../../packages/laurel/src/rewards/index.ts";
import { toYaml } from "../../packages/serve/src/page/yaml.ts";
import { folder } from "../laurel.ts";
import { numberReward, served } from "../serve/server.ts";
import { expectAccessible, noBrowser, openBrowser, openPage, serveFolder } from "./browser.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the playground's operations", () => {
  let plain: Awaited<ReturnType<typeof served>>;
  beforeAll(async () => {
    plain = await served({ page: true, comparers: { logit: toComparer(numberReward(), { scale: 1 }) } });
  });
  afterAll(() => plain.server.close());

  it("writes every kind's example as YAML that reads back the same", async () => {
    for (const { example } of Object.values(allKinds()))
      expect(await specFromText(`${toYaml(example)}\n#`)).toEqual(example);
  });

  it.each([
    ["verify.math", "verify.math"],
    ["{ kind: length, unit: words, form: range, max: 50 }", "length"],
    ["kind: weighted\nrewards: { right: verify.math }\nweights: { right: 1 }", "weighted(verify.math)"],
  ])("takes %j for %s", async (spec, name) => {
    const { body } = await plain.post("/v1/playground/check", { spec });
    expect(body).toMatchObject({ ok: true, reward: { name } });
  });

  it.each([
    ["verify.mat", /there is no kind "verify.mat"/, /did you mean verify\.math/],
    ["kind: verify.exact\nignorecase: true", /verify\.exact.*ignorecase/, /laurel kinds verify\.exact/],
    ["kind: [", /not valid YAML/, undefined],
    ["", /empty/, undefined],
    // what a stranger may not name: code, files, addresses
    ["/etc/passwd.yaml", /there is no kind/, undefined],
    ["./mine.ts#default", /there is no kind/, undefined],
    ["http://example.invalid/", /not allowed/, undefined],
    ["{ kind: module, path: ./mine.ts }", /not allowed over HTTP/, undefined],
    [
      "{ kind: weighted, rewards: { a: { kind: remote, url: 'http://x' } }, weights: { a: 1 } }",
      /not allowed/,
      undefined,
    ],
  ])("says what is wrong with %j", async (spec, message, hint) => {
    const { status, body } = await plain.post("/v1/playground/check", { spec });
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: false, message: expect.stringMatching(message) });
    if (hint !== undefined) expect(body["hint"]).toMatch(hint);
  });

  it("makes no reward from a spec where the server does not allow it", async () => {
    expect((await plain.post("/v1/rewards", { spec: "verify.math" })).status).toBe(405);
    expect(await (await plain.get("/v1/playground")).json()).toMatchObject({ specs: false });
  });

  it("gives differences of all pairs, none for a side without a score", async () => {
    const task = { prompt: "p", candidates: ["3", "1", "?"] };
    const { body } = await plain.post("/v1/playground/score", { reward: "rm", task });
    expect(body["pairs"]).toContainEqual({ first: 0, second: 1, difference: 2 });
    expect(body["pairs"]).toContainEqual({ first: 1, second: 0, difference: -2 });
    expect(body["pairs"]).toContainEqual({ first: 0, second: 2, difference: null, unscored: "undecided" });
  });

  it("finds what a rewording changes, and nothing where the reward reads the answer only", async () => {
    const capitals = pointwise("capitals", (one) => (answerText(one).match(/[A-Z]/g) ?? []).length, { version: 1 });
    await using server = await served({ page: true, rewards: { capitals, math: math() }, inline: true });
    const task = { prompt: "2+3?", candidates: ["So 5.", "So 6, I THINK"], answer: "5" };
    const { body: loud } = await server.post("/v1/playground/changes", { reward: "capitals", task });
    expect(loud["best"]).toEqual([1]);
    expect(loud["reworded"]).toContainEqual(
      expect.objectContaining({ name: "lower case", candidate: 1, before: 7, after: 0, best: [0] }),
    );
    const { body: right } = await server.post("/v1/playground/changes", { reward: "math", task });
    const moved = (right["reworded"] as { before: number; after: number }[]).filter((one) => one.before !== one.after);
    expect(moved).toEqual([]);
    expect(right["orders"]).toEqual([{ order: [1, 0], values: [1, 0], largest: 0, best: [0] }]);
  });

  it("keeps the steps of a reworded answer", async () => {
    const last = pointwise("steps", (one) => one.steps?.length ?? 0, { version: 1 });
    await using server = await served({ page: true, rewards: { last }, inline: true });
    const candidates = [{ text: "One, two.\nThree, it's four.", steps: ["One, two.", "Three, it's four."] }];
    const { body } = await server.post("/v1/playground/changes", { reward: "last", task: { prompt: "p", candidates } });
    const rewordings = body["reworded"] as { name: string; text: string; after: number }[];
    expect(rewordings.map(({ after }) => after)).toEqual(rewordings.map(() => 2));
    expect(rewordings.find(({ name }) => name === "contractions written out")?.text).toBe(
      "One, two.\nThree, it is four.",
    );
  });

  it("names comparers beside rewards", async () => {
    expect(await (await plain.get("/v1/playground")).json()).toMatchObject({ comparers: ["logit"] });
  });
});

/** A reward with everything that the page shows, also what would be markup. */
const rich = `export default {
  name: "rich", fingerprint: "rich-1", sees: "candidate", work: "io", range: [-1, 1],
  score: async (tasks) => tasks.map((task) => task.candidates.map((one) => {
    const n = one.steps?.length ?? 0;
    if (n === 0) return { unscored: { reason: "undecided", message: "there are no <b>steps</b>", transient: false, raw: "<i>raw</i>" } };
    const values = Array.from({ length: n }, (_, i) => 1 / (1 + i));
    return { value: Math.min(...values), parts: { first: 1, "<img src=x onerror=alert(1)>": null },
      local: [{ unit: "step", values }, { unit: "token", values: [0.1, -0.3] }], rationale: "<script>alert(1)</script>" };
  })),
};\n`;

describe.skipIf(noBrowser !== undefined)(
  `the playground in a browser${noBrowser === undefined ? "" : ` (${noBrowser})`}`,
  () => {
    let browser: Browser;
    let server: Awaited<ReturnType<typeof serveFolder>>;
    const place = folder();
    beforeAll(async () => {
      writeFileSync(place.file("rich.mjs"), rich);
      writeFileSync(
        place.file("tasks.jsonl"),
        [
          { prompt: "1+1?", candidates: ["\\boxed{2}", "3"], answer: "2", labels: { correct: [true, false] } },
          {
            prompt: [
              { role: "system", content: "Be brief." },
              { role: "user", content: "2+2?" },
            ],
            candidates: ["4"],
            answer: "4",
          },
          { prompt: "Who?", chosen: "me \u202Eevil\u202C <script>alert(1)</script>", rejected: "you" },
        ]
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(""),
      );
      browser = await openBrowser();
      server = await serveFolder(place.path, [
        "--reward",
        "math=verify.math",
        "--reward",
        "rich=./rich.mjs#default",
        "--specs",
      ]);
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      place[Symbol.dispose]();
    });

    const score = async (page: Page): Promise<void> => {
      await page.getByRole("button", { name: "Score", exact: true }).click();
      await page.getByRole("heading", { name: /^\d+ scores?/ }).waitFor();
    };

    it.each(["desk", "phone"] as const)(
      "scores typed answers, and shows what the score is made of (%s)",
      async (size) => {
        const { page, quiet } = await openPage(browser, `${server.url}/#/playground?reward=rich`, size);
        await page.getByRole("textbox", { name: "Candidate 1" }).fill("Add them.\nSo 5.");
        await page.getByRole("textbox", { name: "Candidate 2" }).fill("");
        await page.getByLabel("Steps, for").selectOption("lines");
        await score(page);
        expect(await page.locator("article mark").allTextContents()).toEqual(["Add them.1", "So 5.0.5"]);
        expect(await page.getByText("<script>alert(1)</script>").isVisible()).toBe(true);
        expect(await page.getByText("<img src=x onerror=alert(1)>").isVisible()).toBe(true);
        await page.getByLabel("Steps, for").selectOption("none");
        await page.getByRole("textbox", { name: "Prompt" }).press("Control+Enter");
        await page.getByText("there are no <b>steps</b>").waitFor();
        await page.getByRole("button", { name: "Swap and reword" }).click();
        await page.getByRole("heading", { name: "What changes" }).waitFor();
        await expectAccessible(page);
        quiet();
        await page.close();
      },
    );

    it("opens a file of tasks, and shows messages as JSON and preferences as candidates", async () => {
      const { page, quiet } = await openPage(browser, `${server.url}/#/playground?reward=math`);
      await page.getByLabel("Tasks from a file").setInputFiles(place.file("tasks.jsonl"));
      await page.getByText("task 1 of 3").waitFor();
      expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("1+1?");
      await score(page);
      expect(await page.getByText("1 is best, by 1").isVisible()).toBe(true);
      await page.getByRole("button", { name: "Next" }).click();
      expect(await page.getByLabel("Task (JSON)").inputValue()).toContain("Be brief.");
      await score(page);
      await page.getByRole("button", { name: "Next" }).click();
      expect(await page.getByRole("textbox", { name: "Candidate 1" }).inputValue()).toContain("evil");
      await score(page);
      await page.getByText("missing-reference").first().waitFor();
      quiet();
      await page.close();
    });

    it("checks a spec as it is typed, scores with it, and gives commands that work", { timeout: 60_000 }, async () => {
      const { page, quiet } = await openPage(browser, `${server.url}/#/playground?reward=spec`);
      const yaml = page.getByLabel("Spec (YAML)");
      await yaml.fill("kind: lenght");
      await page.getByText('there is no kind "lenght"').waitFor();
      expect(await page.getByRole("button", { name: "Score", exact: true }).isDisabled()).toBe(true);
      await yaml.fill(
        "kind: weighted\nrewards: { right: verify.math, brief: { kind: length, unit: words, form: range, max: 50 } }\nweights: { right: 1, brief: 0.1 }",
      );
      await page.getByText("✓ weighted").waitFor();
      await page.getByRole("textbox", { name: "Candidate 1" }).fill("It's \\boxed{5}, isn't it?");
      await score(page);
      expect(await page.locator("article").first().locator(".value").textContent()).toBe("1.1");
      // the address alone brings the spec back
      const { page: again } = await openPage(browser, page.url());
      await again.getByText("✓ weighted").waitFor();
      await again.close();
      for (const name of ["On the command line", "In TypeScript", "With curl"]) await page.getByText(name).click();
      const [command, module, requests] = await page.locator(".copy pre").allTextContents();
      mkdirSync(join(root, "test/.guides"), { recursive: true });
      const inside = mkdtempSync(join(root, "test/.guides/playground-"));
      try {
        writeFileSync(join(inside, "copied.ts"), module!);
        const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` };
        const run = (program: string, args: string[]) =>
          spawnSync(program, args, { cwd: inside, env, encoding: "utf8" });
        const cli = run("bash", ["-euo", "pipefail", "-c", command!]);
        expect(cli.status, cli.stderr).toBe(0);
        expect(JSON.parse(cli.stdout)).toMatchObject({ best: 0, scores: [{ value: 1.1 }, { value: 0.1 }] });
        const ts = run(process.execPath, ["--conditions=source", "copied.ts"]);
        expect(ts.stdout, ts.stderr).toContain("value: 1.1");
        const curl = run("bash", ["-euo", "pipefail", "-c", requests!]);
        expect(JSON.parse(curl.stdout.trim().split("\n").at(-1)!)).toMatchObject({
          rows: [{ best: 0, scores: [{ value: 1.1 }, { value: 0.1 }] }],
        });
      } finally {
        rmSync(inside, { recursive: true, force: true });
      }
      quiet();
      await page.close();
    });

    it("gives a command for a served reward that asks its server", async () => {
      const { page } = await openPage(browser, `${server.url}/#/playground?reward=rich`);
      await page.getByLabel("Steps, for").selectOption("lines");
      await score(page);
      await page.getByText("On the command line").click();
      const command = await page.locator(".copy pre").first().textContent();
      const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` };
      const ran = spawnSync("bash", ["-euo", "pipefail", "-c", command!], { cwd: place.path, env, encoding: "utf8" });
      expect(JSON.parse(ran.stdout), ran.stderr).toMatchObject({ scores: [{ value: 1 }, { value: 1 }] });
      await page.close();
    });
  },
);
