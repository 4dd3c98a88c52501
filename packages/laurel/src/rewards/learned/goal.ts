import {
  answerText,
  type Context,
  type Embedder,
  failure,
  fingerprintOf,
  hashJson,
  promptText,
  type Reward,
  type StepScorer,
  type Task,
  type Unscored,
  UsageError,
} from "../../core/index.ts";
import { stepwise } from "../process/stepwise.ts";

/**
 * The goal that prefixes are measured against: the mean representation of whole answers that reached it.
 *
 * mean of h / ‖h‖ over the answers; with `raw`, the mean of h
 *
 * @param embedder represents a text by the state at its end, such as a served decoder's last-token pooling
 * @param examples tasks whose candidates all reached the goal: preferred, right or most helpful answers, of the training data only
 * @param options `raw`: true does not scale the states to length 1 first, as the released code does not
 * @returns embedder.dim numbers
 * @throws UsageError where there is no answer, or none has a representation
 * Source: Nath et al. (2024), examples/get_representation.py
 * @example const goal = await goalPrototype(embedder, rightSolutions, ctx);
 */
export async function goalPrototype(
  embedder: Embedder,
  examples: Iterable<Task>,
  ctx: Context,
  options: { raw?: boolean | undefined } = {},
): Promise<Float32Array> {
  const texts = [...examples].flatMap((task) => task.candidates.map((one) => prefixText(task, answerText(one))));
  if (texts.length === 0) throw new UsageError("a goal needs at least one answer that reached it");
  const sum = new Float64Array(embedder.dim);
  let n = 0;
  for (const vector of await embedder.embed(texts, ctx)) {
    if ("unscored" in vector) continue;
    const length = options.raw === true ? 1 : Math.hypot(...vector);
    if (length === 0) continue;
    for (let d = 0; d < sum.length; d++) sum[d]! += vector[d]! / length;
    n++;
  }
  if (n === 0) throw new UsageError(`${embedder.name} represents none of the ${texts.length} answers of the goal`);
  return Float32Array.from(sum, (x) => x / n);
}

/**
 * The reward `learned.goal`: how much an answer points to a goal, at the end of each of its steps and at its own end.
 *
 * Q_t = cos(h_t, goal), h_t the representation of the prompt with the answer up to step t; the value is Q at the end
 *
 * Steps are the candidate's `steps`, without which the answer is one step. Unscored: the embedder's own reason where it gives no vector; a
 * vector of zeros has Q = 0. An answer without text is a fault (`no-answer`).
 *
 * @param options `embedder`, and a `prototype` from `goalPrototype` of the same embedder
 * @throws UsageError where their dimensions differ, or the prototype is all 0
 * Source: Nath et al. (2024), Q-values at use. `filteredVote` stops on them.
 * @example goalValue({ embedder, prototype: await goalPrototype(embedder, rightSolutions, ctx) })
 */
export function goalValue({ embedder, prototype }: { embedder: Embedder; prototype: Float32Array }): Reward {
  if (prototype.length !== embedder.dim)
    throw new UsageError(`a goal of ${prototype.length} numbers for representations of ${embedder.dim}`);
  const length = Math.hypot(...prototype);
  if (!(length > 0)) throw new UsageError("the goal is a vector of zeros or holds no numbers");
  const name = "learned.goal";
  const scorer: StepScorer = {
    name,
    fingerprint: fingerprintOf("steps", name, { version: 1, spec: { goal: hashJson([...prototype]) } }, [
      embedder.fingerprint,
    ]),
    async scoreSteps(tasks, ctx) {
      const texts: string[] = [];
      const ends = tasks.map((task) =>
        task.candidates.map((one) => {
          const answer = answerText(one);
          const spans = one.steps ?? (answer === "" ? [] : [{ start: 0, end: answer.length }]);
          return spans.map(({ end }) => texts.push(prefixText(task, answer.slice(0, end))) - 1);
        }),
      );
      try {
        const vectors = texts.length === 0 ? [] : await embedder.embed(texts, ctx);
        return ends.map((row) =>
          row.map((places): readonly number[] | Unscored => {
            const values: number[] = [];
            for (const place of places) {
              const vector = vectors[place]!;
              if ("unscored" in vector) return vector;
              values.push(cosine(vector, prototype, length));
            }
            return values;
          }),
        );
      } catch (thrown) {
        const failed = failure(name, thrown, ctx) as Unscored;
        return ends.map((row) => row.map(() => failed));
      }
    },
  };
  return stepwise(scorer, { aggregate: "last", range: [-1, 1], floor: -1, name });
}

/** Prompt and answer as one text. */
function prefixText(task: Task, answer: string): string {
  return `${promptText(task)}\n${answer}`;
}

function cosine(vector: Float32Array, goal: Float32Array, length: number): number {
  let [dot, squares] = [0, 0];
  for (let d = 0; d < goal.length; d++) {
    dot += vector[d]! * goal[d]!;
    squares += vector[d]! ** 2;
  }
  return squares === 0 ? 0 : Math.max(-1, Math.min(1, dot / (Math.sqrt(squares) * length)));
}
