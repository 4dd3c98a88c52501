import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSwapped } from "./label-book.ts";
import { VoteJournal } from "./vote-journal.ts";
import { type Cast, isBad, isDisputed, pairKey, type Verdict, Votes } from "./votes.ts";

let made = 0;
const cast = (rater: string, verdict: Verdict, more: Partial<Cast> = {}): Cast => ({
  v: 1,
  vote: `vote-${made++}`,
  at: "2026-01-01T00:00:00.000Z",
  rater,
  id: "q",
  first: 0,
  second: 1,
  verdict,
  swapped: false,
  ...more,
});
const votesOf = (...lines: unknown[]): Votes => {
  const votes = new Votes();
  for (const line of lines) votes.add(line);
  return votes;
};
const key = pairKey("q", 0, 1);

describe("votes", () => {
  it("count the last one of each rater, and one that was sent twice once", () => {
    const again = cast("ann", "second");
    const state = votesOf(cast("ann", "first"), cast("bob", "tie"), again, again).of(key)!;
    expect(state.votes.map(({ rater, verdict }) => [rater, verdict])).toEqual([
      ["bob", "tie"],
      ["ann", "second"],
    ]);
  });

  it("give way to the one before when they are taken back", () => {
    const [first, second] = [cast("ann", "first"), cast("ann", "bad")];
    const undo = { v: 1, vote: "undo-1", at: "", rater: "ann", undo: second.vote };
    const votes = votesOf(first, second, undo);
    expect(votes.of(key)!.votes).toEqual([first]);
    expect(votes.last("ann")).toEqual(first);
    expect(votes.find(second.vote, "ann")).toBeUndefined();
  });

  it("are disputed where two say different things, until somebody settles it", () => {
    const said = [cast("ann", "first"), cast("bob", "second"), cast("eve", "skip")];
    expect(isDisputed(votesOf(...said).of(key)!)).toBe(true);
    const settled = votesOf(...said, cast("ann", "tie", { final: true })).of(key)!;
    expect(isDisputed(settled)).toBe(false);
    expect(settled.votes).toHaveLength(3);
  });

  it("leave a pair out that half of them call no good", () => {
    expect(isBad(votesOf(cast("ann", "bad"), cast("bob", "first")).of(key)!)).toBe(true);
    expect(isBad(votesOf(cast("ann", "bad"), cast("bob", "first"), cast("eve", "tie")).of(key)!)).toBe(false);
    expect(isBad(votesOf(cast("ann", "bad"), cast("bob", "first", { final: true })).of(key)!)).toBe(false);
  });

  it("pass over lines that are none", () => {
    fc.assert(
      fc.property(fc.anything(), (line) => {
        expect([...votesOf(line).states()]).toEqual([]);
      }),
    );
  });
});

describe("the blind order", () => {
  it("is the same for a rater and a pair, and even over pairs", () => {
    const swapped = Array.from({ length: 1000 }, (_, i) => isSwapped("ann", pairKey(`q${i}`, 0, 1)));
    expect(swapped).toEqual(Array.from({ length: 1000 }, (_, i) => isSwapped("ann", pairKey(`q${i}`, 0, 1))));
    // 1000 fair coins lie outside 437 to 563 with probability 7e-5
    expect(swapped.filter(Boolean).length).toBeGreaterThan(437);
    expect(swapped.filter(Boolean).length).toBeLessThan(563);
    const other = Array.from({ length: 1000 }, (_, i) => isSwapped("bob", pairKey(`q${i}`, 0, 1)));
    expect(other.filter((one, i) => one === swapped[i]).length).toBeLessThan(563);
  });
});

describe("the journal of votes", () => {
  it("keeps all votes of two writers at once, over a line that was cut off", async () => {
    const folder = mkdtempSync(join(tmpdir(), "laurel-votes-"));
    try {
      const path = join(folder, "a.votes.jsonl");
      const [one, two] = [new VoteJournal(path), new VoteJournal(path)];
      await one.append(cast("ann", "first", { id: "before" }));
      appendFileSync(path, '{"v":1,"vote":"cut');
      const lines = Array.from({ length: 60 }, (_, i) => cast(i % 2 ? "ann" : "bob", "first", { id: `q${i}` }));
      await Promise.all(lines.map((line, i) => (i % 3 ? one : two).append(line)));
      for (const journal of [one, two, new VoteJournal(path)]) {
        const votes = await journal.votes();
        expect(lines.every(({ vote }) => votes.has(vote))).toBe(true);
        expect([...votes.states()]).toHaveLength(61);
      }
      expect(readFileSync(path, "utf8").endsWith("\n")).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
