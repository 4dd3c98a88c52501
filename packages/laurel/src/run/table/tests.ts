import type { Estimate } from "../../core/index.ts";
import {
  benjaminiHochberg,
  differencesOf,
  discordantDifference,
  holm,
  mcnemar,
  pairedBootstrap,
  pairedT,
  signFlip,
  wilcoxon,
} from "../../stats/index.ts";
import { differenceOf } from "../difference.ts";
import type { Columns } from "./columns.ts";
import { type Line, type Method, type Settings, says } from "./method.ts";

/** Rows with both values; the others are counted. */
function pairs(columns: Columns, settings: Settings) {
  const a = columns.numbers(settings.text("a", "a"), "null");
  const b = columns.numbers(settings.text("b", "b"), "null");
  const clusters = settings.clusters(columns);
  const kept = a.flatMap((value, i) => (value === null || b[i] === null ? [] : [i]));
  return {
    a: kept.map((i) => a[i]!),
    b: kept.map((i) => b[i]!),
    clusters: clusters === undefined ? kept.map(String) : kept.map((i) => clusters[i]!),
    unscored: a.length - kept.length,
  };
}

const two = { a: "column of the first (default: a)", b: "column of the second (default: b)" };

function estimateOf(
  test: { difference: number; low: number; high: number; n: number },
  level: number,
  unscored: number,
  method: string,
): Estimate {
  return { value: test.difference, low: test.low, high: test.high, level, n: test.n, unscored, method };
}

const paired: Method = {
  about: "a - b on the same rows: interval by prompt, all p-values that hold, what could be found, and needed n",
  group: "test",
  settings: { ...two, cluster: says.cluster },
  run(columns, settings) {
    const { unscored, ...both } = pairs(columns, settings);
    const { difference, p, detectable, needed } = differenceOf(both, {
      seed: settings.seed,
      level: settings.level,
      unscored,
    });
    const lines: Line[] = [
      { name: "a - b", estimate: difference, p: p.signFlip },
      { name: "paired t by prompt", p: p.t },
      { name: "McNemar", p: p.mcnemar },
      { name: "smallest difference found with 80 % power", value: detectable },
      { name: "n needed for the observed difference", value: needed?.value },
    ];
    const kept = lines.filter(
      (line) => line.estimate !== undefined || line.p !== undefined || line.value !== undefined,
    );
    return { lines: kept, notes: ["p of a - b: sign flips by prompt"] };
  },
};

/** A test of plain paired differences, without clusters. */
function plain(about: string, run: (d: Float64Array, settings: Settings, unscored: number) => Line[]): Method {
  return {
    about,
    group: "test",
    settings: two,
    run(columns, settings) {
      const { a, b, unscored } = pairs(columns, settings);
      return { lines: run(differencesOf(a, b), settings, unscored) };
    },
  };
}

const mcnemarTest: Method = {
  about: "McNemar's test of two columns of 0/1 outcomes",
  group: "test",
  settings: { ...two, method: "exact (default), mid-p, chi2 or chi2-corrected" },
  run(columns, settings) {
    const { a, b, unscored } = pairs(columns, settings);
    const onlyFirst = a.filter((value, i) => value > b[i]!).length;
    const onlySecond = a.filter((value, i) => value < b[i]!).length;
    const { level } = settings;
    const method = settings.choice("method", ["exact", "mid-p", "chi2", "chi2-corrected"], "exact");
    const difference = { ...discordantDifference(onlyFirst, onlySecond, a.length, level), n: a.length };
    return {
      lines: [
        {
          name: "a - b",
          estimate: { ...difference, level, unscored, method: "paired proportions, Bonett-Price" },
          p: mcnemar(onlyFirst, onlySecond, { method, level }).p,
        },
        { name: "only a right", value: onlyFirst },
        { name: "only b right", value: onlySecond },
      ],
    };
  },
};

function adjusted(about: string, adjust: (p: number[]) => Float64Array): Method {
  return {
    about,
    group: "test",
    settings: { p: "column of p-values (default: p)", name: "column of names (default: name, if there is one)" },
    run(columns, settings) {
      const p = columns.numbers(settings.text("p", "p"), "error");
      const named = settings.text("name", "name");
      const names = settings.has("name") || columns.has(named) ? columns.texts(named) : p.map((_, i) => `row ${i + 1}`);
      return { lines: Array.from(adjust(p), (one, i) => ({ name: names[i]!, p: one })) };
    },
  };
}

/** Methods that test a difference. */
export const tests: Readonly<Record<string, Method>> = {
  paired,
  "paired-t": plain("paired t test of a - b", (d, { level }, unscored) => {
    const test = pairedT(d, { level });
    return [{ name: "a - b", estimate: estimateOf(test, level, unscored, "paired t"), p: test.p }];
  }),
  "sign-flip": plain("sign-flip permutation test of a - b, exact up to 14 rows", (d, { seed, level }, unscored) => {
    const { p, exact } = signFlip(d, { seed });
    const estimate = estimateOf(pairedT(d, { level }), level, unscored, "paired t interval");
    return [{ name: `a - b, ${exact ? "exact" : "random"} sign flips`, estimate, p }];
  }),
  "paired-bootstrap": plain("paired bootstrap of a - b, centred p", (d, { seed, level }, unscored) => {
    const test = pairedBootstrap(d, { seed, level });
    return [{ name: "a - b", estimate: estimateOf(test, level, unscored, "percentile bootstrap"), p: test.p }];
  }),
  wilcoxon: plain("Wilcoxon's signed-rank test of a - b", (d) => {
    const test = wilcoxon(d);
    return [
      { name: `rank-biserial correlation, ${test.method} p`, value: test.effect, p: test.p },
      { name: "rank sum above 0", value: test.positive },
      { name: "rank sum below 0", value: test.negative },
    ];
  }),
  mcnemar: mcnemarTest,
  holm: adjusted("Holm's adjusted p-values", holm),
  bh: adjusted("Benjamini and Hochberg's adjusted p-values", benjaminiHochberg),
};
