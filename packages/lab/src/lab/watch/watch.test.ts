import { type Random, random, seedFrom, split, UsageError } from "laurel";
import { describe, expect, it } from "vitest";
import { goldTurn, turnSentence, type WatchedRun, watchedCurves, watchPage } from "./index.ts";

const seed = seedFrom("watch tests");
const STEPS = 60;

/** Runs whose gold follows a curve, each shifted and stretched a little by its seed, with noise of one step that drags on. */
function runsOf(curve: (t: number) => number, n: number, name: string, noise = 0.3): WatchedRun[] {
  return Array.from({ length: n }, (_, i) => {
    const rng: Random = random(split(split(seed, name), i));
    const [lift, stretch] = [rng.normal() * 0.3, 1 + 0.2 * rng.normal()];
    let drag = 0;
    return {
      name: `seed ${i}`,
      steps: Array.from({ length: STEPS + 1 }, (_, t) => {
        drag = 0.6 * drag + noise * rng.normal();
        const gold = lift + stretch * curve(t / STEPS) + drag;
        return { step: 10 * t, proxy: 4 * Math.sqrt(t / STEPS) + 0.1 * rng.normal(), gold, kl: t / 12 };
      }),
    };
  });
}

const parabola = (at: number) => (t: number) => 3 - 12 * (t - at) ** 2;
/** Gao's over-optimisation form in d = √KL with KL ∝ t²: steep up, slow down; highest at 0.4. */
const skew = (t: number): number => 18 * t * Math.exp(-t / 0.4);
const bend = (t: number): number => (t < 0.5 ? 6 * t : 6 - 6 * t);

describe("the turn of gold", () => {
  it.each<[string, (t: number) => number, number]>([
    ["a parabola", parabola(0.5), 300],
    ["a parabola near the end", parabola(0.7), 420],
    ["a steep rise and a slow fall", skew, 240],
    ["a sharp bend", bend, 300],
  ])(
    "of %s lies in its interval at 0.95 in at least 0.91 of 300 simulations of 8 runs (three standard errors are 0.038)",
    (name, curve, truth) => {
      let [covered, turned, width] = [0, 0, 0];
      for (let r = 0; r < 300; r++) {
        const turn = goldTurn(runsOf(curve, 8, `${name}/${r}`));
        const { low, high } = turn.step!;
        if (low <= truth && truth <= high) covered++;
        if (turn.turned) turned++;
        width += (high - low) / 300;
      }
      expect(covered / 300).toBeGreaterThan(0.91);
      // an interval that says nothing would cover too
      expect(width).toBeLessThan(200);
      expect(turned / 300).toBeGreaterThan(0.8);
    },
  );

  it.each<[string, (t: number) => number]>([
    ["a plateau", (t) => 3 * (1 - Math.exp(-6 * t))],
    ["a line", (t) => 3 * t],
    ["nothing", () => 0],
  ])("is not seen in %s in more than 0.05 of 300 simulations (0.088 is three standard errors up)", (name, curve) => {
    let turned = 0;
    for (let r = 0; r < 300; r++) if (goldTurn(runsOf(curve, 8, `${name}/${r}`)).turned) turned++;
    expect(turned / 300).toBeLessThan(0.088);
  });

  it("is exact where runs have no noise", () => {
    const turn = goldTurn(runsOf(parabola(0.5), 5, "exact", 0));
    expect(turn.step!.value).toBeCloseTo(300, 6);
    expect(turn.turned).toBe(true);
    expect(turn.kl!.value).toBeCloseTo(2.5, 2);
  });

  it("is no turn where gold only falls, and that is what is said", () => {
    const turn = goldTurn(runsOf((t) => -3 * t, 8, "falling"));
    expect(turn).toMatchObject({ turned: false, falls: true });
    expect(turnSentence(turn)).toMatch(/^Gold falls by [\d.]+ .* without having risen before/);
    expect(goldTurn(runsOf((t) => 3 * t, 8, "rising"))).toMatchObject({ turned: false, falls: false });
  });

  it("says nothing without three runs, and refuses too few steps", () => {
    const [one] = runsOf(bend, 1, "one");
    expect(goldTurn([one!])).toMatchObject({ turned: false, step: null });
    expect(turnSentence(goldTurn([one!]))).toMatch(/three runs/);
    expect(() => goldTurn([{ name: "short", steps: one!.steps.slice(0, 4) }])).toThrow(UsageError);
  });
});

describe("watched curves", () => {
  const runs = runsOf(bend, 4, "curves");

  it("are means with t intervals over runs, at the steps that all have", () => {
    const shorter = [...runs.slice(0, 3), { ...runs[3]!, steps: runs[3]!.steps.slice(0, 31) }];
    const gold = watchedCurves(shorter).find(({ metric }) => metric === "gold")!;
    expect(gold.points.map(({ step }) => step)).toEqual(Array.from({ length: 31 }, (_, i) => 10 * i));
    const values = runs.map((run) => run.steps[7]!.gold);
    expect(gold.points[7]!.value).toBeCloseTo(values.reduce<number>((sum, one) => sum + one!, 0) / 4, 12);
    expect(watchedCurves(runs).map(({ metric }) => metric)).toEqual(["proxy", "gold", "kl"]);
    expect(() => watchedCurves([{ name: "back", steps: [runs[0]!.steps[1]!, runs[0]!.steps[0]!] }])).toThrow(/after/);
  });

  it("become a page with a chart for each that was measured, and the turn in words", () => {
    const html = watchPage("A rehearsal <b>", runs);
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).toContain("A rehearsal &lt;b&gt;");
    expect(html).toMatch(/Gold turns at step \d+/);
    expect(html).toContain("still gains");
    expect(html).not.toMatch(/NaN|undefined/);
    // a gold that would be a flat line beside the reward gets a chart of its own
    const far = runs.map((run) => ({ ...run, steps: run.steps.map((one) => ({ ...one, proxy: 1000 * one.proxy })) }));
    expect(watchPage("far", far).match(/<svg/g)).toHaveLength(3);
    const blind = runs.map((run) => ({ ...run, steps: run.steps.map(({ step, proxy }) => ({ step, proxy })) }));
    expect(watchPage("no gold", blind)).not.toContain("Gold turns");
  });
});
