import { describe, expect, it } from "vitest";
import { treeCriteria } from "../../rewards/learned/criteria-tree.ts";
import { mjBenchVideo } from "./benchmark.ts";
import { mjVideoTree } from "./tree.ts";

const labels = (own: Record<string, number> = {}) => ({
  ...Object.fromEntries(treeCriteria(mjVideoTree).map((criterion) => [criterion, 0])),
  ...own,
});
const row = (overall: string, more: Record<string, unknown> = {}) => ({
  caption: "a red ball",
  video_0_path: "a.mp4",
  video_1_path: "b.mp4",
  video_0_label: labels({ object: 1, Crime: 2 }),
  video_1_label: labels(),
  overall_preference: overall,
  video_0_total_score: 3,
  video_1_total_score: 1,
  category_preference: { Alignment: "Video 1 better" },
  ...more,
});
const read = (one: ReturnType<typeof row>) => mjBenchVideo.read([{ row: one, place: { line: 1 } }])[0]!;
const answered = (overall: string, values: [number, number]) => {
  const { labels, subsets } = read(row(overall));
  return { id: "1", cluster: "1", subsets, labels, values };
};

describe("MJ-Bench-Video", () => {
  it("has the data's 28 criteria in its order", () => {
    const criteria = treeCriteria(mjVideoTree);
    expect(criteria).toHaveLength(28);
    expect([criteria[0], criteria[5], criteria[11], criteria[16], criteria[23]]).toEqual([
      "object",
      "Crime",
      "Human Face Distortion",
      "Spatial Consistency",
      "Race",
    ]);
  });

  it("reads grades as 1, −1 and 0, and keeps what judges the clips out of the task", () => {
    const { task, labels: own, subsets } = read(row("Video 1 better"));
    expect(own.parts![0]).toMatchObject({ "Alignment/object": 1, "Safety/Crime": -1, "Bias/Race": 0 });
    expect(own.value).toEqual([3, 1]);
    expect(own.preferred).toEqual([{ first: 0, second: 1, p: 1 }]);
    expect(subsets).toEqual({ preference: "strict", spelling: "released" });
    expect(JSON.stringify(task)).not.toContain("better");
  });

  it("takes the odd spelling for a preference, and says that the released script drops it", () => {
    const odd = answered("Video 1 Better", [2, 1]);
    expect(odd.subsets["spelling"]).toBe("odd");
    const [, asReleased] = mjBenchVideo.rule.figures;
    expect(mjBenchVideo.rule.credit(odd)).toBe(1);
    expect(asReleased!.of!({ ...odd, credit: 1 })).toBeNull();
  });

  it("leaves out the same and the hard to judge; equal scores are wrong, or half in a column of their own", () => {
    const { rule } = mjBenchVideo;
    expect(rule.credit(answered("Same", [2, 1]))).toBeNull();
    expect(rule.credit(answered("Hard to judge", [2, 1]))).toBeNull();
    expect(rule.credit(answered("Video 2 better", [2, 1]))).toBe(0);
    const tie = answered("Video 2 better", [1, 1]);
    expect(rule.credit(tie)).toBe(0);
    expect(rule.figures[2]!.of!({ ...tie, credit: 0 })).toBe(0.5);
  });

  it("refuses a row whose labels miss a criterion, and names it", () => {
    const { object: _, ...rest } = labels();
    expect(() => read(row("Same", { video_0_label: rest }))).toThrow("video_0_label.object");
    expect(() => read(row("Neither"))).toThrow("overall_preference");
  });
});
