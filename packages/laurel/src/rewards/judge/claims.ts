import { unscored } from "../../core/index.ts";
import { passagesOf } from "../verify/citations.ts";
import type { JudgeOptions } from "./ask.ts";
import { candidateJudge } from "./candidate-judge.ts";
import { type JudgeReward, question, referenceText, shown } from "./judge.ts";
import { type Prompt, prompt } from "./prompt.ts";
import { onScale, scale } from "./scales.ts";
import { type Grammar, jsonVerdict } from "./verdict.ts";
import { voted } from "./votes.ts";

/** What is checked claim by claim. */
export type ClaimCheck = "faithfulness" | "context-recall" | "context-precision" | "factuality";

/** Options of `claimJudge`. */
export interface ClaimOptions extends JudgeOptions {
  check: ClaimCheck;
}

const system =
  "You split texts into claims and check each claim by the given material alone, not by what you know. A claim is one statement that can be true or false. A claim counts as supported only if the material states or clearly implies it.";
const end = 'Answer with JSON only: {"claims": [{"claim": "…", "supported": 1 or 0}, …]}.';

const prompts: Readonly<Record<ClaimCheck, Prompt>> = {
  faithfulness: prompt({
    name: "claims-faithfulness",
    version: 1,
    system,
    user: `The request:\n{{quote prompt}}\n\nThe passages:\n{{quote passages}}\n\nThe answer:\n{{quote answer}}\n\nWrite every claim of the answer, and whether the passages support it. ${end}`,
  }),
  "context-recall": prompt({
    name: "claims-context-recall",
    version: 1,
    system,
    user: `The request:\n{{quote prompt}}\n\nThe reference answer:\n{{quote reference}}\n\nThe passages:\n{{quote passages}}\n\nWrite every claim of the reference answer, and whether the passages support it. ${end}`,
  }),
  "context-precision": prompt({
    name: "claims-context-precision",
    version: 1,
    system:
      "You decide which passages help to answer a request. A passage is useful if it holds something that the right answer needs.",
    user: 'The request:\n{{quote prompt}}\n\n{{#reference}}The reference answer:\n{{quote reference}}\n\n{{/reference}}The passages, in the order in which they were found:\n{{quote passages}}\n\nFor each passage in its order give 1 if it is useful and 0 if it is not. Answer with JSON only: {"useful": [1, 0, …]}, a list of {{count}}.',
  }),
  factuality: prompt({
    name: "claims-factuality",
    version: 1,
    system,
    user: `The request:\n{{quote prompt}}\n\nThe reference answer, which is right:\n{{quote reference}}\n\nThe answer:\n{{quote answer}}\n\nWrite every claim of the answer, and whether the reference answer supports it. ${end}`,
  }),
};

/** One claim and whether the material supports it. */
interface Claim {
  claim: string;
  supported: number;
}

const claimList: Grammar<readonly Claim[]> = jsonVerdict<readonly Claim[]>("claims", end, (value) => {
  const list = value["claims"];
  if (!Array.isArray(list)) return { unreadable: "claims is not a list" };
  const claims: Claim[] = [];
  for (const entry of list) {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      return { unreadable: "a claim is no object" };
    const { claim, supported } = entry as Record<string, never>;
    const bit = supported === true ? 1 : supported === false ? 0 : onScale(supported, scale(0, 1));
    if (typeof claim !== "string" || bit === undefined) return { unreadable: "a claim lacks its text or its 0 or 1" };
    claims.push({ claim, supported: bit });
  }
  return claims;
});

/**
 * A judge that counts claims, as ragas and deepeval do: the share of claims that the material supports.
 *
 *     faithfulness       claims of the answer that the passages support
 *     factuality         claims of the answer that the reference supports
 *     context-recall     claims of the reference that the passages support (a property of the passages, not of the answer)
 *     context-precision  average precision of the passages' order: Σ_k precision@k·useful_k / Σ useful_k; 0 without a useful one
 *
 * The value is in [0, 1], the mean over votes. An answer without any claim ("I do not know") is unscored (`undecided`).
 * `context.passages` is a list of `{ id, text }`.
 *
 * @source ragas' definitions of these four; the wording is ours
 * @example claimJudge({ model, check: "faithfulness" })
 */
export function claimJudge(options: ClaimOptions): JudgeReward {
  const { check } = options;
  const asked = prompts[check];
  const about = check === "context-precision" || check === "context-recall";
  const useful = (count: number): Grammar<readonly Claim[]> =>
    jsonVerdict<readonly Claim[]>(
      "useful",
      `Answer with JSON only: {"useful": [1, 0, …]}, a list of ${count}.`,
      (value) => {
        const list = value["useful"];
        if (!Array.isArray(list) || list.length !== count) return { unreadable: `useful is not a list of ${count}` };
        const bits = list.map((bit) => (bit === true ? 1 : bit === false ? 0 : onScale(bit, scale(0, 1))));
        if (bits.some((bit) => bit === undefined)) return { unreadable: "useful holds something besides 0 and 1" };
        return bits.map((supported, k) => ({ claim: `passage ${k + 1}`, supported: supported! }));
      },
    );
  return candidateJudge<readonly Claim[]>(about ? { ...options, guard: "off" } : options, {
    form: "judge.claims",
    prompts: [asked],
    grammars: [check === "context-precision" ? useful(1).id : claimList.id],
    range: [0, 1],
    more: { check },
    prepare(candidate, task) {
      const reference = check === "faithfulness" ? undefined : referenceText(task);
      if (reference === undefined && (check === "context-recall" || check === "factuality"))
        return unscored("missing-reference", `${check} needs a reference answer and the task has none`);
      const passages = check === "factuality" ? undefined : passagesOf(task);
      if (passages === undefined && check !== "factuality")
        return unscored("missing-reference", `${check} needs context.passages and the task has none`);
      return {
        prompt: asked,
        values: {
          prompt: question(task),
          answer: shown(candidate),
          ...(reference === undefined ? {} : { reference }),
          ...(passages === undefined
            ? {}
            : { passages: { each: passages.map(({ text }) => text) }, count: passages.length }),
        },
        grammar: check === "context-precision" ? useful(passages!.length) : claimList,
      };
    },
    conclude({ votes }) {
      const shares = votes.flatMap(({ verdict }) => (verdict.length === 0 ? [] : [share(verdict, check)]));
      if (shares.length === 0) return unscored("undecided", "the text makes no claim that could be checked");
      const first = votes.find(({ verdict }) => verdict.length > 0)!.verdict;
      return {
        value: voted(shares),
        rationale: first
          .map(({ claim, supported }) => `${supported === 1 ? "supported" : "not supported"}: ${claim}`)
          .join("\n"),
        facts: { claims: first.length, supported: first.filter(({ supported }) => supported === 1).length },
      };
    },
  });
}

function share(claims: readonly Claim[], check: ClaimCheck): number {
  const hits = claims.reduce((sum, { supported }) => sum + supported, 0);
  if (check !== "context-precision") return hits / claims.length;
  if (hits === 0) return 0;
  let seen = 0;
  let sum = 0;
  for (const [k, { supported }] of claims.entries())
    if (supported === 1) {
      seen++;
      sum += seen / (k + 1);
    }
  return sum / hits;
}
