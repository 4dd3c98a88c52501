import {
  NotEnoughDataError,
  type Random,
  random,
  type Seed,
  split,
  type Task,
  task,
  UsageError,
} from "../../core/index.ts";

/** A slot's numbers: low, low + step, … up to high. */
export interface SlotRange {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** The values of a template's slots, by name. */
export type Slots<S extends string> = Readonly<Record<S, number>>;

/** What an element of a benchmark is made of. */
export interface ElementDefinition<S extends string> {
  readonly id: string;
  /** The part of the field that it belongs to. */
  readonly setting: string;
  /** The functional family or form, such as "linear". */
  readonly type: string;
  readonly slots: Readonly<Record<S, SlotRange>>;
  /** The exact answer. */
  solve(slots: Slots<S>): number;
  /** Documented wrong procedures. */
  readonly wrong: readonly ((slots: Slots<S>) => number)[];
  /** May these values be asked about? Default: yes. */
  feasible?(slots: Slots<S>): boolean;
  /** Is the solution a corner? */
  corner?(slots: Slots<S>): boolean;
  /** Texts by domain and perspective; each has every slot once as `{name}`, and no digit outside slots. */
  readonly texts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An element whose texts have been checked. */
export interface Element extends ElementDefinition<string> {}

/** Options of `generate`. */
export interface GenerateOptions {
  readonly n: number;
  readonly seed: Seed;
  /** Default: drawn. */
  readonly domain?: string | undefined;
  readonly perspective?: string | undefined;
  /** Are the options in the prompt ("shown", the default), or only in `context.options`? */
  readonly options?: "shown" | "hidden" | undefined;
}

const MOST_DRAWS = 100;
const OPTIONS = 4;

/** Why a template's text will not do: a slot that is missing, unknown or repeated, or a number of its own; undefined if it will. */
export function templateFault(text: string, slots: readonly string[]): string | undefined {
  const found = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  for (const name of slots) {
    const times = found.filter((one) => one === name).length;
    if (times !== 1) return `the slot {${name}} stands ${times} times`;
  }
  const unknown = found.find((name) => !slots.includes(name));
  if (unknown !== undefined) return `there is no slot {${unknown}}`;
  return /\p{N}/u.test(text.replace(/\{\w+\}/g, "")) ? "it has a number of its own" : undefined;
}

/**
 * An element of a generated benchmark: a text with slots, an exact answer, and documented wrong answers.
 *
 * @throws UsageError for a text that lacks a slot, repeats one or has a number of its own
 * @source steer-me, its templates; general, so that other generators can use it
 * @example defineElement({ id: "sum", setting: "arithmetic", type: "linear", slots: { a: { low: 1, high: 9, step: 1 } }, … })
 */
export function defineElement<S extends string>(definition: ElementDefinition<S>): Element {
  const slots = Object.keys(definition.slots);
  for (const [domain, perspectives] of Object.entries(definition.texts))
    for (const [perspective, text] of Object.entries(perspectives)) {
      const fault = templateFault(text, slots);
      if (fault !== undefined) throw new UsageError(`${definition.id}, ${domain}, ${perspective}: ${fault}`);
    }
  return definition as unknown as Element;
}

const pick = <T>(r: Random, items: readonly T[]): T => items[r.below(items.length)]!;

function draw(element: Element, r: Random): Slots<string> {
  for (let tries = 0; tries < MOST_DRAWS; tries++) {
    const slots = Object.fromEntries(
      Object.entries(element.slots).map(([name, { low, high, step }]) => {
        const places = Math.max(0, Math.ceil(-Math.log10(step)));
        return [name, Number((low + step * r.below(Math.round((high - low) / step) + 1)).toFixed(places))];
      }),
    );
    const answer = element.solve(slots);
    if (element.feasible?.(slots) !== false && Number.isFinite(answer) && Math.abs(answer) >= 0.05) return slots;
  }
  throw new NotEnoughDataError(`${element.id}: no values that can be asked about in ${MOST_DRAWS} draws`);
}

/** Are two values told apart after rounding to two decimals and by more than 1 %? */
function apart(a: number, b: number): boolean {
  return a.toFixed(2) !== b.toFixed(2) && Math.abs(a - b) > 0.01 * Math.max(Math.abs(a), Math.abs(b));
}

/** The answer and wrong ones in random order: documented procedures first, then the answer off by 6 to 40 %. */
function optionsOf(element: Element, slots: Slots<string>, r: Random): number[] {
  const chosen = [element.solve(slots)];
  const add = (value: number): void => {
    if (chosen.length < OPTIONS && Number.isFinite(value) && chosen.every((one) => apart(one, value)))
      chosen.push(value);
  };
  for (const wrong of r.shuffled(element.wrong)) add(wrong(slots));
  while (chosen.length < OPTIONS) add(chosen[0]! * (1 + (r.below(2) === 0 ? -1 : 1) * (0.06 + 0.34 * r.uniform())));
  return r.shuffled(chosen);
}

/**
 * Fresh questions of an element, with four options.
 *
 * @returns tasks without candidates; `reference.answer` is the right option's text (two decimals), which `verify.choice` and
 *   `verify.numeric` both read; `context` holds `element`, `setting`, `domain`, `perspective`, `type`, `slots`, `options`, the
 *   unrounded `value`, and `corner` where the solution is one
 * @throws UsageError for an unknown domain or perspective, NotEnoughDataError where 100 draws give nothing that can be asked about
 * @example for await (const one of generate(steerElements[0]!, { n: 10, seed: seedFrom(1) })) one.reference?.answer
 */
export async function* generate(element: Element, options: GenerateOptions): AsyncGenerator<Task, void, undefined> {
  for (let made = 0; made < options.n; made++) {
    const r = random(split(split(options.seed, element.id), made));
    const domain = options.domain ?? pick(r, Object.keys(element.texts));
    const perspectives = element.texts[domain];
    if (perspectives === undefined) throw new UsageError(`${element.id} has no domain "${domain}"`);
    const perspective = options.perspective ?? pick(r, Object.keys(perspectives));
    const text = perspectives[perspective];
    if (text === undefined) throw new UsageError(`${element.id} has no perspective "${perspective}"`);
    const slots = draw(element, r);
    const shown = optionsOf(element, slots, r).map((value) => value.toFixed(2));
    const value = element.solve(slots);
    const question = text.replace(/\{(\w+)\}/g, (_, name: string) => String(slots[name]));
    const listed = shown.map((one, i) => `${String.fromCharCode(65 + i)}. ${one}`).join("\n");
    yield task(options.options === "hidden" ? question : `${question}\n\n${listed}`, [], value.toFixed(2), {
      id: `${element.id}/${made + 1}`,
      context: {
        element: element.id,
        setting: element.setting,
        domain,
        perspective,
        type: element.type,
        slots,
        options: shown,
        value,
        ...(element.corner?.(slots) === true ? { corner: true } : {}),
      },
    });
  }
}
