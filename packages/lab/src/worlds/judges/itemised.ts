import { hashJson, random, type Seed, split } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import type { Piece } from "./answer-text.ts";
import { type Drawn, type JudgeTraits, steepnessOf, type View } from "./decide.ts";
import type { JudgePrompt } from "./judge-prompt.ts";

/** What an answer of many small verdicts is made from. */
export interface Itemised {
  prompt: JudgePrompt;
  traits: JudgeTraits;
  view: View;
  drawn: Drawn;
  seed: Seed;
}

const same = (text: string): string => text.replace(/\s+/g, " ").trim().toLowerCase();
const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
/** What a text claims: its sentences but the one that opens it. */
const claimsOf = (text: string): string[] => sentencesOf(text).slice(1);

/** A 1 or a 0 that is right with the judge's accuracy; whatever is asked about the same item is drawn the same way. */
function bit({ traits, seed }: Itemised, item: readonly string[], truth: boolean): Piece {
  const p = sigmoid(truth ? steepnessOf(traits) : -steepnessOf(traits));
  const yes = random(split(seed, hashJson(["item", ...item]))).uniform() < p;
  return {
    token: yes ? "1" : "0",
    among: [
      { token: "1", p },
      { token: "0", p: 1 - p },
    ],
  };
}

function joined(items: readonly (readonly Piece[])[]): Piece[] {
  return items.flatMap((item, i) => (i === 0 ? item : [", ", ...item]));
}

/**
 * The answer to a prompt that asks for many small verdicts; undefined for any other prompt.
 *
 * A critique of steps (`\boxed{correct}` after each, up to the first that it calls incorrect, then Yes or No): a step's verdict is the check of its text.
 * Facts (`{"present": [1, 0, …]}`): a fact is present where the text holds its sentence. Claims (`{"claims": [{"claim", "supported"}]}`): the sentences of
 * the answer, or of the reference where there is no answer, held against the passages, or the reference. Passages (`{"useful": [1, 0, …]}`): one is
 * useful where it holds a sentence of the reference. Of the last three each verdict is right with the judge's accuracy (of a slope, that of half a unit).
 */
export function itemisedAnswer(about: Itemised): Piece[] | undefined {
  const { prompt, view, drawn } = about;
  const { instructions, candidates, reference, passages, followUp } = prompt;
  const answer = candidates[0]?.text ?? "";
  const steps = /\\boxed\{incorrect\}/.test(instructions) && /\bstep\b/i.test(instructions);
  if (steps && candidates.length > 0) {
    const whole = drawn.checks.every((right) => right);
    const p = view.checks.reduce((product, logit) => product * sigmoid(logit), 1);
    const said: Piece = {
      token: whole ? "Yes" : "No",
      among: [
        { token: "Yes", p },
        { token: "No", p: 1 - p },
      ],
    };
    if (followUp !== null && /\byes or no\b/i.test(followUp)) return [said];
    const until = whole ? candidates.length : drawn.checks.indexOf(false) + 1;
    return [
      ...Array.from(
        { length: until },
        (_, k) => `Step ${k + 1}: I recomputed it. \\boxed{${drawn.checks[k] ? "correct" : "incorrect"}}\n`,
      ),
      said,
    ];
  }
  if (/"present":\s*\[/.test(instructions)) {
    const facts = [...instructions.matchAll(/^(\d{1,4})\. (.+)$/gm)].map((match) => match[2]!);
    const bits = facts.map((fact) => [bit(about, [answer, fact], same(answer).includes(same(fact)))]);
    return ['{"present": [', ...joined(bits), "]}"];
  }
  if (/"claims":\s*\[\s*\{\s*"claim"/.test(instructions)) {
    const claims = claimsOf(candidates.length > 0 ? answer : (reference?.text ?? ""));
    const material = passages.length > 0 ? passages : reference === null ? [] : [reference.text];
    const held = material.map(same);
    const verdicts = claims.map((claim): Piece[] => [
      `{"claim": ${JSON.stringify(claim)}, "supported": `,
      bit(
        about,
        [claim, ...material],
        held.some((text) => text.includes(same(claim))),
      ),
      "}",
    ]);
    return ['{"claims": [', ...joined(verdicts), "]}"];
  }
  if (/"useful":\s*\[/.test(instructions)) {
    const wanted = claimsOf(reference?.text ?? "").map(same);
    const bits = passages.map((passage) => [
      bit(
        about,
        [passage],
        wanted.some((claim) => same(passage).includes(claim)),
      ),
    ]);
    return ['{"useful": [', ...joined(bits), "]}"];
  }
  return undefined;
}
