import type { JsonObject } from "laurel";

/** How a judge is asked to write its verdict. */
export type AnswerForm = {
  /** `choice`: one label; `grade`: a number for the one text; `grades`: one a text; `ranking`: all labels, best first; `check`: yes or no. */
  decide: "choice" | "grade" | "grades" | "ranking" | "check";
  write: "brackets" | "result" | "tag" | "boxed" | "json" | "line";
  /** The tag's name for `tag`, the line's prefix for `line`. */
  name: string;
  /** The labels of the texts in order: A, B, … or 1, 2, … */
  labels: readonly string[];
  /** What a tie is called; null where none may be said. */
  tie: string | null;
  /** Five labels of strength, such as A>>B, A>B, A=B, B>A, B>>A. */
  strengths: boolean;
  /** The lowest and highest grade; whole numbers. */
  scale: readonly [low: number, high: number];
  /** Members of the JSON that is asked for, in order, by what the prompt shows; none where a schema was given. */
  members: readonly { name: string; shown: string }[];
  schema: JsonObject | null;
  /** Whether thoughts in <think> come first. */
  think: boolean;
};

/**
 * Reads from a prompt's instructions in which form the verdict is wanted. A schema comes first, then `[[A]]`, `[RESULT]`, a tag such as
 * `<answer>`, `\boxed{}`, JSON, `Score: N`, a ranking, yes or no, a bare letter.
 *
 * @param instructions the prompt without candidates
 * @param texts how many candidates it shows
 */
export function answerFormOf(instructions: string, texts: number, schema: JsonObject | undefined): AnswerForm {
  const has = (pattern: RegExp): boolean => pattern.test(instructions);
  const labels = labelsOf(instructions, texts);
  const form: AnswerForm = {
    decide: "choice",
    write: "line",
    name: "",
    labels,
    tie: tieOf(instructions),
    strengths: has(/A\s?>>\s?B/),
    scale: scaleOf(instructions),
    members: [],
    schema: schema ?? null,
    think: has(/<think>/i),
  };
  const single: AnswerForm["decide"] = has(/\b(?:yes|no)\b[\s"'*]*(?:or|\/)[\s"'*]*\b(?:no|yes)\b/i)
    ? "check"
    : "grade";
  const gradesAsked = has(
    /\b(?:scores|ratings|grades|points)\b|\b(?:score|rate|rating)\b[^.\n]{0,40}\b(?:each|both|every)\b/i,
  );
  const many: AnswerForm["decide"] = has(/\brank(?:ing|ed)?\b|\[\d+\]\s*>\s*\[\d+\]|\b[A-C]\s?>\s?[A-C]\s?>\s?[A-C]\b/i)
    ? "ranking"
    : "choice";
  const usual = texts === 1 ? single : texts === 2 ? "choice" : many;
  if (schema !== undefined) return { ...form, decide: usual, write: "json" };
  if (has(/\[\[\s*(?:A|B|1|C)\b[^\]\n]{0,6}\]\]/))
    return { ...form, decide: texts === 1 ? "grade" : "choice", write: "brackets" };
  if (has(/\[\[\s*(?:rating|score|grade|\d+|x|n|number)\s*\]\]/i))
    return { ...form, decide: "grade", write: "brackets" };
  if (has(/\[RESULT\]/)) return { ...form, decide: texts === 1 ? "grade" : "choice", write: "result" };
  const tag =
    /<(answer|verdict|score|rating|choice|preferred|winner|ranking|judge|judgement|judgment|final|result)>/i.exec(
      instructions,
    );
  if (tag !== null) {
    const name = tag[1]!;
    const graded = /score|rating/i.test(name) || (texts > 1 && gradesAsked && !has(/\[\[|\b(?:A|B)\b/));
    const decide = /rank/i.test(name) ? "ranking" : texts === 1 ? single : graded ? "grades" : usual;
    return { ...form, decide, write: "tag", name };
  }
  if (has(/\\boxed/)) return { ...form, decide: texts === 1 ? single : gradesAsked ? "grades" : usual, write: "boxed" };
  const members = membersOf(instructions);
  if (members.length > 0 || has(/\bJSON\b/)) return { ...form, decide: usual, write: "json", members };
  const lines = [
    ...instructions.matchAll(
      /\b(score|rating|grade|verdict|answer|judgement|judgment|preferred|winner|choice|ranking|decision)\b[ \t]*:/gi,
    ),
  ];
  // the last one: labels of what is shown, such as "Answer: …", come before the order
  const name = lines.length === 0 ? "" : `${lines.at(-1)![1]!}: `;
  if (texts > 1 && many === "ranking") return { ...form, decide: "ranking", name };
  if (texts > 1 && gradesAsked && !has(/\b(?:which|better|prefer)/i)) return { ...form, decide: "grades", name };
  return { ...form, decide: texts === 1 ? single : "choice", name };
}

function labelsOf(instructions: string, texts: number): string[] {
  const digits =
    /\b(?:response|answer|assistant|candidate|output|text)[ _]1\b|["'[(]1["'\])]|\b1 or 2\b/i.test(instructions) &&
    !/\b(?:response|answer|assistant|candidate|output|text)[ _]A\b|["'[(]A["'\])]|\bA or B\b|\[\[A/.test(instructions);
  return Array.from({ length: Math.max(1, texts) }, (_, i) => (digits ? String(i + 1) : String.fromCharCode(65 + i)));
}

function tieOf(instructions: string): string | null {
  if (
    /\[\[\s*C\s*\]\][^.\n]{0,40}\btie|\btie\b[^.\n]{0,40}\[\[\s*C\s*\]\]|\bC\b[^.\n]{0,20}\btie\b/i.test(instructions)
  )
    return "C";
  if (/A\s?=\s?B/.test(instructions)) return "A=B";
  const word = /["'[|]\s?(tie|equal|same|draw|neither)\s?["'\]|]/i.exec(instructions);
  if (word !== null) return word[1]!;
  return /\btie\b/i.test(instructions) ? "tie" : null;
}

function scaleOf(instructions: string): readonly [number, number] {
  const range =
    /(?:scale|scor|rat|grad|from|between|number|integer|points?)[^\n\d-]{0,50}(-?\d{1,3})\s?(?:-|–|—|to|and|through|\.\.)\s?(-?\d{1,3})\b/gi;
  for (const match of instructions.matchAll(range)) {
    const [low, high] = [Number(match[1]), Number(match[2])];
    if (low < high) return [low, high];
  }
  const bare = /\b(\d)\s?(?:-|–|—|to)\s?(\d{1,3})\b/.exec(instructions);
  if (bare !== null && Number(bare[1]) < Number(bare[2])) return [Number(bare[1]), Number(bare[2])];
  return [1, 10];
}

/** Members of the first JSON object that the instructions show, by their names and what stands behind them. */
function membersOf(instructions: string): { name: string; shown: string }[] {
  const start = instructions.search(/\{\s*"/);
  if (start < 0) return [];
  const seen = new Map<string, string>();
  for (const match of instructions
    .slice(start, start + 4000)
    .matchAll(/"([A-Za-z_][\w -]{0,40})"\s*:\s*([^\n,}]{0,80})/g))
    if (!seen.has(match[1]!)) seen.set(match[1]!, match[2]!);
  return [...seen].map(([name, shown]) => ({ name, shown }));
}
