import { type Random, random, type Seed, split } from "../core/index.ts";

/** A generated row: a word problem with candidate solutions, the answer, and which candidates are right. */
export interface DemoRow {
  id: string;
  prompt: string;
  candidates: string[];
  answer: string;
  labels: { correct: boolean[] };
}

interface Problem {
  text: string;
  steps: readonly string[];
  answer: number;
  unit: string;
}

const names = ["Ada", "Ben", "Chidi", "Dora", "Emil", "Fatima", "Goro", "Hana"];

const problems: readonly ((r: Random) => Problem)[] = [
  (r) => {
    const [boxes, each, eaten] = [2 + r.below(8), 3 + r.below(20), 1 + r.below(5)];
    const name = pick(r, names);
    return {
      text: `${name} buys ${boxes} boxes with ${each} apples each and eats ${eaten} of them. How many apples are left?`,
      steps: [
        `${boxes} boxes hold ${boxes} * ${each} = ${boxes * each} apples.`,
        `${boxes * each} - ${eaten} = ${boxes * each - eaten} are left.`,
      ],
      answer: boxes * each - eaten,
      unit: "apples",
    };
  },
  (r) => {
    const [speed, hours, rest] = [40 + 5 * r.below(12), 2 + r.below(5), 10 + r.below(40)];
    return {
      text: `A train goes ${speed} km an hour for ${hours} hours and then ${rest} km more. How many kilometres does it go in all?`,
      steps: [
        `In ${hours} hours it goes ${speed} * ${hours} = ${speed * hours} km.`,
        `${speed * hours} + ${rest} = ${speed * hours + rest} km in all.`,
      ],
      answer: speed * hours + rest,
      unit: "km",
    };
  },
  (r) => {
    const [price, parts] = [(3 + r.below(30)) * 4, 4];
    const name = pick(r, names);
    return {
      text: `${name} saves a quarter of ${price} euros each month. How many euros are saved after 6 months?`,
      steps: [
        `A quarter of ${price} is ${price} / ${parts} = ${price / parts} euros.`,
        `6 * ${price / parts} = ${(6 * price) / parts} euros.`,
      ],
      answer: (6 * price) / parts,
      unit: "euros",
    };
  },
  (r) => {
    const [a, b, c] = [2 + r.below(9), 2 + r.below(9), 2 + r.below(9)];
    return {
      text: `A recipe needs ${a} cups of flour for ${b} people. How many cups are needed for ${b * c} people?`,
      steps: [`${b * c} people are ${b * c} / ${b} = ${c} times as many.`, `${a} * ${c} = ${a * c} cups.`],
      answer: a * c,
      unit: "cups",
    };
  },
];

function pick<T>(r: Random, items: readonly T[]): T {
  return items[r.below(items.length)]!;
}

/** One candidate solution; its quality depends on the problem's difficulty and the draw. */
function solution(r: Random, problem: Problem, difficulty: number): { text: string; correct: boolean } {
  const correct = r.uniform() < 1 - difficulty;
  const slip = (1 + r.below(9)) * (r.below(2) === 0 ? 1 : -1);
  const answer = correct ? problem.answer : problem.answer + slip;
  const steps = correct
    ? problem.steps
    : problem.steps.map((step, i) =>
        i === problem.steps.length - 1 ? step.replace(String(problem.answer), String(answer)) : step,
      );
  const form = r.uniform();
  if (form < 0.45) return { text: `${steps.join("\n")}\nThe answer is \\boxed{${answer}}.`, correct };
  if (form < 0.6) return { text: `${steps.join("\n")}\nThe answer is ${answer} ${problem.unit}.`, correct };
  if (form < 0.7) return { text: `\\boxed{${answer}}`, correct };
  if (form < 0.8)
    return {
      text: `${steps.join("\n")}\nSo it is ${answer}.00 ${problem.unit}, that is \\boxed{${answer * 2}/2}.`,
      correct,
    };
  if (form < 0.92) {
    const chatter = Array.from(
      { length: 2 + r.below(4) },
      () => "Let me check this again, step by step, to be quite sure.",
    );
    return { text: `${steps.join("\n")}\n${chatter.join("\n")}\nThe answer is \\boxed{${answer}}.`, correct };
  }
  return { text: "I am not sure how to work this out.", correct: false };
}

/**
 * A sample file of arithmetic word problems. Each has `candidates` solutions that differ in correctness (a problem's
 * difficulty is drawn from 0.1 to 0.9) and in form: boxed or not, terse, in another notation, long-winded, without an answer.
 */
export function demoRows(tasks: number, candidates: number, seed: Seed): DemoRow[] {
  return Array.from({ length: tasks }, (_, i) => {
    const r = random(split(seed, `task:${i}`));
    const problem = pick(r, problems)(r);
    const difficulty = 0.1 + 0.8 * r.uniform();
    const made = Array.from({ length: candidates }, () => solution(r, problem, difficulty));
    return {
      id: `demo-${i + 1}`,
      prompt: problem.text,
      candidates: made.map((one) => one.text),
      answer: String(problem.answer),
      labels: { correct: made.map((one) => one.correct) },
    };
  });
}
