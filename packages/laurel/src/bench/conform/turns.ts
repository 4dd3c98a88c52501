import { type Json, type Random, random, split } from "../../core/index.ts";
import type { Case } from "../../rewards/verify/index.ts";
import { type SuiteInput, type SuiteOptions, seedOf } from "./suite.ts";

/** One draw of a class: a gold answer, texts that are right, and texts that are wrong by a small edit. */
export interface GoldDraw {
  readonly gold: Json;
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

/** A class of cases: a function of random numbers. */
export type DrawGold = (r: Random) => GoldDraw;

/** Draws in vain after which a class has nothing new to give. */
const MOST_TRIES = 40;

/**
 * Distinct cases from classes that take turns, a right and a wrong one each.
 * A class that has nothing new of one sort is passed over, so that there may be fewer than `count`.
 *
 * @param classes by name
 * @param count how many cases where `options` does not say
 */
export function* turns(
  classes: Readonly<Record<string, DrawGold>>,
  count: number,
  options: SuiteOptions,
): Generator<Case<SuiteInput>> {
  const seed = seedOf(options);
  const seen = new Set<string>();
  let open = Object.entries(classes).flatMap(([name, draw]) => {
    const r = random(split(seed, name));
    return [true, false].map((expected) => ({ name, draw, r, expected }));
  });
  const most = options.count ?? count;
  let made = 0;
  while (open.length > 0 && made < most) {
    const left: typeof open = [];
    for (const one of open) {
      if (made === most) return;
      const found = fresh(one.draw, one.r, one.expected, seen, one.name);
      if (found === undefined) continue;
      left.push(one);
      made++;
      yield { class: one.name, input: found, expected: one.expected };
    }
    open = left;
  }
}

function fresh(draw: DrawGold, r: Random, right: boolean, seen: Set<string>, name: string): SuiteInput | undefined {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const drawn = draw(r);
    const texts = right ? drawn.right : drawn.wrong;
    if (texts.length === 0) continue;
    const candidate = texts[r.below(texts.length)]!;
    const key = JSON.stringify([name, drawn.gold, candidate]);
    if (seen.has(key)) continue;
    seen.add(key);
    return { gold: drawn.gold, candidate };
  }
  return undefined;
}
