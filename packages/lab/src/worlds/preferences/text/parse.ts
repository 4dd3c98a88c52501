import type { Span } from "laurel";
import { type Exploit, exploitNames, forms, type Language, languages, type Marker, markerNames } from "./forms.ts";
import type { Layout, Question, TextLatents } from "./render.ts";

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What a recognised sentence is. */
type Sentence =
  | { is: "opening"; language: Language; author: number }
  | { is: "answer"; answer: number }
  | { is: "level"; criterion: number; level: number }
  | { is: "flourish" | "filler" }
  | { is: "marker"; marker: Marker }
  | { is: "exploit"; exploit: Exploit };

/** All sentences that hold no free number. */
const known = new Map<string, Sentence>();
/** Those that hold one: an answer, or the level of a criterion without a name. */
const numbered: { pattern: RegExp; read: (number: number) => Sentence }[] = [];

for (const language of languages) {
  const own = forms[language];
  for (const [author, form] of own.openings.entries()) known.set(form, { is: "opening", language, author });
  for (const form of own.flourishes) known.set(form, { is: "flourish" });
  for (const form of own.fillers) known.set(form, { is: "filler" });
  for (const marker of markerNames) known.set(own.markers[marker], { is: "marker", marker });
  for (const exploit of exploitNames) known.set(own.exploits[exploit], { is: "exploit", exploit });
  for (const form of own.levels)
    for (const [level, word] of own.words.entries()) {
      const worded = form.replace("{l}", word);
      for (const [criterion, name] of own.criteria.entries())
        known.set(worded.replace("{c}", name), { is: "level", criterion, level });
      numbered.push({
        pattern: new RegExp(`^${literal(worded).replace("\\{c\\}", `${own.further} (\\d{1,4})`)}$`),
        read: (number) => ({ is: "level", criterion: number - 1, level }),
      });
    }
  for (const form of own.answers)
    numbered.push({
      pattern: new RegExp(`^${literal(form).replace("\\{n\\}", "(-?\\d{1,13})")}$`),
      read: (answer) => ({ is: "answer", answer }),
    });
}
const longest = Math.max(...[...known.keys()].map((form) => form.length)) + 8;

function sentenceOf(text: string): Sentence | undefined {
  const found = known.get(text);
  if (found !== undefined || !/\d/.test(text)) return found;
  for (const { pattern, read } of numbered) {
    const match = pattern.exec(text);
    if (match !== null) return read(Number(match[1]));
  }
  return undefined;
}

/** The known sentences of a text: each begins with a capital letter and ends with the first full stop or mark behind it. */
function* sentencesOf(text: string): Generator<{ start: number; end: number; one: Sentence }> {
  const ends = /[.!]/g;
  let end = 0;
  for (let start = 0; start < text.length; start++) {
    const code = text.charCodeAt(start);
    const capital = (code >= 65 && code <= 90) || (code >= 0xc0 && code <= 0xde);
    if (!capital) continue;
    if (end <= start) {
      ends.lastIndex = start;
      const match = ends.exec(text);
      if (match === null) return;
      end = match.index + 1;
    }
    if (end - start > longest) continue;
    const one = sentenceOf(text.slice(start, end));
    if (one === undefined) continue;
    yield { start, end, one };
    start = end - 1;
  }
}

/** A templated text that stands somewhere in a longer one. */
export interface FoundText {
  latents: TextLatents;
  /** From its opening to the end of its last sentence. */
  span: Span;
}

/**
 * The templated texts of a longer text, such as a judge's prompt, in the order in which they stand.
 *
 * A text begins with an opening and ends with the last known sentence before the next opening; what stands between
 * sentences is passed over. Of two statements of one thing the first counts.
 *
 * @returns none where there is no opening
 */
export function findTexts(text: string): FoundText[] {
  const found: { latents: Mutable; span: Span }[] = [];
  for (const { start, end, one } of sentencesOf(text)) {
    if (one.is === "opening") {
      found.push({ latents: empty(one.language, one.author), span: { start, end } });
      continue;
    }
    const current = found.at(-1);
    if (current === undefined) continue;
    take(current.latents, one);
    current.span.end = end;
  }
  return found.map(({ latents, span }) => ({
    latents: { ...latents, layout: layoutOf(text.slice(span.start, span.end), latents.language) },
    span,
  }));
}

/**
 * The latents of a templated text; undefined where it is none.
 *
 * @example parseText(renderText(latents, seed)) // latents
 */
export function parseText(text: string): TextLatents | undefined {
  return findTexts(text)[0]?.latents;
}

type Mutable = {
  -readonly [K in keyof TextLatents]: TextLatents[K] extends readonly (infer T)[] ? T[] : TextLatents[K];
};

function empty(language: Language, author: number): Mutable {
  return {
    language,
    author,
    answer: null,
    levels: [],
    flourishes: 0,
    padding: 0,
    layout: "plain",
    markers: [],
    exploits: [],
  };
}

function take(latents: Mutable, one: Sentence): void {
  switch (one.is) {
    case "answer":
      latents.answer ??= one.answer;
      return;
    case "level":
      while (latents.levels.length <= one.criterion) latents.levels.push(-1);
      if (latents.levels[one.criterion] === -1) latents.levels[one.criterion] = one.level;
      return;
    case "flourish":
      latents.flourishes++;
      return;
    case "filler":
      latents.padding++;
      return;
    case "marker":
      if (!latents.markers.includes(one.marker)) latents.markers.push(one.marker);
      return;
    case "exploit":
      if (!latents.exploits.includes(one.exploit)) latents.exploits.push(one.exploit);
  }
}

function layoutOf(text: string, language: Language): Layout {
  if (text.includes(`## ${forms[language].heading}`)) return "headed";
  return /(?:\n|\\n)- /.test(text) ? "list" : "plain";
}

const asked = new RegExp(
  languages
    .flatMap((language) => forms[language].questions)
    .map((form) => literal(form).replace("\\{q\\}", "(?:-?\\d{1,9} [-+*] -?\\d{1,9})"))
    .join("|"),
);

/** The first question of a text; undefined where there is none. */
export function parseQuestion(text: string): Question | undefined {
  const match = asked.exec(text);
  if (match === null) return undefined;
  const [, a, op, b] = /(-?\d+) ([-+*]) (-?\d+)/.exec(match[0])!;
  return { a: Number(a), op: op as Question["op"], b: Number(b) };
}
