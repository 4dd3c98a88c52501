import { NotEnoughDataError } from "../../core/index.ts";
import {
  bestOfN,
  bootstrapEstimate,
  empiricalBernsteinSequence,
  meanEstimate,
  meanOf,
  median,
  normalMixtureSequence,
  passAtK,
  passHatK,
  proportionEstimate,
  quantileOfSorted,
  varianceOf,
} from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import { type Method, type Settings, says } from "./method.ts";

/** Values that are there, with their clusters, and how many are missing. */
function sample(columns: Columns, settings: Settings, name: string) {
  const all = columns.numbers(settings.text(name, name), "null");
  const clusters = settings.clusters(columns);
  const kept = all.flatMap((value, i) => (value === null ? [] : [i]));
  return {
    values: kept.map((i) => all[i]!),
    clusters: clusters === undefined ? undefined : kept.map((i) => clusters[i]!),
    unscored: all.length - kept.length,
  };
}

const mean: Method = {
  about: "mean with Student's t, by prompt where a cluster column is there",
  group: "interval",
  settings: { value: "column of numbers (default: value)", cluster: says.cluster },
  run(columns, settings) {
    const { values, clusters, unscored } = sample(columns, settings, "value");
    return { lines: [{ name: "mean", estimate: meanEstimate(values, { level: settings.level, clusters, unscored }) }] };
  },
};

const proportion: Method = {
  about: "proportion of 0/1 outcomes (ties 0.5) with Wilson's or Clopper and Pearson's interval",
  group: "interval",
  settings: {
    outcome: "column of values in [0, 1] (default: outcome)",
    interval: "wilson (default) or clopper-pearson",
    cluster: says.cluster,
  },
  run(columns, settings) {
    const { values, clusters, unscored } = sample(columns, settings, "outcome");
    const interval = settings.choice("interval", ["wilson", "clopper-pearson"], "wilson");
    const estimate = proportionEstimate(values, { level: settings.level, clusters, unscored, interval });
    return { lines: [{ name: "proportion", estimate }] };
  },
};

const bootstrapped: Method = {
  about: "bootstrap interval of a mean, median, standard deviation or quantile, by prompt where there are clusters",
  group: "interval",
  settings: {
    value: "column of numbers (default: value)",
    statistic: "mean (default), median, sd or quantile",
    q: "the quantile, in [0, 1]",
    method: "percentile (default), basic, bc or bca",
    reps: "resamples (default: 10000)",
    cluster: says.cluster,
  },
  run(columns, settings) {
    const { values, clusters, unscored } = sample(columns, settings, "value");
    const name = settings.choice("statistic", ["mean", "median", "sd", "quantile"], "mean");
    const q = name === "quantile" ? settings.number("q") : 0.5;
    const statistics = {
      mean: meanOf,
      median,
      sd: (x: Float64Array) => Math.sqrt(varianceOf(x)),
      quantile: (x: Float64Array) => quantileOfSorted(Float64Array.from(x).sort(), q),
    };
    const estimate = bootstrapEstimate(values, statistics[name], {
      seed: settings.seed,
      level: settings.level,
      method: settings.choice("method", ["percentile", "basic", "bc", "bca"], "percentile"),
      reps: settings.number("reps", 10_000),
      unscored,
      clusters,
    });
    return { lines: [{ name, estimate }] };
  },
};

const sequence: Method = {
  about: "always-valid interval of a mean, in the order of the rows: look as often as you like",
  group: "interval",
  settings: {
    value: "column of numbers (default: value)",
    kind: "bernstein (default; values within low..high) or normal",
    low: "least possible value (default: 0)",
    high: "greatest possible value (default: 1)",
    sigma: "known standard deviation, for normal",
    target: "n at which it should be narrow, for normal (default: 500)",
  },
  run(columns, settings) {
    const values = columns.numbers(settings.text("value", "value"), "error");
    const bernstein = settings.choice("kind", ["bernstein", "normal"], "bernstein") === "bernstein";
    const level = settings.level;
    const found = bernstein
      ? empiricalBernsteinSequence(values, { level, range: [settings.number("low", 0), settings.number("high", 1)] })
      : normalMixtureSequence(values, {
          level,
          sigma: settings.has("sigma") ? settings.number("sigma") : undefined,
          target: settings.number("target", 500),
        });
    const last = values.length - 1;
    const estimate = {
      value: found.value[last]!,
      low: found.low[last]!,
      high: found.high[last]!,
      level,
      n: values.length,
      unscored: 0,
      method: bernstein ? "empirical Bernstein sequence" : "normal-mixture sequence",
    };
    return { lines: [{ name: "mean so far", estimate }] };
  },
};

/** Rows by task, in the order of the tasks. */
function byTask(
  columns: Columns,
  settings: Settings,
  names: readonly string[],
): { task: string; values: number[][] }[] {
  const task = columns.texts(settings.text("task", "task"));
  const lists = names.map((name) => columns.numbers(settings.text(name, name), "error"));
  const groups = new Map<string, number[][]>();
  for (const [i, one] of task.entries()) {
    let group = groups.get(one);
    if (group === undefined) groups.set(one, (group = names.map(() => [])));
    for (const [k, list] of lists.entries()) group[k]!.push(list[i]!);
  }
  return Array.from(groups, ([name, values]) => ({ task: name, values }));
}

/** The mean over tasks of what each task's samples give; tasks with too few samples are counted as unscored. */
function overTasks(
  groups: readonly { values: number[][] }[],
  n: number,
  name: string,
  of: (values: number[][]) => number,
  level: number,
) {
  const enough = groups.filter(({ values }) => values[0]!.length >= n);
  if (enough.length < 2) throw new NotEnoughDataError(`fewer than 2 tasks have ${n} samples`, 2);
  const estimate = meanEstimate(
    enough.map(({ values }) => of(values)),
    { level, unscored: groups.length - enough.length },
  );
  return { lines: [{ name, estimate: { ...estimate, method: `${name}, mean over tasks, Student t` } }] };
}

const best: Method = {
  about: "best of n, without bias from N samples a task: the value of the one that scores highest of n",
  group: "interval",
  settings: {
    task: "column of the task (default: task)",
    score: "column that chooses (default: score)",
    value: "column that is collected (default: value, if there is one, else the score)",
    n: "how many are drawn",
  },
  run(columns, settings) {
    const n = settings.number("n");
    const value = settings.has("value") || columns.has("value") ? "value" : "score";
    const groups = byTask(columns, settings, ["score", value]);
    return overTasks(groups, n, `best of ${n}`, ([score, of]) => bestOfN(score!, n, of!), settings.level);
  },
};

function passes(name: string, about: string, of: (n: number, c: number, k: number) => number): Method {
  return {
    about,
    group: "interval",
    settings: { task: "column of the task (default: task)", right: "column of 0/1 (default: right)", k: "samples" },
    run(columns, settings) {
      const k = settings.number("k");
      const groups = byTask(columns, settings, ["right"]);
      const right = (values: number[][]): number => values[0]!.filter((one) => one > 0).length;
      return overTasks(groups, k, `${name}${k}`, (values) => of(values[0]!.length, right(values), k), settings.level);
    },
  };
}

/** Methods that give an interval of one thing. */
export const intervals: Readonly<Record<string, Method>> = {
  mean,
  proportion,
  bootstrap: bootstrapped,
  sequence,
  "best-of-n": best,
  "pass-at-k": passes("pass@", "probability that at least one of k samples is right, without bias", passAtK),
  "pass-hat-k": passes("pass^", "probability that all of k samples are right, without bias", passHatK),
};
