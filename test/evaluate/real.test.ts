import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluate, type Judged } from "../../packages/laurel/src/run/index.ts";
import { dataPath } from "../data.ts";
import { folder, laurel } from "../laurel.ts";
import { type BarItem, type BarVotes, barTask, lines, type PandaRow, pandaTask, rowsOf } from "./real.ts";

const panda = dataPath("pandalm/rows.jsonl");
const bar = dataPath("llmbar/items.jsonl");
const votes = dataPath("llmbar/votes.jsonl");
const published = dataPath("llmbar/published_statistics.jsonl");

interface Estimate {
  value: number;
  low: number;
  high: number;
  n: number;
  clusters?: number;
  unscored: number;
}

describe.skipIf(panda === undefined)("PandaLM's 666 pairs (skipped where the shared data is absent)", () => {
  it("are evaluated and compared with length and token F1, and with PandaLM-7B's votes from a file", () => {
    using place = folder();
    const rows = rowsOf<PandaRow>(panda!);
    writeFileSync(place.file("panda.jsonl"), lines(rows.map(pandaTask)));
    // the judge's vote as values of the two answers; a tie is a tie
    writeFileSync(
      place.file("judge.jsonl"),
      lines(
        rows.flatMap(({ id, pandalm_7b: vote }) => [
          { id: `p${id}`, candidate: 0, value: vote === 1 ? 1 : 0 },
          { id: `p${id}`, candidate: 1, value: vote === 2 ? 1 : 0 },
        ]),
      ),
    );
    const run = (...args: string[]) => laurel(args, { cwd: place.path });
    const evaluated = run("eval", "panda.jsonl", "--scores", "judge.jsonl", "--json", "--report", "r.html");
    expect(evaluated.code, evaluated.err).toBe(0);
    const result = JSON.parse(evaluated.out) as {
      accuracy: Estimate;
      by: { ties: number; rows: number };
      bounds: object;
    };

    // 71 pairs are ties by the majority of the annotators, as the source states; the rest counted here by hand
    expect(result.by).toMatchObject({ rows: 666, ties: 71, basis: "preferences" });
    const labelled = rows.flatMap((row) => {
      const marks = [row.annotator1, row.annotator2, row.annotator3];
      const label = [1, 2].find((one) => marks.filter((mark) => mark === one).length >= 2);
      return label === undefined ? [] : [{ label, row }];
    });
    const credit = (label: number, vote: number): number => (vote === label ? 1 : vote === 0 ? 0.5 : 0);
    const mean = labelled.reduce((sum, { label, row }) => sum + credit(label, row.pandalm_7b), 0) / labelled.length;
    expect(result.accuracy).toMatchObject({ value: expect.closeTo(mean, 12), n: 595 });
    expect(result.accuracy.clusters).toBeLessThan(595);

    const byLength = labelled.reduce((sum, { label, row }) => {
      const gap = String(row.response1).length - String(row.response2).length;
      return sum + credit(label, gap > 0 ? 1 : gap < 0 ? 2 : 0);
    }, 0);
    const compared = run("compare", "panda.jsonl", "judge.jsonl", "length", "--json");
    expect(compared.code, compared.err).toBe(0);
    const difference = JSON.parse(compared.out) as { difference: Estimate; b: { mean: Estimate }; conclusion: string };
    expect(difference.b.mean.value).toBeCloseTo(byLength / 595, 12);
    expect(difference.difference.value).toBeCloseTo(mean - byLength / 595, 12);

    const worse = run("compare", "panda.jsonl", "reference.tokenF1", "length");
    expect(worse.code, worse.err).toBe(1);
    expect(worse.out).toMatch(/^A is worse than B: A - B = -0\.\d+ \[-0\.\d+, -0\.\d+\]/);
    expect(worse.out).toContain("p, Holm");
  });
});

describe.skipIf(bar === undefined)("LLMBar (skipped where the shared data is absent)", () => {
  it("gives each judge without unparsable votes its published average over both orders", () => {
    const items = new Map<string, BarItem[]>();
    for (const item of rowsOf<BarItem>(bar!)) items.set(item.subset, [...(items.get(item.subset) ?? []), item]);
    const averages = new Map(
      rowsOf<BarVotes & { correct_average_percent: number }>(published!).map((row) => [
        `${row.subset} ${row.judge} ${row.strategy}`,
        row.correct_average_percent,
      ]),
    );
    let checked = 0;
    for (const { subset, judge, strategy, winner, winner_swapped: swapped } of rowsOf<BarVotes>(votes!)) {
      if (winner.includes(null) || swapped.includes(null)) continue;
      // an answer's value is the number of orders in which it won: a judge that turns around ties, which counts half
      const judged = items.get(subset)!.map((item, i): Judged => {
        const value = (answer: 1 | 2): number => Number(winner[i] === answer) + Number(swapped[i] === answer);
        return {
          id: String(item.id),
          repeat: 0,
          cluster: String(item.id),
          subsets: {},
          labels: { preferred: [{ first: 0, second: 1, p: item.label === 1 ? 1 : 0 }] },
          scores: [{ value: value(1) }, { value: value(2) }],
        };
      });
      const { accuracy } = evaluate(judged, { examples: 0 });
      // the published figures are rounded to double precision of a percentage
      expect(accuracy.value, `${subset} ${judge} ${strategy}`).toBeCloseTo(
        averages.get(`${subset} ${judge} ${strategy}`)! / 100,
        10,
      );
      checked++;
    }
    expect(checked).toBeGreaterThan(200);
  });

  it("shows that length fails on its adversarial subset and token F1 with the instruction does not", () => {
    using place = folder();
    const items = rowsOf<BarItem>(bar!).filter((item) => typeof item.output_1 === "string");
    writeFileSync(place.file("bar.jsonl"), lines(items.map(barTask)));
    const compared = laurel(["compare", "bar.jsonl", "length", "reference.tokenF1", "--json"], { cwd: place.path });
    expect(compared.code, compared.err).toBe(1);
    const { subsets } = JSON.parse(compared.out) as {
      subsets: { subset: Record<string, { n: number; result: { difference: Estimate; pHolm: number } }> };
    };
    expect(subsets.subset["adv/Neighbor"]).toMatchObject({ n: 134 });
    expect(subsets.subset["adv/Neighbor"]!.result.difference.high).toBeLessThan(-0.4);
    expect(subsets.subset["adv/Neighbor"]!.result.pHolm).toBeLessThan(0.01);
    expect(subsets.subset["Natural"]!.result.pHolm).toBeGreaterThan(0.05);
  });
});
