// Compares the objectives of a reward model on one world and prints docs/objectives.md's table:
// node --conditions=source scripts/objectives.ts [WORLDS, default 40]
import { compareObjectives } from "@laurel/lab/worlds/preferences";
import { type Estimate, seedFrom } from "laurel";

const worlds = Number(process.argv[2] ?? 40);
const scenarios = {
  "400 pairs": {},
  "100 pairs": { pairs: 100 },
  "20 % turned round": { flips: 0.2 },
  "careless ratings": { ratingNoise: 2.4 },
};
const seed = seedFrom("objectives");
const columns = [];
for (const scenario of Object.values(scenarios)) columns.push(await compareObjectives({ ...scenario, worlds, seed }));

const points = (x: number): string => (100 * x).toFixed(1).replace("-", "−");
const cell = ({ value, low, high }: Estimate): string => `${points(value)} [${points(low)}, ${points(high)}]`;
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
console.log(row(["objective", ...Object.keys(scenarios)]));
console.log(row(["---", ...columns.map(() => "---")]));
for (const [i, { objective }] of columns[0]!.entries())
  console.log(row([objective, ...columns.map((own) => cell(i === 0 ? own[i]!.accuracy : own[i]!.gain))]));
