import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AuditFile } from "../../packages/laurel/src/cli/audit-judge.ts";
import { folder, laurel } from "../laurel.ts";
import { writeRows } from "./real.ts";

/** 200 pairs in which the longer answer is the better one in four of five; each has its own prompt. */
const pairs = Array.from({ length: 200 }, (_, i) => {
  const texts = ["short", `a much longer answer number ${i} in some words`];
  const candidates = i % 2 === 0 ? texts : [...texts].reverse();
  const longer = i % 2 === 0 ? 1 : 0;
  const better = i % 5 === 0 ? 1 - longer : longer;
  const labels = { preferred: [{ first: 0, second: 1, p: better === 0 ? 1 : 0 }] };
  return {
    id: `q${i}`,
    prompt: `Question ${i}?`,
    candidates,
    labels,
    subsets: { topic: i % 3 === 0 ? "sea" : "land" },
  };
});

/** Verdicts of two judges in both orders: one is right and takes the first in a third, one tosses a coin that falls the same way. */
const votes = pairs.flatMap(({ id, labels }, i) =>
  ([0, 1] as const).flatMap((first) => {
    const right = labels.preferred[0]!.p === 1 ? 0 : 1;
    const common = { id, first, second: 1 - first };
    return [
      { ...common, judge: "fair", strategy: "cot", winner: i % 3 === 0 ? first : right },
      { ...common, judge: "coin", vote: i % 50 === 49 ? null : (i * 7919) % 13 < 6 ? "first" : "second" },
    ];
  }),
);

describe("laurel audit judge", () => {
  it("says of stored verdicts how right and how biased each judge is, which are better, and writes JSON and a report", () => {
    using place = folder();
    writeRows(place.file("pairs.jsonl"), pairs);
    writeRows(place.file("votes.jsonl"), votes);
    const run = (...args: string[]) => laurel(["audit", "judge", "pairs.jsonl", ...args], { cwd: place.path });
    const both = run("--votes", "votes.jsonl", "--out", "audit.json", "--report", "r.html");
    expect(both.code, both.err).toBe(0);
    expect(both.out).toMatch(/^judge +accuracy/);
    expect(both.out).toContain("0 of 1 difference between judges are within noise");
    const { audits, between } = JSON.parse(readFileSync(place.file("audit.json"), "utf8")) as AuditFile;
    const [fair, coin] = audits;
    // two thirds right in both orders, a third torn between them: two thirds plus a sixth
    expect(fair!.accuracy!.value).toBeCloseTo((133 + 67 / 2) / 200, 12);
    expect(fair!.consistency!.value).toBeCloseTo(133 / 200, 12);
    expect(fair!.bias.position!.value).toBeCloseTo(67 / 200, 12);
    expect(coin!.judge).toBe("coin");
    expect(coin!.unreadable.value).toBeCloseTo(0.02, 12);
    expect(Object.keys(fair!.subsets["topic"]!).sort()).toEqual(["land", "sea"]);
    expect(between[0]).toMatchObject({ a: "fair / cot", b: "coin", better: "a" });
    const page = readFileSync(place.file("r.html"), "utf8");
    expect(page.match(/<svg /g)!.length).toBeGreaterThan(6);
    expect(page).toContain("Reliability");

    const one = run("--votes", "votes.jsonl", "--judge", "fair / cot");
    expect(one.out).toContain("gain from standing first");
    expect(run("--votes", "votes.jsonl", "--judge", "fair").err).toContain("there are those of fair / cot, coin");
    expect(run("--votes", "votes.jsonl", "--comparer", "length").code).toBe(2);
  });

  it("names the line of a verdict that is none, and a file of other tasks", () => {
    using place = folder();
    writeRows(place.file("pairs.jsonl"), pairs);
    const run = () => laurel(["audit", "judge", "pairs.jsonl", "--votes", "v.jsonl"], { cwd: place.path });
    for (const [row, message] of [
      [{ id: "q0", vote: "left" }, 'line 2: vote: expected "first", "second", "tie" or null'],
      [{ id: "q0", winner: 3 }, "winner: expected 0, 1"],
      [{ id: "q0", p: 1.2 }, "p: expected a number from 0 to 1"],
      [{ id: "q0" }, "there is no vote, winner or p"],
      [{ vote: "tie" }, "id: missing"],
      [{ id: "q0", vote: "tie", confidence: 0.2 }, "confidence"],
    ] as const) {
      writeRows(place.file("v.jsonl"), [{ id: "q0", vote: "tie" }, row]);
      const ended = run();
      expect([ended.code, ended.err]).toEqual([2, expect.stringContaining(message)]);
    }
    writeRows(place.file("v.jsonl"), [{ id: "other", vote: "tie" }]);
    expect(run()).toMatchObject({ code: 2, err: expect.stringContaining("the tasks have ids such as 'q0'") });
  });

  it("asks a comparer in both orders, so that one which takes the first is seen, and sees cycles with --all-pairs", () => {
    using place = folder();
    writeRows(place.file("pairs.jsonl"), pairs);
    writeFileSync(
      place.file("judge.ts"),
      `import { answerText, pairwise } from ${JSON.stringify(new URL("../../packages/laurel/src/core/index.ts", import.meta.url).href)};
export const first = pairwise("first", () => 1, { version: 1 });
const beats = { rock: "scissors", scissors: "paper", paper: "rock" };
export const game = pairwise("game", (a, b) => (beats[answerText(a)] === answerText(b) ? 1 : 0), { version: 1 });
`,
    );
    const run = (...args: string[]) => laurel(["audit", "judge", ...args, "--json"], { cwd: place.path });
    const first = run("pairs.jsonl", "--comparer", "./judge.ts#first");
    expect(first.code, first.err).toBe(0);
    const [audit] = (JSON.parse(first.out) as AuditFile).audits;
    expect(audit!.accuracy!.value).toBe(0.5);
    expect(audit!.consistency!.value).toBe(0);
    expect(audit!.bias.position!.value).toBe(1);
    expect(audit!.fingerprint).not.toBeNull();

    const games = Array.from({ length: 4 }, (_, i) => ({
      id: `g${i}`,
      prompt: `Game ${i}`,
      candidates: ["rock", "paper", "scissors"],
      labels: { preferred: [{ first: 1, second: 0, p: 1 }] },
    }));
    writeRows(place.file("games.jsonl"), games);
    const cycles = run("games.jsonl", "--comparer", "./judge.ts#game", "--all-pairs", "--repeat", "2");
    const [game] = (JSON.parse(cycles.out) as AuditFile).audits;
    expect(game!.cycles).toMatchObject({ value: 1, n: 4 });
    expect(game!.selfConsistency!.value).toBe(1);
    expect(game!.verdicts).toBe(4 * 3 * 2 * 2);
  });
});

describe("laurel gate --judge", () => {
  it("lets a judge gate only within the bounds of its own audit", () => {
    using place = folder();
    writeRows(place.file("pairs.jsonl"), pairs);
    writeRows(
      place.file("tasks.jsonl"),
      Array.from({ length: 60 }, (_, i) => ({
        id: `t${i}`,
        prompt: `Say ${i}`,
        candidates: [`an answer of some length ${i}`],
      })),
    );
    const audited = laurel(["audit", "judge", "pairs.jsonl", "--comparer", "length", "--out", "audit.json"], {
      cwd: place.path,
    });
    expect(audited.code, audited.err).toBe(0);
    const gate = (spec: object, ...more: string[]) => {
      writeFileSync(place.file("judge.json"), JSON.stringify(spec));
      return laurel(["gate", "tasks.jsonl", "--reward", "judge.json", "--min", "5", "--judge", ...more], {
        cwd: place.path,
      });
    };
    const trust = (bounds: object, more: object = {}) => ({
      kind: "length",
      ...more,
      trust: { audit: "audit.json", ...bounds },
    });

    const trusted = gate(trust({ accuracy: { min: 0.6 }, agreement: { min: 0.4 }, unreadable: { max: 0.05 } }));
    expect(trusted.code, trusted.err).toBe(0);
    expect(trusted.out).toContain("judge length: may gate");
    // an accuracy of 0.8 of 200 has an interval of about ±0.055
    expect(gate(trust({ accuracy: { min: 0.9 } }))).toMatchObject({
      code: 1,
      out: expect.stringContaining("may not gate"),
    });
    const open = gate(trust({ accuracy: { min: 0.8 } }), "--json");
    expect(open.code).toBe(3);
    expect(JSON.parse(open.out)).toMatchObject({ verdict: "untrusted", judged: [{ verdict: "undecided" }] });
    expect(gate(trust({ positionBias: { max: 0.1 } }))).toMatchObject({
      code: 3,
      out: expect.stringContaining("was not measured"),
    });
    const changed = gate(trust({ accuracy: { min: 0.6 } }, { unit: "words" }));
    expect(changed).toMatchObject({ code: 3, err: expect.stringContaining("nothing is known about") });

    expect(gate({ kind: "length" })).toMatchObject({ code: 2, err: expect.stringContaining("no judge in it") });
    const nested = {
      kind: "shape",
      rewards: { reward: trust({ accuracy: { min: 0.6 } }) },
      transform: { kind: "affine", scale: 1, shift: 0 },
    };
    expect(gate(nested)).toMatchObject({ code: 0, err: "" });
    const model = { kind: "judge.pointwise", model: "http://127.0.0.1:9/v1#none" };
    expect(gate(model)).toMatchObject({ code: 2, err: expect.stringContaining("states no trust, so it may not gate") });
    expect(gate(trust({ fairness: { min: 1 } }))).toMatchObject({
      code: 2,
      err: expect.stringContaining("no measure 'fairness'"),
    });
    expect(gate(trust({ positionBias: { min: 0.1 } })).err).toContain("takes a max above 0");
    expect(gate({ kind: "length", trust: { accuracy: { min: 0.5 } } }).err).toContain("trust.audit is missing");
    expect(gate(trust({}, {})).err).toContain("sets no bound");
    expect(gate({ kind: "length", trust: { audit: "none.json", accuracy: { min: 0.5 } } }).code).toBe(2);
  });
});

describe("laurel judge calibrate", () => {
  it("turns scores into probabilities of being right on prompts that it has not seen, and writes a spec that runs", () => {
    using place = folder();
    // right answers are longer, with an overlap: σ of the words that an answer has
    const rows = Array.from({ length: 300 }, (_, i) => {
      const words = [2 + ((i * 7) % 12), 2 + ((i * 5) % 9)];
      return {
        id: `q${i}`,
        prompt: `Question ${i}?`,
        candidates: words.map((n) => Array.from({ length: n }, () => "word").join(" ")),
        labels: { correct: words.map((n, c) => (i * 31 + c * 17) % 13 < n) },
      };
    });
    writeRows(place.file("rows.jsonl"), rows);
    const judge = "{ kind: length, unit: words }";
    for (const method of ["platt", "isotonic"]) {
      const ended = laurel(
        ["judge", "calibrate", "rows.jsonl", "--judge", judge, "--method", method, "--out", `${method}.yaml`, "--json"],
        { cwd: place.path },
      );
      expect(ended.code, ended.err).toBe(0);
      const fit = JSON.parse(ended.out) as { after: { value: number }; basis: string; n: number };
      expect(fit).toMatchObject({ basis: "candidates", n: 600 });
      // P(right) is n/13 by construction; 600 labels in ten bins leave an error of a few points
      expect(fit.after.value).toBeLessThan(0.08);
      const scored = laurel(["score", "rows.jsonl", "--reward", `${method}.yaml`, "--out", `${method}.jsonl`], {
        cwd: place.path,
      });
      expect(scored.code, scored.err).toBe(0);
      const values = readFileSync(place.file(`${method}.jsonl`), "utf8")
        .trimEnd()
        .split("\n")
        .flatMap((line) => (JSON.parse(line) as { scores: { value: number }[] }).scores.map(({ value }) => value));
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
    }
  });

  it("scales differences to log-odds where labels are preferences, and refuses a judge that runs against them", () => {
    using place = folder();
    writeRows(place.file("pairs.jsonl"), pairs);
    const run = (...args: string[]) => laurel(["judge", "calibrate", "pairs.jsonl", ...args], { cwd: place.path });
    const fitted = run("--judge", "length", "--json");
    expect(fitted.code, fitted.err).toBe(0);
    const fit = JSON.parse(fitted.out) as {
      transform: { kind: string; scale: number };
      before: { value: number };
      after: { value: number };
    };
    expect(fit.transform.kind).toBe("affine");
    // right in 4 of 5: differences of 38 to 42 characters become about log 4
    expect(fit.transform.scale * 40).toBeGreaterThan(1.1);
    expect(fit.transform.scale * 40).toBeLessThan(1.7);
    expect(fit.after.value).toBeLessThan(fit.before.value);
    // a comparer goes through its Bradley-Terry strengths: what wins both orders is 2 · log(1.5/0.5)/2 above, and right in 4 of 5
    const step = run("--judge", "{ kind: to-comparer, scale: step, rewards: { reward: length } }", "--json");
    expect(step.code, step.err).toBe(0);
    const through = JSON.parse(step.out) as typeof fit;
    expect(through.transform.scale * Math.log(3)).toBeCloseTo(Math.log(160.5 / 40.5), 2);
    expect(through.after.value).toBeLessThan(0.03);
    const against = run("--judge", "{ kind: weighted, rewards: { short: length }, weights: { short: -1 } }");
    expect(against).toMatchObject({ code: 2, err: expect.stringContaining("run against the labels") });
    expect(run("--judge", "length", "--method", "isotonic")).toMatchObject({
      code: 2,
      err: expect.stringContaining("scale only"),
    });
  });
});
