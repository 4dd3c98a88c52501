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
  /** Five labels of strength: "arrows" A>>B, A>B, A=B, B>A, B>>A; "pluses" A++, A+, A=B, B+, B++. */
  strengths: "arrows" | "pluses" | null;
  /** Double brackets inside of the tag. */
  bracketed: boolean;
  /** The words of which one is wanted, from worst to best where they are more than two; none where no list is given. */
  words: readonly string[];
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
    strengths: has(/A\s?>>\s?B/) ? "arrows" : has(/\bA\+\+/) ? "pluses" : null,
    bracketed: has(/<\w+>\s?\[\[/),
    words: wordsOf(instructions),
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
  const inBrackets = /<(\w+)>\s?\[\[/.exec(instructions);
  if (inBrackets !== null) return { ...form, decide: usual, write: "tag", name: inBrackets[1]! };
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
  const members = form.words.length > 1 ? [] : membersOf(instructions);
  if (members.length > 0 || has(/\bJSON\b/)) return { ...form, decide: usual, write: "json", members };
  const lines = [
    ...instructions.matchAll(
      /\b(score|rating|grade|verdict|answer|judgement|judgment|preferred|winner|choice|ranking|decision)\b[ \t]*:/gi,
    ),
  ];
  const quoted = /\bline "([\w ]{1,30}):\s?"/.exec(instructions);
  // the last one: labels of what is shown, such as "Answer: …", come before the order
  const line = quoted?.[1] ?? lines.at(-1)?.[1];
  const name = line === undefined ? "" : `${line}: `;
  if (form.words.length > 1 && texts === 1) return { ...form, decide: "check", name: quoted === null ? "" : name };
  if (texts > 1 && many === "ranking") return { ...form, decide: "ranking", name };
  if (texts > 1 && gradesAsked && !has(/\b(?:which|better|prefer)/i)) return { ...form, decide: "grades", name };
  return { ...form, decide: texts === 1 ? single : "choice", name };
}

function labelsOf(instructions: string, texts: number): string[] {
  const lettered = /\[\[A|\bA or B\b|["'[(]A["'\])]/.test(instructions);
  const named = /\b(?:response|answer|assistant|candidate|output|text)[ _]A\b/i.test(instructions);
  const digits =
    !lettered &&
    (/\b1 or 2\b|\bnumbers? of (?:all|each|the best|the better)\b/.test(instructions) ||
      (!named && /\b(?:response|answer|assistant|candidate|output|text)[ _-]1\b|["'[(]1["'\])]/i.test(instructions)));
  return Array.from({ length: Math.max(1, texts) }, (_, i) => (digits ? String(i + 1) : String.fromCharCode(65 + i)));
}

/** The words of "one of these words: right, wrong". */
function wordsOf(instructions: string): string[] {
  const list = /\bone of (?:(?:these|the following) (?:words|labels|answers):\s*|(?=\w+, \w))([^\n.]{3,200})/i.exec(
    instructions,
  );
  if (list === null) return [];
  const words = list[1]!
    .split(/,|\bor\b/)
    .map((word) => word.trim().replace(/^["'`]|["'`]$/g, ""))
    .filter((word) => word !== "");
  // a list that begins with its best word is told from worst to best like any other
  return words.length > 2 && /^(?:sure|certain|excellent|best|great|perfect|very (?:good|likely)|high)/i.test(words[0]!)
    ? words.reverse()
    : words;
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
  const member = /"(?:score|rating|grade)"\s*:\s*["<]{0,2}(-?\d{1,3})\s?(?:-|–|—|to)\s?(-?\d{1,3})\b/i.exec(
    instructions,
  );
  if (member !== null && Number(member[1]) < Number(member[2])) return [Number(member[1]), Number(member[2])];
  const range =
    /(?:scale|scor|rat|grad|from|between|number|integer|points?)[^\n\d-]{0,50}(-?\d{1,3})\s?(?:-|–|—|to|and|through|\.\.)\s?(-?\d{1,3})\b/gi;
  for (const match of instructions.matchAll(range)) {
    const [low, high] = [Number(match[1]), Number(match[2])];
    if (low < high) return [low, high];
  }
  const bare = /\b(\d)\s?(?:-|–|—|to)\s?(\d{1,3})\b/.exec(instructions);
  if (bare !== null && Number(bare[1]) < Number(bare[2])) return [Number(bare[1]), Number(bare[2])];
  // grades that are described one by one: 5 is …, 4 is …, 3 is …
  const numbers = [...instructions.matchAll(/\b\d{1,2}\b/g)].map(([digits]) => Number(digits));
  for (const step of [-1, 1])
    for (let from = 0; from < numbers.length; from++) {
      let to = from;
      while (numbers[to + 1] === numbers[to]! + step) to++;
      if (to - from >= 2) return [Math.min(numbers[from]!, numbers[to]!), Math.max(numbers[from]!, numbers[to]!)];
    }
  return [1, 10];
}

/** What the members of a verdict are called, as against those of a tool call or a schema. */
const verdictName =
  /scor|rating|grade|winner|prefer|choice|verdict|best|better|label|answer|decision|judg|result|rank|pass|correct|reason|^[A-H]$/i;

/** Members of the last JSON object that the instructions show, by their names and what stands behind them. */
function membersOf(instructions: string): { name: string; shown: string }[] {
  // the last one: a choice of two forms ends with the verdict's
  let found: { name: string; shown: string }[] = [];
  for (let at = instructions.search(/\{\s*"/); at >= 0; ) {
    const { members, end } = exampleAt(instructions, at);
    if (members.some(({ name }) => verdictName.test(name))) found = members;
    const next = instructions.slice(end).search(/\{\s*"/);
    at = next < 0 ? -1 : end + next;
  }
  return found;
}

/**
 * The members of an example of a JSON object, which need not be JSON: `{"score": <1-5>, "why": "…"}`.
 *
 * @param at where its brace stands
 */
export function exampleAt(text: string, at: number): { members: { name: string; shown: string }[]; end: number } {
  const members: { name: string; shown: string }[] = [];
  let depth = 0;
  let quoted = false;
  let from = at + 1;
  const take = (to: number): void => {
    const member = /^\s*"([A-Za-z_][\w -]{0,40})"\s*:\s*([\s\S]*)$/.exec(text.slice(from, Math.min(to, from + 2000)));
    if (member !== null) members.push({ name: member[1]!, shown: member[2]!.trim() });
    from = to + 1;
  };
  let i = at;
  for (; i < text.length; i++) {
    const letter = text[i];
    if (letter === "\n" || (letter === '"' && text[i - 1] !== "\\")) quoted = letter === '"' ? !quoted : false;
    if (quoted) continue;
    if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") {
      depth--;
      if (depth > 0) continue;
      take(i);
      break;
    } else if (letter === "," && depth === 1) take(i);
  }
  return { members, end: Math.max(at + 1, i) };
}
