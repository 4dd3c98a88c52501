import { describe, expect, it } from "vitest";
import { random, seedFrom, split } from "../core/index.ts";
import { bootstrap } from "../stats/index.ts";
import type { Answered } from "./benchmark.ts";
import { benchmarkOf } from "./benchmarks/index.ts";
import { credited, figureEstimate, influence } from "./figures.ts";
import { leaderboard } from "./leaderboard.ts";
import { leaderboardCsv, leaderboardFacts, leaderboardHtml, leaderboardLatex } from "./leaderboard-formats.ts";

const seed = seedFrom("leaderboard");
const subsets = ["donotanswer", "refusals-offensive", "math-prm", "hep-cpp"];

/** A system that is right with this probability, by items that are shared. */
function system(p: number, name: string, n = 400): Answered[] {
  const shared = random(split(seed, "items"));
  const own = random(split(seed, name));
  return Array.from({ length: n }, (_, i) => {
    // half of the luck is the item's, as it is where some items are hard for everybody
    const right = (shared.uniform() + own.uniform()) / 2 < p;
    return {
      id: String(i),
      cluster: String(i),
      subsets: { subset: subsets[i % 4]! },
      labels: { correct: [true, false] },
      values: right ? [1, 0] : [0, 1],
    };
  });
}

describe("leaderboard", () => {
  const benchmark = benchmarkOf("rewardbench");
  const runs = [0.45, 0.5, 0.52, 0.6, 0.72].map((p, i) => ({
    system: `s${i}`,
    items: credited(benchmark, system(p, `s${i}`)),
  }));

  it.each(["score", "accuracy"])(
    "lets two systems share a letter exactly where no difference in %s is shown",
    (figure) => {
      const { standings, duels } = leaderboard(benchmark, runs, { figure });
      for (const { a, b, better, difference, pHolm } of duels) {
        const letters = [a, b].map((name) => standings.find((one) => one.system === name)!.groups);
        const shares = [...letters[0]!].some((one) => letters[1]!.includes(one));
        expect(shares, `${a} ${b}`).toBe(better === "not shown");
        expect(better === "not shown").toBe(pHolm >= 0.05);
        if (better !== "not shown") expect(difference.low * difference.high).toBeGreaterThan(0);
      }
      for (const { rank, ranks } of standings) {
        expect(ranks[0]).toBeLessThanOrEqual(rank);
        expect(ranks[1]).toBeGreaterThanOrEqual(rank);
      }
      expect(duels.some(({ better }) => better === "not shown")).toBe(true);
      expect(duels.some(({ better }) => better !== "not shown")).toBe(true);
    },
  );

  it("takes a mean of sections apart into shares whose mean it is", () => {
    const { value, shares } = influence(benchmark.rule.figures[0]!, runs[0]!.items);
    expect(shares.reduce((sum, one) => sum + one, 0) / shares.length).toBeCloseTo(value, 12);
  });

  it("refuses one system, a name twice, other items, and an unknown figure", () => {
    const [first, second] = runs as [(typeof runs)[0], (typeof runs)[0]];
    expect(() => leaderboard(benchmark, [first])).toThrow(/two systems/);
    expect(() => leaderboard(benchmark, [first, first])).toThrow(/stands twice/);
    expect(() => leaderboard(benchmark, [first, { ...second, items: second.items.slice(1) }])).toThrow(/other items/);
    expect(() => leaderboard(benchmark, [first, second], { figure: "speed" })).toThrow(/no figure 'speed'/);
  });

  it("writes CSV, LaTeX and HTML with names escaped", () => {
    const [first, second] = runs as [(typeof runs)[0], (typeof runs)[0]];
    const board = leaderboard(benchmark, [{ ...first, system: 'a,"b" <i> & 50%_$' }, second]);
    expect(leaderboardCsv(board)).toContain('"a,""b"" <i> & 50%_$",');
    expect(leaderboardLatex(board)).toContain('a,"b" <i> \\& 50\\%\\_\\$');
    const page = leaderboardHtml(board);
    expect(page).not.toContain("<i>");
    expect(page).toContain("a,&quot;b&quot; &lt;i&gt; &amp;");
    expect(leaderboardFacts(board)[0]).toMatch(/of 1 differences/);
  });
});

describe("figures of the items that a system's answers choose", () => {
  const agents = benchmarkOf("agentrewardbench");
  /** Judges of runs that succeed with 0.3; four agents try each task. */
  const judge = (hit: number, alarm: number, name: string): Answered[] => {
    const truth = random(split(seed, "runs"));
    const own = random(split(seed, name));
    return Array.from({ length: 800 }, (_, i) => {
      const success = truth.uniform() < 0.3;
      return {
        id: String(i),
        cluster: String(i >> 2),
        subsets: { benchmark: "b" },
        labels: { correct: [success] },
        values: [own.uniform() < (success ? hit : alarm) ? 1 : 0],
      };
    });
  };
  const [strict, lax] = [judge(0.8, 0.05, "strict"), judge(0.8, 0.2, "lax")].map((items) =>
    credited(agents, items),
  ) as [ReturnType<typeof credited>, ReturnType<typeof credited>];

  it("are compared over all items: the difference of two precisions, with the bootstrap's width", () => {
    const precision = (items: readonly { values: readonly (number | null)[]; labels: Answered["labels"] }[]) => {
      const called = items.filter(({ values }) => values[0] === 1);
      return called.filter(({ labels }) => labels.correct![0] === true).length / called.length;
    };
    const board = leaderboard(agents, [
      { system: "strict", items: strict },
      { system: "lax", items: lax },
    ]);
    const [duel] = board.duels;
    expect(duel!.difference.value).toBeCloseTo(precision(strict) - precision(lax), 12);
    expect(duel!.better).toBe("a");
    const boot = bootstrap(
      800,
      (rows) => precision(Array.from(rows, (i) => strict[i]!)) - precision(Array.from(rows, (i) => lax[i]!)),
      { seed, reps: 600, clusters: strict.map(({ cluster }) => cluster) },
    );
    const width = (of: { low: number; high: number }) => of.high - of.low;
    // 600 resamples know a width to about 5 %
    expect(width(duel!.difference) / width(boot)).toBeGreaterThan(0.85);
    expect(width(duel!.difference) / width(boot)).toBeLessThan(1.15);
  });

  it("keep their own items for a single system's interval", () => {
    const figure = agents.rule.figures[0]!;
    expect(figureEstimate(figure, strict)!.n).toBe(strict.filter(({ values }) => values[0] === 1).length);
    const { shares, value } = influence(figure, strict, { paired: true });
    expect(shares).toHaveLength(800);
    expect(shares.reduce((sum, one) => sum + one, 0) / 800).toBeCloseTo(value, 12);
  });
});

describe("figures that are no means", () => {
  it("have the jackknife's interval: of a mean it is Student's, to rounding", () => {
    const items = credited(benchmarkOf("vilbench"), system(0.5, "jackknife", 50));
    const mean = (list: typeof items): number => list.reduce((sum, one) => sum + one.credit!, 0) / list.length;
    const plain = figureEstimate({ name: "m", about: "", range: [-9, 9], of: (one) => one.credit! * 2 - 1 }, items)!;
    const taken = figureEstimate(
      { name: "m", about: "", range: [-9, 9], all: (list) => mean([...list]) * 2 - 1 },
      items,
    )!;
    expect(taken.value).toBeCloseTo(plain.value, 12);
    expect(taken.low).toBeCloseTo(plain.low, 10);
    expect(taken.high).toBeCloseTo(plain.high, 10);
  });

  it("have no interval where nothing changes when a prompt is left out", () => {
    const items = credited(benchmarkOf("vilbench"), system(0.5, "still", 10));
    expect(figureEstimate({ name: "c", about: "", all: () => 0 }, items)).toBeUndefined();
  });
});
