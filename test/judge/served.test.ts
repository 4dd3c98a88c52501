import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AuditFile } from "../../packages/laurel/src/cli/audit-judge.ts";
import { scriptedServer } from "../../packages/laurel/src/models/scripted.ts";
import { folder, start } from "../laurel.ts";
import { writeRows } from "./real.ts";

/** Takes the longer answer, and the first where they are nearly as long: a bias for the place on close pairs only. */
const judge = (prompt: string): string => {
  const answer = (name: string): string =>
    new RegExp(`\\[begin ${name} ([0-9a-f]{16})\\]\\n([^]*?)\\n\\[end ${name} \\1\\]`).exec(prompt)?.[2] ?? "";
  const [a, b] = [answer("answer-A").length, answer("answer-B").length];
  if (b > 90) return "I cannot say.";
  return Math.abs(a - b) < 4 || a > b ? "[[A]]" : "[[B]]";
};

describe("a served judge", () => {
  it("is audited in both orders though it merges them by itself, pays once, and then may gate; another prompt may not", async () => {
    using place = folder();
    await using server = await scriptedServer(({ prompt }) => judge(prompt), { name: "judge" });
    // 40 pairs: 10 close ones, 28 clear ones of which the longer is better, 2 on which it gives no verdict in one order
    writeRows(
      place.file("pairs.jsonl"),
      Array.from({ length: 40 }, (_, i) => {
        const longer = "x".repeat(i < 10 ? 22 : i < 38 ? 60 : 99);
        const better = i % 2;
        const candidates = better === 0 ? [longer, "y".repeat(20)] : ["y".repeat(20), longer];
        return {
          id: `q${i}`,
          prompt: `Question ${i}?`,
          candidates,
          labels: { preferred: [{ first: 0, second: 1, p: 1 - better }] },
        };
      }),
    );
    const run = async (...args: string[]) => start(args, { cwd: place.path }).done;
    const spec = (bounds: object, more: object = {}): string => {
      const comparer = {
        kind: "judge.pairwise",
        model: `${server.url}#judge`,
        ...more,
        trust: { audit: "audit.json", ...bounds },
      };
      writeFileSync(place.file("judge.json"), JSON.stringify(comparer));
      writeFileSync(place.file("reward.json"), JSON.stringify({ kind: "to-reward", comparer }));
      return "judge.json";
    };
    const file = spec({ accuracy: { min: 0.6 } });
    const audited = await run("audit", "judge", "pairs.jsonl", "--comparer", file, "--out", "audit.json");
    expect(audited.code, audited.err).toBe(0);
    const [audit] = (JSON.parse(readFileSync(place.file("audit.json"), "utf8")) as AuditFile).audits;
    expect(server.requests.length).toBe(80);
    expect(audit!.cost).toMatchObject({ calls: 2 });
    expect(audit!.cost!.inputTokens).toBeGreaterThan(50);
    // of 38 readable pairs, 10 follow the place: ½ credit each
    expect(audit!.accuracy).toMatchObject({ value: 33 / 38, n: 38, unscored: 2 });
    expect(audit!.bias.position!.value).toBeCloseTo(10 / 38, 12);
    expect(audit!.unreadable.value).toBe(2 / 80);
    expect(audited.out).toContain("unreadable because: 2 judge-unparsable");

    const again = await run("audit", "judge", "pairs.jsonl", "--comparer", file, "--json");
    expect(again.code, again.err).toBe(0);
    // only what could not be read is asked again
    expect(server.requests.length).toBeLessThanOrEqual(82);

    const gate = async (...more: string[]) =>
      run("gate", "pairs.jsonl", "--limit", "30", "--reward", "reward.json", "--min", "0.3", "--judge", ...more);
    const passed = await gate();
    expect(passed.code, passed.err + passed.out).toBe(0);
    expect(passed.out).toContain("may gate");
    // the gain from standing first is 0.26 of 38 pairs, far beyond 0.02 and beyond doubt
    spec({ positionBias: { max: 0.02 } });
    expect(await gate()).toMatchObject({ code: 1, out: expect.stringContaining("nothing was scored") });
    spec({ positionBias: { max: 0.3 } });
    expect((await gate()).code).toBe(3);
    spec({ accuracy: { min: 0.6 } }, { criterion: "Brevity." });
    expect(await gate()).toMatchObject({ code: 3, err: expect.stringContaining("audit it again") });
  }, 120_000);
});
