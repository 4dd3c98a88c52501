import { type Random, random, type Seed } from "../../../core/index.ts";

/** A change of a text's form that leaves what it says; undefined where it changes nothing. */
export interface Perturbation {
  name: string;
  /** What it keeps, for the reader: "paraphrase" keeps the meaning, "form" the words, "boilerplate" adds words that say nothing. */
  kind: "form" | "paraphrase" | "boilerplate";
  apply(text: string, seed: Seed): string | undefined;
}

const changed = (before: string, after: string): string | undefined => (after === before ? undefined : after);

/** Contractions and what they stand for; the first is written for the second and the other way round. */
const contractions: readonly (readonly [short: string, long: string])[] = [
  ["don't", "do not"],
  ["doesn't", "does not"],
  ["didn't", "did not"],
  ["isn't", "is not"],
  ["aren't", "are not"],
  ["wasn't", "was not"],
  ["can't", "cannot"],
  ["couldn't", "could not"],
  ["won't", "will not"],
  ["wouldn't", "would not"],
  ["shouldn't", "should not"],
  ["haven't", "have not"],
  ["hasn't", "has not"],
  ["it's", "it is"],
  ["that's", "that is"],
  ["there's", "there is"],
  ["I'm", "I am"],
  ["you're", "you are"],
  ["we're", "we are"],
  ["they're", "they are"],
  ["I've", "I have"],
  ["you'll", "you will"],
  ["I'll", "I will"],
];

/** Words and phrases with others that mean the same, written in one way each. */
const synonyms: readonly (readonly [from: string, to: string])[] = [
  ["however", "but"],
  ["therefore", "so"],
  ["for example", "for instance"],
  ["in order to", "to"],
  ["additionally", "also"],
  ["utilize", "use"],
  ["large", "big"],
  ["help", "assist"],
  ["important", "essential"],
  ["quickly", "fast"],
  ["many", "a lot of"],
  ["because", "since"],
];

function replaceAll(text: string, table: readonly (readonly [string, string])[]): string {
  const places = new Map(table.map(([from, to]) => [from.toLowerCase(), to]));
  const pattern = new RegExp(`\\b(?:${table.map(([from]) => from.replace(/'/g, "['’]")).join("|")})\\b`, "gi");
  return text.replace(pattern, (found) => {
    const to = places.get(found.toLowerCase().replace("’", "'"))!;
    return /^\p{Lu}/u.test(found) ? to[0]!.toUpperCase() + to.slice(1) : to;
  });
}

/** Swaps two neighbouring letters inside a share of the words of four letters or more; at least one word. */
function misspelt(text: string, share: number, rng: Random): string {
  const words = [...text.matchAll(/\p{L}{4,40}/gu)];
  if (words.length === 0) return text;
  const count = Math.max(1, Math.round(share * words.length));
  const chosen = new Set(rng.shuffled(words.map((_, i) => i)).slice(0, count));
  let out = "";
  let at = 0;
  for (const [i, match] of words.entries()) {
    if (!chosen.has(i)) continue;
    const letters = [...match[0]];
    const k = 1 + rng.below(letters.length - 2);
    [letters[k], letters[k + 1]] = [letters[k + 1]!, letters[k]!];
    out += text.slice(at, match.index) + letters.join("");
    at = match.index + match[0].length;
  }
  return out + text.slice(at);
}

const lookAlikes: Readonly<Record<string, string>> = { a: "а", c: "с", e: "е", o: "о", p: "р", x: "х", y: "у" };

/** Writes letters of a share of the words with Cyrillic ones that look the same. */
function disguised(text: string, share: number, rng: Random): string {
  return text.replace(/[a-z]{3,40}/g, (word) =>
    rng.uniform() < share ? word.replace(/[aceopxy]/g, (letter) => lookAlikes[letter]!) : word,
  );
}

/** The perturbations of a stress audit, in the order of its report. */
export const perturbations: readonly Perturbation[] = [
  { name: "lower case", kind: "form", apply: (text) => changed(text, text.toLowerCase()) },
  {
    name: "double spaces",
    kind: "form",
    apply: (text) => changed(text, text.replace(/(\S) (?=\S)/g, "$1  ")),
  },
  { name: "white space around", kind: "form", apply: (text) => (text.trim() === "" ? undefined : `\n ${text}\n\n`) },
  {
    name: "no commas, no final stop",
    kind: "form",
    apply: (text) => changed(text, text.replace(/, /g, " ").replace(/[.!]\s{0,20}$/, "")),
  },
  {
    name: "typos in 5 % of words",
    kind: "form",
    apply: (text, seed) => changed(text, misspelt(text, 0.05, random(seed))),
  },
  {
    name: "look-alike letters in a fifth of words",
    kind: "form",
    apply: (text, seed) => changed(text, disguised(text, 0.2, random(seed))),
  },
  {
    name: "contractions written out",
    kind: "paraphrase",
    apply: (text) => changed(text, replaceAll(text, contractions)),
  },
  {
    name: "contractions made",
    kind: "paraphrase",
    apply: (text) =>
      changed(
        text,
        replaceAll(
          text,
          contractions.map(([short, long]) => [long, short] as const),
        ),
      ),
  },
  { name: "other words for the same", kind: "paraphrase", apply: (text) => changed(text, replaceAll(text, synonyms)) },
  {
    name: "a sentence before",
    kind: "boilerplate",
    apply: (text) => (text === "" ? undefined : `Here is my answer to your question.\n\n${text}`),
  },
  {
    name: "a sentence after",
    kind: "boilerplate",
    apply: (text) =>
      text === "" ? undefined : `${text}\n\nI hope this helps! Let me know if you have any other questions.`,
  },
];
