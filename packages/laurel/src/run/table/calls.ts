import { bestByGroup, type CalledRow, compareRates, type RateRow } from "../../stats/index.ts";
import { type Line, type Method, says } from "./method.ts";

const bestByGroupMethod: Method = {
  about:
    "is one judge's precision (recall, …) the best in every group? Chances of being best, and the regret of one for all",
  group: "judge",
  settings: {
    system: "column of the judge (default: system)",
    group: "column, such as the benchmark (default: group)",
    predicted: "column of 0/1, may be empty (default: predicted)",
    gold: "column of 0/1 (default: gold)",
    cluster: "column of what is drawn together, such as the task (default: cluster, if there is one)",
    rate: "precision (default), recall, npv, tnr or accuracy",
    reps: "resamples (default: 1000)",
  },
  run(columns, settings) {
    const systems = columns.texts(settings.text("system", "system"));
    const groups = columns.texts(settings.text("group", "group"));
    const predicted = columns.numbers(settings.text("predicted", "predicted"), "null") as (0 | 1 | null)[];
    const gold = columns.numbers(settings.text("gold", "gold"), "error") as (0 | 1)[];
    const clusters = settings.clusters(columns);
    const rate = settings.choice("rate", ["precision", "recall", "npv", "tnr", "accuracy"], "precision");
    const rows = systems.map(
      (system, i): CalledRow => ({
        system,
        group: groups[i]!,
        cluster: clusters?.[i],
        predicted: predicted[i]!,
        gold: gold[i]!,
      }),
    );
    const { seed, level } = settings;
    const found = bestByGroup(rows, { seed, level, rate, reps: settings.number("reps", 1000) });
    const lines: Line[] = [
      found.regret === null
        ? { name: "regret of one for all", value: "too few cases" }
        : { name: "regret of one for all", estimate: found.regret },
    ];
    for (const [g, group] of found.groups.entries())
      for (const [s, system] of found.systems.entries()) {
        const estimate = found.rates[s]![g] ?? undefined;
        lines.push({ name: `${group}: ${system}`, estimate, value: estimate === undefined ? "no cases" : undefined });
      }
    for (const [g, group] of found.groups.entries())
      for (const [s, system] of found.systems.entries())
        lines.push({
          name: `${group}: chance that ${system} is best`,
          value: found.probabilityBest[s * found.groups.length + g]!,
        });
    const notes = found.groups.map((group, g) => `${group}: best ${found.winners[g]!.join(" and ") || "none"}`);
    notes.push(
      found.singleBest === null ? "no one is best in every group" : `${found.singleBest} is best in every group`,
    );
    return { lines, notes };
  },
};

const compareRatesMethod: Method = {
  about: "rates of success by an expert, a judge and a rule side by side, with paired differences",
  group: "judge",
  settings: {
    expert: "column of 0/1 (default: expert)",
    judge: "column of 0/1, may be empty (default: judge, if there is one)",
    rule: "column of 0/1, may be empty (default: rule, if there is one)",
    cluster: says.cluster,
  },
  run(columns, settings) {
    const maybe = (name: "judge" | "rule"): (number | null)[] | undefined => {
      const column = settings.text(name, name);
      return settings.has(name) || columns.has(column) ? columns.numbers(column, "null") : undefined;
    };
    const expert = columns.numbers(settings.text("expert", "expert"), "error");
    const [judge, rule, clusters] = [maybe("judge"), maybe("rule"), settings.clusters(columns)];
    const found = compareRates(
      expert.map((one, i) => ({ expert: one, judge: judge?.[i], rule: rule?.[i], cluster: clusters?.[i] }) as RateRow),
      { level: settings.level },
    );
    const lines: Line[] = [{ name: "expert", estimate: found.expert }];
    for (const who of ["judge", "rule"] as const) {
      const own = found[who];
      if (own === null) continue;
      lines.push({ name: who, estimate: own }, { name: `${who} - expert`, estimate: found[`${who}MinusExpert`]! });
    }
    return { lines };
  },
};

/** Methods for those who say whether something succeeded. */
export const calls: Readonly<Record<string, Method>> = {
  "best-by-group": bestByGroupMethod,
  "compare-rates": compareRatesMethod,
};
