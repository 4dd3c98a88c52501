import { afterEach, describe, expect, it, vi } from "vitest";
import { LivePlots, meanSteps, panel, plot, sparkline, stepLine, type Watched } from "./lab-plots.ts";

const rising: Watched[] = Array.from({ length: 40 }, (_, step) => ({
  step,
  proxy: step / 10,
  gold: 2 - step / 20,
  kl: step,
}));

describe("plots for the terminal", () => {
  it("draw a rising line from the least block to the fullest, in no more than the width", () => {
    const line = sparkline(
      Array.from({ length: 100 }, (_, i) => i),
      16,
    );
    expect(line).toBe("▁▁▂▂▃▃▄▄▅▅▆▆▇▇██");
    expect(sparkline([1, 1, 1], 10)).toBe("▁▁▁");
    expect(sparkline([], 10)).toBe("");
  });

  it("put the largest value at the top and the smallest at the bottom of a plot, with both as labels", () => {
    const lines = plot([[0, 1]], 14, 4);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^1 \u2800+[^\u2800]/);
    expect(lines[3]).toMatch(/^0 [^\u2800]+.*\u2800$/);
    // a curve has a dot in every column
    const columns = lines.map((line) => [...line].slice(2));
    for (let c = 0; c < columns[0]!.length; c++) expect(columns.some((row) => row[c] !== "\u2800")).toBe(true);
  });

  it("average runs over the steps that each has so far", () => {
    const means = meanSteps([rising, rising.slice(0, 2).map((one) => ({ ...one, proxy: one.proxy + 2 }))]);
    expect(means).toHaveLength(40);
    expect(means[1]!.proxy).toBeCloseTo(1.1, 12);
    expect(means[2]!.proxy).toBeCloseTo(0.2, 12);
  });

  it("show a line for each metric that was watched, and no other", () => {
    const lines = panel([rising], 60);
    expect(lines.map((line) => line.slice(0, 12).trim()).filter((name) => /^[a-zA-Z]/.test(name))).toEqual([
      "reward and g",
      "reward",
      "gold",
      "KL",
    ]);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(60);
    expect(stepLine(rising[2]!)).toBe("reward 0.2 · gold 1.9 · KL 2");
  });
});

describe("live plots", () => {
  afterEach(() => vi.restoreAllMocks());

  it("are plain lines, seldom, where there is no terminal", () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    const live =
      Object.defineProperty(process.stderr, "isTTY", { value: false, configurable: true }) && new LivePlots();
    let now = 6000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    for (; now < 17_000; now += 100) live.update("1 of 8 seeds", [rising]);
    expect(written).toHaveLength(3);
    for (const line of written) expect(line).toMatch(/^1 of 8 seeds · reward 3.9 · gold 0.05 · KL 39 · .*\n$/);
    expect(written.join("")).not.toContain("\u001b");
  });

  it("are drawn again in place on a terminal", () => {
    const written: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    Object.defineProperty(process.stderr, "isTTY", { value: true, configurable: true });
    const live = new LivePlots();
    let now = 6000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    live.update("head", [rising]);
    now += 300;
    live.update("head", [rising]);
    live.clear();
    const lines = written[0]!.split("\n").length - 1;
    const untimed = (text: string): string => text.replace(/[\d.]+ s/, "");
    expect(written.map(untimed)).toEqual([
      untimed(written[0]!),
      `\u001b[${lines}A\u001b[0J`,
      untimed(written[0]!),
      `\u001b[${lines}A\u001b[0J`,
    ]);
  });
});
