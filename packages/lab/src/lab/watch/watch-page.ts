import { type Html, html, htmlTable, lineChart, page, raw, text } from "laurel/report";
import { type WatchedCurve, type WatchedMetric, type WatchedRun, watchedCurves } from "./curves.ts";
import { goldTurn, type Turn, type TurnOptions } from "./turn.ts";

const titles: Readonly<Record<WatchedMetric, readonly [title: string, unit: string]>> = {
  proxy: ["Reward", "reward"],
  gold: ["Gold reward", "reward"],
  kl: ["KL to the reference", "nats"],
  entropy: ["Entropy of the policy", "nats"],
  length: ["Length of the answers", "length"],
  gradientNorm: ["Gradient norm", "norm"],
  zeroVariance: ["Groups without spread", "share"],
};

/** What the turn comes to, in a sentence; for the terminal and the page. */
export function turnSentence(turn: Turn): string {
  const short = (value: number): string => String(Number(value.toPrecision(3)));
  const range = ({ low, high }: { low: number; high: number }): string => `[${short(low)}, ${short(high)}]`;
  if (turn.step === null) return "Fewer than three runs: no interval, so nothing is said of a turn.";
  if (!turn.turned && turn.falls && turn.fall !== null)
    return `Gold falls by ${short(turn.fall.value)} ${range(turn.fall)}, without having risen before as far as these runs can tell.`;
  if (!turn.turned) return "Gold does not turn within these steps, as far as these runs can tell.";
  const { step, fall, proxyGain, kl } = turn;
  const parts = [`Gold turns at step ${short(step.value)} ${range(step)}`];
  if (kl !== null) parts.push(`at a KL of ${short(kl.value)} nats ${range(kl)}`);
  if (fall !== null) parts.push(`and falls by ${short(fall.value)} ${range(fall)} to the end`);
  const still = proxyGain !== null && proxyGain.low > 0;
  const gained = still
    ? `, while the reward that is trained on still gains ${short(proxyGain.value)} ${range(proxyGain)}`
    : "";
  return `${parts.join(" ")}${gained}.`;
}

/**
 * Runs that were watched, as a page: reward and gold with the turn, KL, entropy, length, gradient norm and groups without
 * spread, whichever were measured.
 *
 * @param title of the page
 * @param runs one a seed
 * @param options of the turn; `intro` and `after` are further pieces of the page, such as examples of exploits
 * @returns HTML that needs nothing from elsewhere
 */
export function watchPage(
  title: string,
  runs: readonly WatchedRun[],
  options: TurnOptions & { intro?: readonly Html[] | undefined; after?: readonly Html[] | undefined } = {},
): string {
  const curves = watchedCurves(runs);
  const of = (metric: WatchedMetric): WatchedCurve | undefined => curves.find((one) => one.metric === metric);
  const gold = of("gold");
  const turn = gold === undefined ? undefined : goldTurn(runs, options);
  const charts = [
    ...together([of("proxy"), gold].filter((one) => one !== undefined)).map((some) =>
      rewardChart(some, turn, runs.length),
    ),
    ...curves.filter(({ metric }) => metric !== "proxy" && metric !== "gold").map((one) => chartOf(one, runs.length)),
  ];
  const number = (value: number): string => String(Number(value.toPrecision(4)));
  const rows = curves.map(({ metric, points }) => {
    const [first, last] = [points[0]!, points.at(-1)!];
    return [titles[metric][0], number(first.value), number(last.value), `[${number(last.low)}, ${number(last.high)}]`];
  });
  return page(title, [
    html`<h1>${text(title)}</h1><p class="muted">${text(`${runs.length} run${runs.length === 1 ? "" : "s"}; bands and intervals: 95 %, Student t over runs`)}</p>`,
    ...(options.intro ?? []),
    ...(turn === undefined ? [] : [html`<p>${text(turnSentence(turn))}</p>`]),
    html`<div class="charts">${charts.map(raw)}</div>`,
    htmlTable(["metric", "first", "last", "interval of the last"], rows),
    ...(options.after ?? []),
  ]);
}

function chartOf({ metric, points }: WatchedCurve, runs: number): string {
  const [title, unit] = titles[metric];
  const series = [{ name: "", points: points.map(({ step, value, low, high }) => ({ x: step, y: value, low, high })) }];
  return lineChart(series, { title, x: "step", y: unit, note: `${runs} runs` });
}

/** Curves of like range in one chart; where one would be a flat line beside the other, a chart each. */
function together(curves: readonly WatchedCurve[]): WatchedCurve[][] {
  const [first, second] = curves.map(({ points }) => {
    const values = points.map(({ value }) => value);
    return Math.max(...values) - Math.min(...values);
  });
  const like = second === undefined || Math.max(first!, second) < 20 * Math.min(first!, second);
  return like ? [[...curves]] : curves.map((one) => [one]);
}

/** Proxy and gold in one chart, with the turn as an upright line. */
function rewardChart(curves: readonly WatchedCurve[], turn: Turn | undefined, runs: number): string {
  const all = curves.flatMap(({ points }) => points);
  const series = curves.map(({ metric, points }) => ({
    name: metric === "proxy" ? "trained on" : "gold",
    points: points.map(({ step, value, low, high }) => ({ x: step, y: value, low, high })),
  }));
  const shown = turn?.turned === true && turn.step !== null ? turn.step : undefined;
  if (shown !== undefined) {
    const [low, high] = [Math.min(...all.map((one) => one.low)), Math.max(...all.map((one) => one.high))];
    // a band from the interval's one end to the other, with its line at the bottom
    series.push({ name: "", points: [shown.low, shown.high].map((x) => ({ x, y: low, low, high })) });
    series.push({ name: "turn", points: [low, high].map((y) => ({ x: shown.value, y, low: y, high: y })) });
  }
  const note = shown === undefined ? `${runs} runs` : `${runs} runs; upright: the turn in its 95 % interval`;
  const title = curves.length === 1 && curves[0]!.metric === "gold" ? "Gold reward" : "Reward";
  return lineChart(series, { title, x: "step", y: "reward", note });
}
