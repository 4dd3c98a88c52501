import { type Candidate, type Comparer, candidateHash, hashJson, pairwise, type Seed, type Task } from "laurel";
import { castVote, type Hardness, voteLaw, type ZooItem, type ZooTraits } from "./judge-zoo.ts";

/** How a judge of the zoo reads a task. */
export interface ZooReading {
  item(candidate: Candidate, task: Task): ZooItem;
  hard?(task: Task): Hardness;
}

/**
 * A judge of the zoo as a `Comparer`.
 *
 * @param reading what the judge sees of candidates, such as latents parsed from their text
 * @param o `says`: "votes" draws a vote (p of 0, 1 or 0.5, stated confidence as `strength`, fresh noise a repeat of the context), "law" gives the exact
 *   probabilities (p = P(first) + P(tie)/2, tie = P(tie)); `seed` of the votes
 * @example zooComparer(drawZoo(zooPresets.judgebench, 40, seed)[0]!, { item: (candidate) => itemOf(answerText(candidate)) }, { says: "votes", seed })
 */
export function zooComparer(judge: ZooTraits, reading: ZooReading, o: { says: "votes" | "law"; seed: Seed }): Comparer {
  return pairwise(
    judge.name,
    (a, b, task, ctx) => {
      const [first, second] = [reading.item(a, task), reading.item(b, task)];
      const hard = reading.hard?.(task) ?? {};
      if (o.says === "law") {
        const law = voteLaw(judge, first, second, hard);
        return { p: law.first + law.tie / 2, tie: law.tie };
      }
      const pair = hashJson([task.id, candidateHash(a), candidateHash(b)]);
      const { vote, confidence } = castVote(judge, first, second, { hard, pair, repeat: ctx.repeat }, o.seed);
      return { p: vote === "tie" ? 0.5 : vote === "first" ? 1 : 0, tie: vote === "tie" ? 1 : 0, strength: confidence };
    },
    { work: "cpu" },
  );
}
