import {
  answerText,
  type Candidate,
  type Draft,
  failure,
  fault,
  fingerprintOf,
  floorOf,
  type JsonObject,
  type Reward,
  type Score,
  type Scores,
  type Span,
  type StepScorer,
  settle,
  type Unscored,
  unscored,
} from "../../core/index.ts";
import { type BlockRule, programText } from "../verify/code/extract.ts";
import type { Language } from "../verify/code/sandbox.ts";
import { statements } from "../verify/code/statements.ts";

/** Options of `lineReward`. */
export interface LineRewardOptions {
  /** A reward of the whole program, such as `codeOutcome()`, whose value is then the value; else the lines' mean is. */
  outcome?: Reward | undefined;
  language?: Language | undefined;
  /** Which fenced block is the program; default "last". */
  block?: Exclude<BlockRule, "all"> | undefined;
}

/**
 * Where the statements of an answer's program stand in the answer's text; blank lines and comments alone belong to none.
 *
 * @returns undefined where there is no program
 * @example codeLines(candidate("```python\nx = 1\nprint(x)\n```")) // [{ start: 10, end: 15 }, { start: 16, end: 24 }]
 */
export function codeLines(
  candidate: Candidate,
  options: Omit<LineRewardOptions, "outcome"> = {},
): readonly Span[] | undefined {
  const { language = "python", block = "last" } = options;
  const program = programText(candidate, language, block);
  if (program === undefined) return undefined;
  const text = answerText(candidate);
  // the block's text is the answer's but for carriage returns
  const plain = text.replaceAll("\r\n", "\n");
  const at = block === "last" ? plain.lastIndexOf(program.code) : plain.indexOf(program.code);
  if (at < 0) return undefined;
  const shift = text === plain ? undefined : offsets(text);
  const lines = program.code.split("\n");
  const starts: number[] = [at];
  for (const line of lines) starts.push(starts.at(-1)! + line.length + 1);
  return statements(program.code, language).map(({ first, last }) => {
    const indent = lines[first]!.length - lines[first]!.trimStart().length;
    const start = starts[first]! + indent;
    const end = starts[last]! + lines[last]!.length;
    return shift === undefined ? { start, end } : { start: shift[start]!, end: shift[end - 1]! + 1 };
  });
}

/** For each place of a text without the carriage returns of its line ends, the place in the text. */
function offsets(text: string): Uint32Array {
  const found = new Uint32Array(text.length + 1);
  let n = 0;
  for (let i = 0; i < text.length; i++) if (!(text[i] === "\r" && text[i + 1] === "\n")) found[n++] = i;
  found[n] = text.length;
  return found.subarray(0, n + 1);
}

/**
 * Line rewards of a program from a process reward model, and the value of the whole.
 *
 *     r_i = 2·P_i − 1 in [−1, 1], P_i the model's probability that line i is right
 *
 * The model is given the program's statements as the candidate's `steps` (their own, where a candidate has them). The line
 * rewards stand in `local` (unit "line"), for a trainer that credits each line; the value is the outcome's, or their mean.
 * `parts.lines` is the mean and `parts.outcome` the outcome, so that lines that are merely always true show as a mean that
 * rises without the outcome.
 *
 * An answer without a program is the fault `no-answer`; a line without a score makes the answer unscored (`undecided`) where the mean
 * is the value, and stays null in `local` where the outcome is.
 *
 * @param prm scores steps with probabilities in [0, 1]
 * @source prlcoder, phase 3; the scale of r_i is the specification's choice
 * @example lineReward(prm, { outcome: codeOutcome() })
 */
export function lineReward(prm: StepScorer, options: LineRewardOptions = {}): Reward {
  const { outcome, language = "python", block = "last" } = options;
  const own: JsonObject = { kind: "lineReward", language, block };
  const floor = outcome === undefined ? -1 : floorOf(outcome);
  const about = {
    name: `lineReward(${[prm.name, ...(outcome === undefined ? [] : [outcome.name])].join(", ")})`,
    ...(outcome === undefined
      ? { range: [-1, 1] as const }
      : outcome.range === undefined
        ? {}
        : { range: outcome.range }),
    ...(floor === undefined ? {} : { floor }),
  };

  const draftOf = (steps: readonly (number | null)[] | Unscored, whole: Score | undefined): Draft => {
    if (!Array.isArray(steps)) return steps as Unscored;
    const p = steps as readonly (number | null)[];
    const wrong = p.find((one) => one !== null && !(one >= -1e-9 && one <= 1 + 1e-9));
    if (wrong !== undefined) return unscored("bug", `${prm.name} gave the score ${wrong}, outside [0, 1]`);
    const values = p.map((one) => (one === null ? null : Math.min(1, Math.max(-1, 2 * one - 1))));
    const known = values.filter((one) => one !== null);
    const mean = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
    const local = [{ unit: "line" as const, values }];
    if (whole !== undefined) {
      if (whole.unscored !== undefined) return whole;
      return { ...whole, local, parts: { ...whole.parts, lines: mean, outcome: whole.value } };
    }
    if (mean === null || known.length < values.length)
      return unscored("undecided", `${values.length - known.length} of ${values.length} lines have no score`);
    return { value: mean, local, parts: { lines: mean } };
  };

  return {
    ...about,
    fingerprint: fingerprintOf("lineReward", "", { version: 1, spec: own }, [
      prm.fingerprint,
      ...(outcome === undefined ? [] : [outcome.fingerprint]),
    ]),
    sees: "candidate",
    work: outcome === undefined ? "io" : "compose",
    ...(outcome === undefined ? {} : { children: [outcome] }),
    ...(prm.random === true || outcome?.random === true ? { random: true } : {}),
    async score(tasks, ctx): Promise<Scores> {
      const split = tasks.map((task) => ({
        ...task,
        candidates: task.candidates.map((one) => ({
          ...one,
          steps: one.steps ?? codeLines(one, { language, block }) ?? [],
        })),
      }));
      let rows: Awaited<ReturnType<StepScorer["scoreSteps"]>>;
      let wholes: Scores | undefined;
      try {
        [rows, wholes] = await Promise.all([
          prm.scoreSteps(split, ctx),
          outcome === undefined ? undefined : ctx.score(outcome, tasks),
        ]);
      } catch (thrown) {
        const failed = failure(about.name, thrown, ctx);
        return tasks.map((task) => task.candidates.map(() => failed));
      }
      return split.map((task, t) =>
        task.candidates.map((one, c): Score => {
          if (one.steps.length === 0) return settle(fault("no-answer", { facts: { lines: 0 } }), about);
          const steps = rows[t]?.[c];
          if (steps === undefined) return unscored("bug", `${prm.name} skipped a candidate`);
          if (Array.isArray(steps) && steps.length !== one.steps.length)
            return unscored("bug", `${prm.name} scored ${steps.length} of ${one.steps.length} lines`);
          return settle(draftOf(steps, wholes?.[t]?.[c]), about);
        }),
      );
    },
  };
}
