import { random, type Seed, split, UsageError } from "laurel";
import { criterionName, type Exploit, forms, type Language, type Marker } from "./forms.ts";

/** How the sentences are laid out. */
export type Layout = "plain" | "list" | "headed";
export const layouts: readonly Layout[] = ["plain", "list", "headed"];

/** All that a templated text says; `parseText` recovers it from the text. */
export type TextLatents = {
  language: Language;
  /** Whose opening it uses, 0 to 3. */
  author: number;
  /** The number that it answers with; null where it answers with none. */
  answer: number | null;
  /** A level from 0 to 10 a criterion; −1 where the text does not speak of it. */
  levels: readonly number[];
  /** How many flourishes it has. */
  flourishes: number;
  /** How many sentences it has that say nothing. */
  padding: number;
  layout: Layout;
  markers: readonly Marker[];
  exploits: readonly Exploit[];
};

/** A sum that a prompt asks for. */
export type Question = { a: number; op: "+" | "-" | "*"; b: number };

/** The number that answers a question. */
export function solve({ a, op, b }: Question): number {
  return op === "+" ? a + b : op === "-" ? a - b : a * b;
}

/** A question as a sentence; the seed chooses among three forms. */
export function renderQuestion(question: Question, language: Language, seed: Seed): string {
  const { questions } = forms[language];
  const form = questions[random(split(seed, "question")).below(questions.length)]!;
  return form.replace("{q}", `${question.a} ${question.op} ${question.b}`);
}

/** A prompt that asks for a text on a topic, by its number. */
export function renderOpenPrompt(topic: number, language: Language): string {
  return forms[language].open.replace("{n}", String(topic));
}

/**
 * A text from its latents: an opening, then the other sentences in an order and in paraphrases that the seed chooses, exploits last.
 *
 * @param latents at least one criterion, an answer or any other sentence; whole numbers
 * @param seed chooses among the forms of a sentence and their order: the same latents have many texts
 * @throws UsageError where a latent lies outside its range
 * @example renderText({ language: "en", author: 0, answer: 42, levels: [7], flourishes: 0, padding: 0, layout: "plain", markers: [], exploits: [] }, seed)
 */
export function renderText(latents: TextLatents, seed: Seed): string {
  const { language, author, answer, levels, flourishes, padding, layout, markers, exploits } = latents;
  const own = forms[language];
  const rng = random(split(seed, "text"));
  const any = (list: readonly string[]): string => list[rng.below(list.length)]!;
  whole("author", author, 0, own.openings.length - 1);
  whole("flourishes", flourishes, 0, 1e6);
  whole("padding", padding, 0, 1e6);
  const body: string[] = [];
  if (answer !== null) {
    whole("answer", answer, -1e12, 1e12);
    body.push(any(own.answers).replace("{n}", String(answer)));
  }
  for (const [i, level] of levels.entries()) {
    whole(`level of ${criterionName("en", i)}`, level, -1, 10);
    if (level >= 0)
      body.push(any(own.levels).replace("{c}", criterionName(language, i)).replace("{l}", own.words[level]!));
  }
  for (let i = 0; i < flourishes; i++) body.push(any(own.flourishes));
  for (let i = 0; i < padding; i++) body.push(any(own.fillers));
  for (const marker of markers) body.push(own.markers[marker]);
  const sentences = [...rng.shuffled(body), ...exploits.map((exploit) => own.exploits[exploit])];
  const opening = own.openings[author]!;
  if (sentences.length === 0) return opening;
  if (layout === "plain") return `${opening} ${sentences.join(" ")}`;
  if (layout === "list") return `${opening}\n${sentences.map((one) => `- ${one}`).join("\n")}`;
  return `${opening}\n\n## ${own.heading}\n\n${sentences.join(" ")}`;
}

function whole(name: string, value: number, low: number, high: number): void {
  if (!(Number.isInteger(value) && value >= low && value <= high))
    throw new UsageError(`${name} must be a whole number from ${low} to ${high}, not ${value}`);
}

/** Words of a text, separated by white space: list marks and headings count as the words that they are. */
export function wordCount(text: string): number {
  let count = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const space = text.charCodeAt(i) <= 32;
    if (!space && !inside) count++;
    inside = !space;
  }
  return count;
}
