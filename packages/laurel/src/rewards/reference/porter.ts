const vowels = "aeiou";

/** "c" or "v" for each letter: y is a vowel after a consonant. */
function forms(word: string): string {
  let result = "";
  let consonant = false;
  for (const letter of word) {
    consonant = vowels.includes(letter) ? false : letter === "y" && result !== "" ? !consonant : true;
    result += consonant ? "c" : "v";
  }
  return result;
}

/** Porter's m: how often a vowel is followed by a consonant. */
function measure(stem: string): number {
  const form = forms(stem);
  let count = 0;
  for (let i = 1; i < form.length; i++) if (form[i] === "c" && form[i - 1] === "v") count++;
  return count;
}

const hasVowel = (stem: string): boolean => forms(stem).includes("v");
const positive = (stem: string): boolean => measure(stem) > 0;
const above1 = (stem: string): boolean => measure(stem) > 1;
const endsInConsonant = (word: string): boolean => forms(word).endsWith("c");

function endsCvc(word: string): boolean {
  const form = forms(word);
  if (form === "vc") return true;
  return form.endsWith("cvc") && !"wxy".includes(word.at(-1)!);
}

type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

/** Only the first rule whose suffix fits is tried, whether its condition holds or not. */
function applied(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, condition] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return condition === undefined || condition(stem) ? stem + replacement : word;
  }
  return word;
}

const irregular: ReadonlyMap<string, string> = new Map([
  ["sky", "sky"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["news", "news"],
  ["innings", "inning"],
  ["inning", "inning"],
  ["outings", "outing"],
  ["outing", "outing"],
  ["cannings", "canning"],
  ["canning", "canning"],
  ["howe", "howe"],
  ["proceed", "proceed"],
  ["exceed", "exceed"],
  ["succeed", "succeed"],
]);

const plurals: readonly Rule[] = [
  ["sses", "ss"],
  ["ies", "i"],
  ["ss", "ss"],
  ["s", ""],
];

const doubles: readonly Rule[] = [
  ["ational", "ate", positive],
  ["tional", "tion", positive],
  ["enci", "ence", positive],
  ["anci", "ance", positive],
  ["izer", "ize", positive],
  ["bli", "ble", positive],
  ["alli", "al", positive],
  ["entli", "ent", positive],
  ["eli", "e", positive],
  ["ousli", "ous", positive],
  ["ization", "ize", positive],
  ["ation", "ate", positive],
  ["ator", "ate", positive],
  ["alism", "al", positive],
  ["iveness", "ive", positive],
  ["fulness", "ful", positive],
  ["ousness", "ous", positive],
  ["aliti", "al", positive],
  ["iviti", "ive", positive],
  ["biliti", "ble", positive],
  ["fulli", "ful", positive],
  // the l belongs to the stem here, so that "geologi" has a measure
  ["logi", "log", (stem) => positive(`${stem}l`)],
];

const endings: readonly Rule[] = [
  ["icate", "ic", positive],
  ["ative", "", positive],
  ["alize", "al", positive],
  ["iciti", "ic", positive],
  ["ical", "ic", positive],
  ["ful", "", positive],
  ["ness", "", positive],
];

const suffixes: readonly Rule[] = [
  ["al", "", above1],
  ["ance", "", above1],
  ["ence", "", above1],
  ["er", "", above1],
  ["ic", "", above1],
  ["able", "", above1],
  ["ible", "", above1],
  ["ant", "", above1],
  ["ement", "", above1],
  ["ment", "", above1],
  ["ent", "", above1],
  ["ion", "", (stem) => above1(stem) && "st".includes(stem.at(-1)!)],
  ["ou", "", above1],
  ["ism", "", above1],
  ["ate", "", above1],
  ["iti", "", above1],
  ["ous", "", above1],
  ["ive", "", above1],
  ["ize", "", above1],
];

function withoutPlural(word: string): string {
  return word.length === 4 && word.endsWith("ies") ? word.slice(0, -1) : applied(word, plurals);
}

function withoutTense(word: string): string {
  if (word.endsWith("ied")) return word.length === 4 ? word.slice(0, -1) : word.slice(0, -2);
  if (word.endsWith("eed")) return positive(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const cut = word.endsWith("ed") ? 2 : word.endsWith("ing") ? 3 : 0;
  const stem = word.slice(0, word.length - cut);
  if (cut === 0 || !hasVowel(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  const last = stem.at(-1)!;
  if (stem.length >= 2 && last === stem.at(-2) && endsInConsonant(stem))
    return "lsz".includes(last) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsCvc(stem) ? `${stem}e` : stem;
}

function derived(word: string): string {
  if (word.endsWith("alli") && positive(word.slice(0, -4))) return derived(word.slice(0, -2));
  return applied(word, doubles);
}

function tidied(word: string): string {
  let result = word;
  if (result.endsWith("e")) {
    const stem = result.slice(0, -1);
    const m = measure(stem);
    if (m > 1 || (m === 1 && !endsCvc(stem))) result = stem;
  }
  return result.endsWith("ll") && above1(result.slice(0, -1)) ? result.slice(0, -1) : result;
}

/**
 * Porter's stem of a lower-case word, with the departures from the published algorithm that NLTK makes by default.
 *
 * @param word ASCII letters and digits, lower case
 * Source: Porter, 1980; NLTK 3.10.4 `PorterStemmer` in its mode NLTK_EXTENSIONS (which rouge-score uses).
 * @example porterStem("relational") // "relat"
 */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  let stem = withoutTense(withoutPlural(word));
  if (stem.length > 2 && stem.endsWith("y") && endsInConsonant(stem.slice(0, -1))) stem = `${stem.slice(0, -1)}i`;
  return tidied(applied(applied(derived(stem), endings), suffixes));
}
