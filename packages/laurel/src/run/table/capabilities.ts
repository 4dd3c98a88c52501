import { type CapabilityRow, capabilityMatrix } from "../../stats/index.ts";
import type { Line, Method } from "./method.ts";

/** Models by capabilities. */
export const capabilities: Method = {
  about: "models by capabilities: means, chance of being best, and what one model for all of them would cost",
  group: "ranking",
  settings: {
    model: "column (default: model)",
    capability: "column (default: capability)",
    item: "column of the item, which every model has (default: item)",
    value: "column of the result; empty where it could not be scored (default: value)",
    low: "least value (default: 0)",
    high: "greatest value (default: 1)",
    reps: "resamples for the chance of being best (default: 1000)",
  },
  run(columns, settings) {
    const [models, names, items] = ["model", "capability", "item"].map((one) =>
      columns.texts(settings.text(one, one)),
    ) as [string[], string[], string[]];
    const values = columns.numbers(settings.text("value", "value"), "null");
    const rows = values.map((value, i): CapabilityRow => {
      return { model: models[i]!, capability: names[i]!, item: items[i]!, value };
    });
    const found = capabilityMatrix(rows, {
      seed: settings.seed,
      level: settings.level,
      reps: settings.number("reps", 1000),
      range: [settings.number("low", 0), settings.number("high", 1)],
    });
    const count = found.capabilities.length;
    const lines: Line[] = [
      { name: "regret of one model for all", estimate: found.singleBestRegret },
      { name: "pairs of models told apart", estimate: found.separablePairs },
    ];
    for (const [c, capability] of found.capabilities.entries())
      for (const [m, model] of found.models.entries())
        lines.push({ name: `${capability}: ${model}`, estimate: found.cells[m]![c]! });
    for (const [c, capability] of found.capabilities.entries())
      for (const [m, model] of found.models.entries())
        lines.push({
          name: `${capability}: chance that ${model} is best`,
          value: found.probabilityBest[m * count + c]!,
        });
    const left = found.capabilities.flatMap((capability, c) =>
      found.unpaired[c] === 0 ? [] : [`${found.unpaired[c]} of ${capability}`],
    );
    const notes = [
      ...found.capabilities.map((capability, c) => `${capability}: best ${found.winners[c]!.join(" and ")}`),
      ...(left.length === 0 ? [] : [`items left out, since some model has no value for them: ${left.join(", ")}`]),
    ];
    return { lines, notes };
  },
};
