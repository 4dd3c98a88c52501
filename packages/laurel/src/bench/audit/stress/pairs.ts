import { answerText, type Example, isScored } from "../../../core/index.ts";
import { type Item, itemise, type Judged } from "../../../run/index.ts";

/** A labelled pair with its texts and what the reward gives them. */
export interface StressPair {
  example: Example;
  item: Item;
  /** Places of the better and the worse candidate in the file. */
  better: number;
  worse: number;
  /** Was the better one shown before the worse one? Default: as in the file. */
  betterFirst?: boolean | undefined;
  betterText: string;
  worseText: string;
}

/**
 * The labelled pairs of examples, those worked out from right and wrong (or values) included; ties of the raters left out.
 *
 * @param shown the order in which a reward of groups saw an example's candidates; default: that of the file
 */
export function stressPairs(
  examples: readonly Example[],
  judged: readonly Judged[],
  shown?: (example: Example) => readonly number[],
): StressPair[] {
  const known = new Map(examples.map((example) => [example.task.id, example]));
  const first = judged.filter(({ repeat }) => repeat === 0);
  if (first.length === 0) return [];
  return itemise(first, { basis: "preferences" }).items.map((item) => {
    const example = known.get(item.id)!;
    const [better, worse] = item.which.split(">").map(Number) as [number, number];
    const text = (place: number): string => answerText(example.task.candidates[place]!);
    const order = shown?.(example);
    const betterFirst = order === undefined ? better < worse : order.indexOf(better) < order.indexOf(worse);
    return { example, item, better, worse, betterFirst, betterText: text(better), worseText: text(worse) };
  });
}

/** The first pair of each example, so that no prompt counts more than another among the probes. */
export function onePerExample(pairs: readonly StressPair[]): StressPair[] {
  const seen = new Set<string>();
  return pairs.filter(({ item: { id } }) => !seen.has(id) && seen.add(id));
}

/** The standard deviation of all values that a reward gave, the scale on which shifts are told; 1 where all are equal. */
export function valueSd(judged: readonly Judged[]): number {
  let [n, sum, square] = [0, 0, 0];
  for (const { scores } of judged)
    for (const score of scores)
      if (isScored(score)) {
        n++;
        const before = n === 1 ? 0 : sum / (n - 1);
        sum += score.value;
        square += (score.value - before) * (score.value - sum / n);
      }
  return n > 1 && square > 0 ? Math.sqrt(square / (n - 1)) : 1;
}
