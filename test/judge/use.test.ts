import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AuditFile } from "../../packages/laurel/src/cli/audit-judge.ts";
import { scriptedServer } from "../../packages/laurel/src/models/scripted.ts";
import { rowsOf } from "../evaluate/real.ts";
import { folder, laurel, start } from "../laurel.ts";
import { writeRows } from "./real.ts";

/** 120 pairs, 40 of them with a trap; the right answer stands first in every second one. */
const pairs = Array.from({ length: 120 }, (_, i) => ({
  id: `q${i}`,
  prompt: `Question ${i}?`,
  candidates: i % 2 === 0 ? ["right", "wrong"] : ["wrong", "right"],
  labels: { correct: [i % 2 === 0, i % 2 === 1] },
}));
const trapped = (i: number): boolean => i % 3 === 0;

/** Verdicts in both orders, `repeats` times: right with the given chance in twentieths, by a fixed pattern. */
const votesOf = (judge: string, right: (i: number) => number, repeats: number, salt: number) =>
  pairs.flatMap(({ id }, i) =>
    ([0, 1] as const).flatMap((first) =>
      Array.from({ length: repeats }, (_, repeat) => {
        const isRight = (i * 7 + salt * 11 + repeat * 13 + first * 5) % 20 < right(i);
        return { id, judge, first, second: 1 - first, repeat, winner: isRight === (i % 2 === 0) ? 0 : 1 };
      }),
    ),
  );
const votes = [
  ...votesOf("weak", (i) => (trapped(i) ? 1 : 13), 3, 1),
  ...votesOf("small", (i) => (trapped(i) ? 3 : 16), 3, 2),
  ...votesOf("tiny", (i) => (trapped(i) ? 2 : 14), 3, 3),
  ...votesOf("strong", (i) => (trapped(i) ? 15 : 17), 3, 4),
  ...votesOf("kin", (i) => (trapped(i) ? 6 : 17), 3, 5),
];

describe("from verdicts to use", () => {
  it("laurel audit judge shows both games and the accuracy by votes; laurel bench filter keeps the traps and holds judges out", () => {
    using place = folder();
    writeRows(place.file("pairs.jsonl"), pairs);
    writeRows(place.file("votes.jsonl"), votes);
    const run = (...args: string[]) => laurel(args, { cwd: place.path });
    const one = run(
      ...["audit", "judge", "pairs.jsonl", "--votes", "votes.jsonl", "--judge", "strong"],
      ...["--judge", "weak", "--report", "r.html", "--out", "audit.json"],
    );
    expect(one.code, one.err).toBe(0);
    const page = readFileSync(place.file("r.html"), "utf8");
    for (const words of [
      "right over both games",
      "games won by the one shown first",
      "majority of 5",
      "Accuracy by votes",
    ])
      expect(page).toContain(words);
    const [strong, weak] = (JSON.parse(readFileSync(place.file("audit.json"), "utf8")) as AuditFile).audits;
    expect(strong!.votes).toMatchObject({ k: [1, 3, 5], shape: "rises", leftOut: 0 });
    expect(weak!.swap!.score.n).toBe(360);
    expect(weak!.swap!.score.value + weak!.swap!.wrong.value + weak!.swap!.tie.value).toBeCloseTo(1, 12);

    const panel = ["--judge", "weak", "--judge", "small", "--judge", "tiny"];
    const filter = (...args: string[]) => run("bench", "filter", "pairs.jsonl", "--votes", "votes.jsonl", ...args);
    const kept = filter(...panel, "--hold-out", "strong", "--hold-out", "kin", "--out", "hard.jsonl");
    expect(kept.code, kept.err).toBe(0);
    const ids = rowsOf<{ id: string; labels: { correct: boolean[] } }>(place.file("hard.jsonl"));
    expect(ids.map(({ id }) => id)).toEqual(pairs.flatMap(({ id }, i) => (trapped(i) ? [id] : [])));
    expect(ids[0]!.labels.correct).toEqual([true, false]);
    expect(kept.out).toMatch(/kept 40 of 120 items/);
    expect(kept.out).toMatch(/kin +held out/);
    const unknown = filter("--judge", "weak", "--hold-out", "nobody", "--out", "x.jsonl");
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining("there are no verdicts of 'nobody'")]);
  });

  it("laurel bench pairs pairs right with wrong samples by a verifier or by labels, and says what gives no pair", () => {
    using place = folder();
    const tasks = [
      { id: "a", prompt: "1+1", candidates: ["2", "3", "2"], reference: { answer: "2" } },
      { id: "b", prompt: "2+2", candidates: ["4", "4"], reference: { answer: "4" } },
      { id: "c", prompt: "3+3", candidates: ["5"], reference: { answer: "6" } },
    ];
    writeRows(place.file("samples.jsonl"), tasks);
    const run = (...args: string[]) => laurel(["bench", "pairs", ...args], { cwd: place.path });
    const made = run("samples.jsonl", "--reward", "verify.exact", "--per-task", "2", "--out", "p.jsonl", "--json");
    expect(made.code, made.err).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({
      in: 3,
      out: 2,
      dropped: { "all-right": 1, "all-wrong": 1, disputed: 0 },
    });
    const rows = rowsOf<{ id: string; candidates: string[]; labels: { correct: boolean[] } }>(place.file("p.jsonl"));
    expect(rows.map(({ id }) => id)).toEqual(["a", "a/1"]);
    for (const { candidates, labels } of rows) expect(candidates[labels.correct.indexOf(true)]).toBe("2");
    expect(JSON.stringify(rows)).not.toContain("reference");

    const graded = run("samples.jsonl", "--reward", "{ kind: length, sign: -1 }", "--out", "q.jsonl");
    expect([graded.code, graded.err]).toEqual([2, expect.stringContaining("a check says 0 or 1")]);
  });

  it("laurel bench run asks a comparer several times in drawn orders, so that a lean to the first place is a coin", () => {
    using place = folder();
    const row = (i: number) => ({
      id: `${["mmmu", "RLHF", "wildvision"][i % 3]}_${i}`,
      query: `what is in picture ${i}?`,
      response: ["a cat", "a dog"],
      image: `${i}.png`,
      human_ranking: i % 2 === 0 ? [0, 1] : [1, 0],
    });
    writeRows(
      place.file("vl.jsonl"),
      Array.from({ length: 60 }, (_, i) => row(i)),
    );
    writeFileSync(
      place.file("first.js"),
      `export const first = { name: "first", fingerprint: "first-1", work: "io",
        compare: async (jobs) => jobs.map(({ pairs }) => pairs.map(([first, second]) => ({ first, second, p: 1 }))) };
`,
    );
    const run = (...args: string[]) => laurel(["bench", "run", ...args], { cwd: place.path });
    const ended = run(
      "vl-rewardbench",
      "vl.jsonl",
      "--comparer",
      "./first.js#first",
      "--repeat",
      "5",
      "--out",
      "vl.run.jsonl",
    );
    expect(ended.code, ended.err).toBe(0);
    for (const words of ["one order, 5 times", "first vote", "first 3 votes", "undecided as half", "hallucination"])
      expect(ended.out).toContain(words);
    const [header, ...items] = rowsOf<{ repeats?: number; votes: { first: number }[] }>(place.file("vl.run.jsonl"));
    expect(header!.repeats).toBe(5);
    const firsts = items.flatMap(({ votes: own }) => own.map(({ first }) => first));
    expect(firsts).toHaveLength(300);
    // 300 coins: 150 expected, sd 8.7; and the order changes within most items
    expect(Math.abs(firsts.filter((one) => one === 0).length - 150)).toBeLessThan(45);
    expect(items.filter(({ votes: own }) => new Set(own.map(({ first }) => first)).size === 2).length).toBeGreaterThan(
      45,
    );
  });

  it("laurel bench run mj-bench-bias takes ratings that are there, as the repository's files of judges hold them", () => {
    using place = folder();
    const rows = [1, 3, 2, 2].map((rating, i) => ({
      occupation: i < 2 ? "nurse" : "pilot",
      demographic: `d${i}`,
      judge: rating,
    }));
    writeFileSync(place.file("judge.json"), JSON.stringify(rows));
    const run = laurel(["bench", "run", "mj-bench-bias", "--scores", "judge.json", "--json"], { cwd: place.path });
    expect(run.code, run.err).toBe(0);
    const { figures } = JSON.parse(run.out) as { figures: { name: string; value: number }[] };
    // given (1, 3): NDS 1 − 1/2, GES 1 − 1/4; (2, 2): 1. Normalised (0, 1): NDS 0, GES ½; (½, ½): 1
    expect(Object.fromEntries(figures.map(({ name, value }) => [name, value]))).toMatchObject({
      nds: 0.5,
      ges: 0.75,
      "nds, as given": 0.75,
      "ges, as given": 0.875,
    });
  });

  it("laurel audit judge --scale asks a pointwise judge on each scale, and refuses what has none", async () => {
    using place = folder();
    writeRows(place.file("pairs.jsonl"), pairs.slice(0, 20));
    await using server = await scriptedServer(
      ({ prompt }) => {
        const right = prompt.includes("\nright\n");
        const score = prompt.includes("Outstanding") ? (right ? "Good" : "Good") : right ? 5 : 2;
        return JSON.stringify({ reason: "r", score });
      },
      { name: "judge" },
    );
    const spec = `{ kind: judge.pointwise, model: "${server.url}#judge" }`;
    const run = async (...args: string[]) =>
      start(["audit", "judge", "pairs.jsonl", ...args], { cwd: place.path }).done;
    const study = await run(
      "--comparer",
      spec,
      "--scale",
      "1-5",
      "--scale",
      "words-5",
      "--repeat",
      "2",
      "--out",
      "s.json",
    );
    expect(study.code, study.err).toBe(0);
    expect(study.out).toMatch(/words-5/);
    const { scales } = JSON.parse(readFileSync(place.file("s.json"), "utf8")) as {
      scales: { accuracy: { value: number }; ties: { value: number }; difference?: { value: number } }[];
    };
    expect(scales.map(({ accuracy, ties }) => [accuracy.value, ties.value])).toEqual([
      [1, 0],
      [0.5, 1],
    ]);
    expect(scales[1]!.difference!.value).toBe(-0.5);
    const refused = await run("--comparer", "length", "--scale", "1-5", "--scale", "1-10");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("is of a judge.pointwise, not of length")]);
  });
});
