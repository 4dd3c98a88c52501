import { readFileSync } from "node:fs";
import { textStyle } from "laurel/rewards";
import { styleControl } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { dataPath } from "../data.ts";

const file = dataPath("pandalm/rows.jsonl");

describe("style control of PandaLM's battles", () => {
  it.skipIf(file === undefined)(
    `swaps second and third place by human majority, within noise; length counts for annotators and judge${file === undefined ? " (skipped: the shared data is absent)" : ""}`,
    () => {
      const rows = readFileSync(file!, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, string | number>);
      const names = [...new Set(rows.flatMap((row) => String(row["cmp_key"]).split("_")))];
      const rated = (result: (row: (typeof rows)[number]) => number | undefined) => {
        const played = rows.filter((row) => result(row) !== undefined);
        const at = (k: number) =>
          Int32Array.from(played, (row) => names.indexOf(String(row["cmp_key"]).split("_")[k]!));
        const games = { first: at(0), second: at(1), result: Float64Array.from(played, (row) => result(row)!) };
        const styles = (["length", "headers", "lists", "bold"] as const).map((name) => ({
          name,
          first: played.map((row) => textStyle(String(row["response1"]))[name]),
          second: played.map((row) => textStyle(String(row["response2"]))[name]),
        }));
        const order = (ratings: readonly { value: number }[]) =>
          names.toSorted((a, b) => ratings[names.indexOf(b)]!.value - ratings[names.indexOf(a)]!.value);
        const [plain, controlled] = [styleControl(games, 5, []), styleControl(games, 5, styles)];
        return { before: order(plain.ratings), after: order(controlled.ratings), length: controlled.styles[0]!.effect };
      };
      const human = rated((row) => {
        const votes = [1, 2, 3].map((k) => Number(row[`annotator${k}`]));
        const majority = votes.find((one) => votes.filter((other) => other === one).length > 1)!;
        return [0.5, 1, 0][majority];
      });
      expect(human.before.slice(0, 3)).toEqual(["llama-7b", "pythia-6.9b", "bloom-7b"]);
      expect(human.after.slice(0, 3)).toEqual(["llama-7b", "bloom-7b", "pythia-6.9b"]);
      expect(human.length.value).toBeCloseTo(0.899, 3);
      expect(human.length.low).toBeCloseTo(0.705, 3);
      const judge = rated((row) => ({ "1": 1, "2": 0, Tie: 0.5 })[String(row["gpt_3_5_turbo"])]);
      expect(judge.after).toEqual(judge.before);
      expect(judge.length.value).toBeCloseTo(0.561, 3);
    },
  );
});
