import { writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alarmsOf } from "../../packages/serve/src/watch/alarms.ts";
import { shareOf, shiftOf } from "../../packages/serve/src/watch/estimate.ts";
import { Ends } from "../../packages/serve/src/watch/ring.ts";
import { type Answer, disagreements, flatGroups } from "../../packages/serve/src/watch/span.ts";
import { folder } from "../laurel.ts";
import { served } from "../serve/server.ts";
import { expectAccessible, noBrowser, openBrowser, openPage, serveFolder } from "./browser.ts";

const answer = (i: number, more: Partial<Answer> = {}): Answer => ({
  key: `prompt ${i}`,
  value: i % 3,
  reason: null,
  fault: null,
  length: 100 + (i % 7),
  again: false,
  ...more,
});

function evidence(answers: readonly Answer[], most = 200) {
  const kept = { answers: new Ends<Answer>(most), latencies: new Ends<number>(most), both: new Ends<never>(most) };
  for (const one of answers) kept.answers.add(one);
  return kept;
}

describe("what the watch reckons", () => {
  it("counts a group as flat where two scored answers or more are all equal", () => {
    const groups = [
      { key: "a", value: 1 },
      { key: "a", value: 1 },
      { key: "b", value: 0 },
      { key: "b", value: 1 },
      { key: "c", value: 1 },
      { key: "d", value: null },
      { key: "d", value: 1 },
    ];
    expect(flatGroups(groups)).toEqual([
      { key: "a", value: 1 },
      { key: "b", value: 0 },
    ]);
  });

  it("counts a pair as turned, as tied by the shadow, or not at all where the reward ties it", () => {
    const both = (key: string, used: number, shadow: number) => ({ key, used, shadow });
    const pairs = disagreements([
      both("a", 1, 0),
      both("a", 2, 5),
      both("a", 2, 5),
      both("b", 1, 3),
      both("b", 2, 1),
      both("c", 0, 1),
      both("c", 1, 1),
    ]);
    expect(pairs).toEqual([
      { key: "a", value: 0 },
      { key: "a", value: 0 },
      { key: "b", value: 1 },
      { key: "c", value: 0.5 },
    ]);
  });

  it("gives a share with Wilson's interval", () => {
    // Wilson (1927) for 8 of 10: 0.4902, 0.9433
    const share = shareOf(Array.from({ length: 10 }, (_, i) => ({ key: "one", value: i < 8 ? 1 : 0 })));
    expect(share?.low).toBeCloseTo(0.4902, 4);
    expect(share?.high).toBeCloseTo(0.9433, 4);
  });

  it("gives a shift of means with both errors", () => {
    const keyed = (values: number[]) => values.map((value, i) => ({ key: String(i), value }));
    // means 4 and 2, each with standard error sqrt(2.5 / 5), so that theirs is 1; t on 8 degrees of freedom
    const shift = shiftOf(keyed([2, 3, 4, 5, 6]), keyed([0, 1, 2, 3, 4]))!;
    expect(shift.value).toBeCloseTo(2, 12);
    expect(shift.high - shift.value).toBeCloseTo(2.306004135204166, 9);
    expect(shift.from).toBe(2);
  });

  it.each<[string, string[], Answer[]]>([
    ["a quiet training", [], Array.from({ length: 400 }, (_, i) => answer(i))],
    [
      "scores that are lost",
      ["unscored"],
      Array.from({ length: 400 }, (_, i) => answer(i, i % 5 === 0 ? { value: null, reason: "transport" } : {})),
    ],
    [
      "scores that are all the same",
      ["constant", "flat"],
      Array.from({ length: 400 }, (_, i) => answer(i >> 2, { value: 1 })),
    ],
    [
      "answers that grow",
      ["length"],
      Array.from({ length: 400 }, (_, i) => answer(i, { length: i < 200 ? 100 + (i % 9) : 200 + (i % 9) })),
    ],
    ["answers that come again", ["again"], Array.from({ length: 400 }, (_, i) => answer(i, { again: i >= 200 }))],
    ["too few answers", [], Array.from({ length: 50 }, (_, i) => answer(i, { value: 1 }))],
  ])("raises what %s shows: %j", (_, ids, answers) => {
    expect(alarmsOf(evidence(answers)).map(({ id }) => id)).toEqual(ids);
  });

  it("raises a reward that rises while its shadow falls", () => {
    const both = new Ends<{ key: string; used: number; shadow: number }>(100);
    for (let i = 0; i < 200; i++) {
      const late = i < 100 ? 0 : 1;
      both.add({ key: String(i >> 1), used: late + (i % 2) + (i % 5), shadow: (i % 2) + (i % 5) - late });
    }
    expect(alarmsOf({ ...evidence([]), both }).map(({ id }) => id)).toEqual(["apart"]);
  });
});

const hang =
  "export default { name: 'hang', fingerprint: 'hang-1', sees: 'candidate', work: 'io', score: () => new Promise(() => {}) };\n";
const block =
  "export default { name: 'block', fingerprint: 'block-1', sees: 'candidate', work: 'io', score: () => { for (;;); } };\n";
const minus = `export default { name: "minus", fingerprint: "minus-1", sees: "candidate", work: "io",
  score: async (tasks) => tasks.map((task) => task.candidates.map((one) => ({ value: -Number(one.output[0].content) }))) };\n`;

interface View {
  answers: number;
  shadow: { waiting: number } | null;
  points: {
    requests: number;
    candidates: number;
    unscored: Record<string, number>;
    flat: { value: number; n: number } | null;
    shadow: { compared: number; dropped: number; disagree: { value: number; n: number } | null } | null;
  }[];
}

describe("a server that is watched", () => {
  const place = folder();
  beforeAll(() => {
    writeFileSync(place.file("hang.mjs"), hang);
    writeFileSync(place.file("block.mjs"), block);
    writeFileSync(place.file("minus.mjs"), minus);
  });
  afterAll(() => place[Symbol.dispose]());
  const module = (name: string) => ({ kind: "module", path: place.file(name), export: "default" });
  const viewOf = async (server: Awaited<ReturnType<typeof served>>, id = "rm"): Promise<View> =>
    (await (await server.get(`/v1/watch/${id}`)).json()) as View;
  const until = async <T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const value = await read();
      if (done(value) || tries > 200) return value;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };

  it("notes what came, but nothing of the playground's", async () => {
    await using server = await served({ page: true });
    await server.post("/v1/score", { tasks: [{ prompt: "p", candidates: ["1", "1", "?"] }] });
    await server.post("/v1/score", { tasks: [{ prompt: "q", candidates: ["1", "2"] }] });
    await server.post("/v1/playground/score", { reward: "rm", task: { prompt: "r", candidates: ["7"] } });
    const { answers, points } = await until(
      () => viewOf(server),
      (view) => view.answers >= 5,
    );
    expect(answers).toBe(5);
    const sum = (of: (point: View["points"][number]) => number) =>
      points.reduce((total, point) => total + of(point), 0);
    expect(sum(({ requests }) => requests)).toBe(2);
    expect(sum(({ unscored }) => unscored["undecided"] ?? 0)).toBe(1);
    expect(sum(({ flat }) => (flat === null ? 0 : flat.value * flat.n))).toBe(1);
  });

  it("shows where a shadow disagrees", async () => {
    await using server = await served({ page: true, shadows: { rm: module("minus.mjs") } });
    await server.post("/v1/score", { tasks: [{ prompt: "p", candidates: ["1", "2", "3"] }] });
    const { points } = await until(
      () => viewOf(server),
      (view) => view.points.some(({ shadow }) => (shadow?.compared ?? 0) > 0),
    );
    const shadow = points.find((point) => (point.shadow?.compared ?? 0) > 0)?.shadow;
    expect(shadow).toMatchObject({ compared: 3, dropped: 0, disagree: { value: 1, n: 3 } });
  });

  it.each(["hang.mjs", "block.mjs"])(
    "gives the same answers as fast under a shadow that never answers (%s)",
    async (name) => {
      await using plain = await served({ page: true });
      await using server = await served({ page: true, shadows: { rm: module(name) } });
      const tasks = Array.from({ length: 50 }, (_, i) => ({
        prompt: `p ${i}`,
        candidates: ["1", "2 and more", "?", "!"],
      }));
      const began = performance.now();
      for (let round = 0; round < 20; round++) {
        const [with_, without] = [await server.post("/v1/score", { tasks }), await plain.post("/v1/score", { tasks })];
        expect(with_.body).toEqual(without.body);
      }
      // 40 requests without a wait of a shadow's 60 s of patience, or of anything like it, on a machine that is also busy
      expect(performance.now() - began).toBeLessThan(20_000);
      const view = await until(
        () => viewOf(server),
        ({ answers }) => answers === 4000,
      );
      expect(view.answers).toBe(4000);
      // what waits is bounded, and the rest is said to be dropped
      expect(view.shadow?.waiting).toBeLessThanOrEqual(2000);
      expect(view.points.reduce((sum, { shadow }) => sum + shadow!.dropped, 0)).toBe(4000 - view.shadow!.waiting);
    },
  );

  it("refuses a shadow of nothing, and one that cannot be built", async () => {
    await expect(served({ page: true, shadows: { other: "length" } })).rejects.toThrow(/no reward "other" to shadow/);
    await expect(served({ page: true, shadows: { rm: "no.such" } })).rejects.toThrow(
      /shadow: there is no kind "no.such"/,
    );
  });

  it("begins anew on request", async () => {
    await using server = await served({ page: true });
    await server.post("/v1/score", { tasks: [{ prompt: "p", candidates: ["1"] }] });
    await until(
      () => viewOf(server),
      ({ answers }) => answers === 1,
    );
    expect((await server.post("/v1/watch/rm/reset", {})).status).toBe(200);
    expect((await viewOf(server)).answers).toBe(0);
    expect((await server.post("/v1/watch/none/reset", {})).status).toBe(404);
  });
});

describe.skipIf(noBrowser !== undefined)(
  `the watch in a browser${noBrowser === undefined ? "" : ` (${noBrowser})`}`,
  () => {
    let browser: Browser;
    const place = folder();
    beforeAll(async () => {
      writeFileSync(place.file("minus.mjs"), minus);
      writeFileSync(
        place.file("number.mjs"),
        minus
          .replaceAll("minus", "number")
          .replace("{ value: -Number(one.output[0].content) }", "{ value: Number(one.output[0].content) }"),
      );
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      place[Symbol.dispose]();
    });

    it("shows a training as it goes, its alarms, and goes on after a restart of the server", {
      timeout: 60_000,
    }, async () => {
      const args = ["--reward", "number=./number.mjs#default", "--shadow", "number=./minus.mjs#default"];
      let server = await serveFolder(place.path, args);
      const { page, quiet } = await openPage(browser, `${server.url}/#/watch/number`);
      await page.getByText("Nothing has come yet").waitFor();
      await expectAccessible(page);
      const send = async (from: number): Promise<void> => {
        const query = Array.from({ length: 120 }, (_, i) => String(from + (i % 4)));
        const prompts = query.map((_, i) => `prompt ${i >> 2}`);
        const body = JSON.stringify({ query: query.map((text, i) => prompts[i] + text), prompts, labels: query });
        const response = await fetch(`${server.url}/get_reward`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        expect(response.status).toBe(200);
      };
      await send(1);
      await page.getByText(/the shadow turns/i).waitFor();
      expect(await page.getByText("120 answers").first().isVisible()).toBe(true);
      await expectAccessible(page);
      quiet();
      const port = new URL(server.url).port;
      await server.stop();
      await page.getByText(/cannot be reached/).waitFor();
      server = await serveFolder(place.path, [...args, "--port", port]);
      await page.getByText("Nothing has come yet").waitFor();
      await send(2);
      await page.getByText("120 answers").first().waitFor();
      await server.stop();
      await page.close();
    });
  },
);
