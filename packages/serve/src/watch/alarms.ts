import { quantileOfSorted } from "laurel/stats";
import { type Keyed, type Short, shareOf, shiftOf } from "./estimate.ts";
import type { Ends } from "./ring.ts";
import { type Answer, type Both, disagreements, flatGroups } from "./span.ts";

/** Something that somebody should look at. */
export interface Alarm {
  id: "unscored" | "faults" | "constant" | "flat" | "length" | "again" | "latency" | "disagree" | "apart";
  /** A sentence with its figures. */
  message: string;
  /** What to do. */
  advice: string;
}

/** What alarms are raised from. */
export interface Evidence {
  answers: Ends<Answer>;
  /** Milliseconds of requests. */
  latencies: Ends<number>;
  both: Ends<Both>;
}

/** Fewer answers raise no alarm. */
const least = 100;

const percent = (value: number): string => `${Number((100 * value).toPrecision(2))} %`;
const shareText = ({ value, low, high }: Short): string => `${percent(value)} [${percent(low)}, ${percent(high)}]`;
const number = (value: number): string => String(Number(value.toPrecision(3)));

function mostOf(names: readonly (string | null)[]): string {
  const counts = Map.groupBy(
    names.filter((name) => name !== null),
    (name) => name,
  );
  return [...counts].sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? "";
}

/**
 * Raises what the last answers show, against the first ones where it is a matter of drift. An alarm needs the whole interval beyond its
 * bound, not the value alone.
 */
export function alarmsOf({ answers, latencies, both }: Evidence): Alarm[] {
  const found: Alarm[] = [];
  const now = answers.now;
  if (now.length >= least) {
    const unscored = shareOf(now.map(({ key, reason }) => ({ key, value: reason === null ? 0 : 1 })));
    if (unscored !== null && unscored.low > 0.02)
      found.push({
        id: "unscored",
        message: `${shareText(unscored)} of the last ${now.length} answers have no score, most of them ${mostOf(now.map(({ reason }) => reason))}`,
        advice: "the trainer is told what the protocol says for a missing score: look at the reason before going on",
      });
    const faults = shareOf(now.map(({ key, fault }) => ({ key, value: fault === null ? 0 : 1 })));
    if (faults !== null && faults.low > 0.5)
      found.push({
        id: "faults",
        message: `${shareText(faults)} of the last ${now.length} answers are faults, most of them ${mostOf(now.map(({ fault }) => fault))}`,
        advice: "the policy fails before its answer counts: is the form that the reward wants in the prompt?",
      });
    const values = now.flatMap(({ value }) => (value === null ? [] : [value]));
    if (values.length >= least && values.every((value) => value === values[0]))
      found.push({
        id: "constant",
        message: `each of the last ${values.length} scores is ${number(values[0]!)}`,
        advice: "nothing can be learned from it: is the reference there, and does the reward read the right part?",
      });
    const flat = shareOf(flatGroups(now));
    if (flat !== null && flat.n >= 20 && flat.low > 0.5)
      found.push({
        id: "flat",
        message: `in ${shareText(flat)} of the last ${flat.n} groups all scores are equal, so that they teach nothing`,
        advice: "take harder or easier prompts, larger groups, or a reward with finer grades",
      });
  }
  if (answers.full) {
    const lengths = shiftOf(...ends(answers, ({ length }) => length));
    if (
      lengths !== null &&
      Math.min(Math.abs(lengths.low), Math.abs(lengths.high)) > 0.25 * lengths.from &&
      lengths.low * lengths.high > 0
    )
      found.push({
        id: "length",
        message: `answers are ${number(Math.abs(lengths.value))} [${number(Math.min(Math.abs(lengths.low), Math.abs(lengths.high)))}, ${number(Math.max(Math.abs(lengths.low), Math.abs(lengths.high)))}] characters ${lengths.value > 0 ? "longer" : "shorter"} than the first ones (${number(lengths.from)})`,
        advice: "does the reward go with length? laurel audit reward --stress tells",
      });
    const again = shiftOf(...ends(answers, (one) => (one.again ? 1 : 0)));
    if (again !== null && again.low > 0.2)
      found.push({
        id: "again",
        message: `answers that came before word for word are ${percent(again.value)} [${percent(again.low)}, ${percent(again.high)}] more than at first`,
        advice: "the policy narrows: look at its entropy, its temperature and what it repeats",
      });
  }
  if (latencies.full) {
    const p95 = (list: readonly number[]): number => quantileOfSorted(Float64Array.from(list).sort(), 0.95);
    const [then, late] = [p95(latencies.first), p95(latencies.last)];
    if (late > 4 * then && late > 200)
      found.push({
        id: "latency",
        message: `one request in twenty takes ${number(late)} ms or more; at first it was ${number(then)} ms`,
        advice: "longer answers, a slower model behind the reward, or too few workers",
      });
  }
  const pairs = shareOf(disagreements(both.now));
  if (pairs !== null && pairs.n >= least && pairs.low > 0.2)
    found.push({
      id: "disagree",
      message: `the shadow turns ${shareText(pairs)} of the last ${pairs.n} pairs that the reward tells apart`,
      advice: "read a few of these pairs: one of the two is wrong about them",
    });
  if (both.full) {
    const used = shiftOf(...ends(both, (one) => one.used));
    const shadow = shiftOf(...ends(both, (one) => one.shadow));
    if (used !== null && shadow !== null && used.low > 0 && shadow.high < 0)
      found.push({
        id: "apart",
        message: `the reward has risen by ${number(used.value)} and its shadow fallen by ${number(-shadow.value)} since the first answers`,
        advice: "this is what a reward looks like that is being gamed: stop and read the answers",
      });
  }
  return found;
}

/** The last and the first, as `shiftOf` takes them; a prompt that comes again later is another one. */
function ends<T extends { key: string }>(of: Ends<T>, value: (one: T) => number): [now: Keyed[], then: Keyed[]] {
  const keyed = (list: readonly T[]): Keyed[] => list.map((one) => ({ key: one.key, value: value(one) }));
  return [keyed(of.last), keyed(of.first)];
}
