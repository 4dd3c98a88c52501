import type { Benchmark } from "./benchmark.ts";

const plain = (value: number): string => String(Number(value.toFixed(4)));

/** A benchmark's page in Markdown: how far real rows back it, data and licence, rule, chance level, figures, pitfalls, published results. */
export function benchmarkPage(one: Benchmark): string {
  const { data, rule, chance, published } = one;
  const place =
    data.hub === undefined
      ? "not on the hub"
      : `hub:${data.hub}${data.config === undefined ? "" : `, configuration ${data.config}`}${data.split === undefined ? "" : `, split ${data.split}`}`;
  const lines = [
    `# ${one.title}`,
    "",
    `${one.about[0]!.toUpperCase()}${one.about.slice(1)}.`,
    "",
    `- tier: ${one.tier}: ${one.tierWhy}`,
    `- data: ${place}; licence ${data.licence}`,
    `- columns: ${data.columns}`,
    `- asks for: ${one.asks}`,
    `- rule: ${rule.text}`,
    `- source of the rule: ${rule.source}`,
    `- an unscored item: ${rule.unscored === "drop" ? "is left out, and counted" : `gets ${plain(rule.unscored)}`}`,
    `- chance: ${plain(chance.value)}, ${chance.why}`,
    ...(one.rightFirst ? ["- a score file alone is enough: right candidates come first in the published file"] : []),
    "",
    "## Figures",
    "",
    ...rule.figures.map((own, i) => `- ${own.name}${i === 0 ? " (headline)" : ""}: ${own.about}`),
    "",
    "## Pitfalls",
    "",
    ...one.pitfalls.map((line) => `- ${line}`),
    "",
    "## Published results",
    "",
    ...(published.length === 0
      ? ["None that could be confirmed."]
      : published.map((row) => {
          const values = Object.entries(row.figures).map(([name, value]) => `${name} ${plain(value)}`);
          return `- ${row.system}: ${values.join(", ")} (${row.source}${row.reproduced ? "; comes out of real rows in this repository's tests" : ""})`;
        })),
    "",
    "## Run",
    "",
    `    laurel bench run ${one.id} DATA --${one.asks.startsWith("pairs") ? "comparer JUDGE" : "reward SPEC"} --out RUN.jsonl`,
    "",
  ];
  return lines.join("\n");
}
