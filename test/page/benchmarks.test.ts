import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { benchmarkOf, credited, leaderboard, readBenchRun } from "../../packages/laurel/src/bench/index.ts";
import { folder, laurel } from "../laurel.ts";
import { served } from "../serve/server.ts";
import { expectAccessible, inBrowser, openPage } from "./browser.ts";

const place = folder();

beforeAll(() => {
  const rows = Array.from({ length: 80 }, (_, i) => {
    const [long, short] = [`a long answer to ${i}${" indeed".repeat(1 + (i % 5))}`, `short ${i}`];
    const longer = i % 10 < 7;
    const subset = ["donotanswer", "math-prm"][i % 2];
    return { id: i, prompt: `question ${i}`, chosen: longer ? long : short, rejected: longer ? short : long, subset };
  });
  writeFileSync(place.file("data.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const run = (reward: string, name: string): void => {
    const args = [
      "bench",
      "run",
      "rewardbench",
      "data.jsonl",
      "--reward",
      reward,
      "--name",
      name,
      "--out",
      `${name}.run.jsonl`,
    ];
    const ended = laurel(args, { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
  };
  run("length", "long");
  run("{ kind: length, sign: -1 }", "short");
  // one that was interrupted, and a file that is something else
  writeFileSync(
    place.file("cut.run.jsonl"),
    readFileSync(place.file("long.run.jsonl"), "utf8").split("\n").slice(0, 20).join("\n"),
  );
});
afterAll(() => place[Symbol.dispose]());

describe("the benchmarks' operations", () => {
  it("give the library's own leaderboard, and name what is left out", async () => {
    await using server = await served({ page: true, folder: place.path });
    expect(await (await server.get("/v1/benchmarks")).json()).toMatchObject({ benchmarks: [{ id: "rewardbench" }] });
    const answer = (await (await server.get("/v1/benchmarks/rewardbench")).json()) as {
      board: object;
      left: { path: string; why: string }[];
    };
    const benchmark = benchmarkOf("rewardbench");
    const entrants = ["long", "short"].map((system) => ({
      system,
      items: credited(benchmark, readBenchRun(place.file(`${system}.run.jsonl`)).items),
    }));
    const { standings, duels } = leaderboard(benchmark, entrants);
    expect(answer.board).toMatchObject(JSON.parse(JSON.stringify({ standings, duels })) as object);
    expect(answer.left).toEqual([{ path: "cut.run.jsonl", why: expect.stringMatching(/unfinished: 19 of 80/) }]);
    expect((await server.get("/v1/benchmarks/judgebench")).status).toBe(404);
    const wrong = await server.get("/v1/benchmarks/rewardbench?figure=nonsense");
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining("has no figure")]);
  });
});

inBrowser("the benchmarks in a browser", { folder: () => place.path }, (shown) => {
  it.each(["desk", "phone"] as const)("shows ranks, groups, forests and pairs, each with n (%s)", async (size) => {
    const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/benchmarks`, size);
    await page.getByRole("link", { name: /RewardBench/ }).click();
    await page.getByRole("heading", { name: "All pairs" }).waitFor();
    expect(await page.locator("tbody tr").first().textContent()).toContain("long");
    await page
      .getByRole("img", { name: /of each system with its 95 % interval/ })
      .first()
      .waitFor();
    await page.getByText("1 run left out").click();
    expect(await page.getByText("cut.run.jsonl").isVisible()).toBe(true);
    await expectAccessible(page);
    quiet();
    await page.goBack();
    await page.getByRole("heading", { name: "Benchmarks", exact: true }).waitFor();
    await page.close();
  });
});
