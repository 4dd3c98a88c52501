import { describe, expect, it } from "vitest";
import { answerText, directContext, fault, pointwise, type Reward, type Task, task, unscored } from "../core/index.ts";
import { type Gate, mixture, route } from "./route.ts";

const en = pointwise("en", () => 0.25, { version: 1, range: [0, 1], spec: { kind: "en" } });
const de = pointwise("de", (c) => (answerText(c) === "" ? fault("no-answer") : 5), {
  version: 1,
  range: [1, 10],
  spec: { kind: "de" },
});

function asked(language: string | undefined, answers: readonly string[] = ["x"]): Task {
  return task("q", answers, undefined, language === undefined ? {} : { context: { language } });
}

describe("route", () => {
  it("sends each task to the reward that its context names, one call a reward", async () => {
    const calls: number[] = [];
    const counting: Reward = {
      ...en,
      score: (tasks, ctx) => {
        calls.push(tasks.length);
        return en.score(tasks, ctx);
      },
    };
    const reward = route({ context: "language" }, { en: counting, de });
    const scores = await reward.score([asked("en"), asked("de"), asked("en", ["x", "y"])], directContext());
    expect(scores.map((row) => row.map((s) => (s as { value: number }).value))).toEqual([[0.25], [5], [0.25, 0.25]]);
    expect(scores[1]![0]).toMatchObject({ parts: { de: 5 }, facts: { route: "de" } });
    expect(calls).toEqual([2]);
    expect(reward.range).toEqual([0, 10]);
  });

  it("leaves a task without a route unscored unless there is a default", async () => {
    const tasks = [asked("fr"), asked(undefined), asked("toString")];
    const lost = await route({ context: "language" }, { en, de }).score(tasks, directContext());
    for (const row of lost) expect(row[0]).toMatchObject({ unscored: { reason: "unsupported" } });
    expect((lost[0]![0] as { unscored: { message: string } }).unscored.message).toMatch(
      /no route for "fr"; there are en, de/,
    );
    const found = await route({ context: "language" }, { en, de }, { default: "en" }).score(tasks, directContext());
    for (const row of found) expect(row[0]).toMatchObject({ value: 0.25, facts: { route: "en" } });
    expect(() => route({ context: "language" }, { en }, { default: "fr" })).toThrow(/'fr' is not among/);
  });

  it("faults where the chosen reward does, and counts that at the lowest floor", async () => {
    const [row] = await route({ context: "language" }, { en, de }).score([asked("de", [""])], directContext());
    expect(row![0]).toMatchObject({
      value: 0,
      fault: "no-answer",
      facts: { route: "de", faults: { de: "no-answer" } },
    });
  });

  it("has a fingerprint for a context key, and for a function only with a version", () => {
    expect(route({ context: "language" }, { en, de }, { default: "en" }).spec).toEqual({
      kind: "route",
      selector: { context: "language" },
      default: "en",
      rewards: { en: { kind: "en" }, de: { kind: "de" } },
    });
    expect(route({ context: "a" }, { en }).fingerprint).not.toBe(route({ context: "b" }, { en }).fingerprint);
    expect(route(() => "en", { en }).fingerprint).toBeNull();
    expect(route(() => "en", { en }, { version: 1 }).fingerprint).not.toBeNull();
  });
});

describe("mixture", () => {
  const safe = pointwise("safe", () => 1, { version: 1, range: [0, 1] });
  const kind = pointwise("kind", (c) => (answerText(c) === "?" ? unscored("judge-unparsable", "?") : 0.5), {
    version: 1,
    range: [0, 1],
  });
  const gate: Gate = ({ context }) => (context?.["medical"] === true ? { safe: 0.8, kind: 0.2 } : { safe: 1 });

  it("weighs by task and does not call what has no weight", async () => {
    const reward = mixture(gate, { safe, kind }, { version: 1 });
    const tasks = [
      task("q", ["a"], undefined, { context: { medical: true } }),
      task("q", ["?"]),
      task("q", ["?"], undefined, { context: { medical: true } }),
    ];
    const scores = (await reward.score(tasks, directContext())).map((row) => row[0]!);
    expect(scores[0]).toMatchObject({
      value: 0.9,
      parts: { safe: 1, kind: 0.5 },
      facts: { weights: { safe: 0.8, kind: 0.2 } },
    });
    expect(scores[1]).toMatchObject({ value: 1, parts: { safe: 1, kind: null } });
    expect(scores[2]).toMatchObject({ unscored: { reason: "judge-unparsable" } });
  });

  it("reports a gate that names no reward, weighs below 0 or weighs nothing", async () => {
    for (const [weights, message] of [
      [{ kinder: 1 }, /gave kinder the weight 1/],
      [{ safe: -1 }, /gave safe the weight -1/],
      [{}, /every reward weight 0/],
    ] as const) {
      const [row] = await mixture(() => weights, { safe }).score([task("q", ["a"])], directContext());
      expect((row![0] as { unscored: { message: string } }).unscored.message).toMatch(message);
    }
    expect(() => mixture(gate, { safe, de })).toThrow(/different ranges/);
  });
});
