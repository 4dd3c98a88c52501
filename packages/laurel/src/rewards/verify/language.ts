/** Scripts that settle a language, or nearly so, in the order in which they are looked at. */
const scripts: readonly (readonly [language: string, letters: RegExp])[] = [
  ["ja", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["ko", /\p{Script=Hangul}/gu],
  ["zh", /\p{Script=Han}/gu],
  ["ar", /\p{Script=Arabic}/gu],
  ["ru", /\p{Script=Cyrillic}/gu],
];

/** Frequent short words of languages in Latin script; no word stands in two lists. */
const smallWords: Readonly<Record<string, string>> = {
  en: "the and of to is that it was with this are not have from they his her you be which",
  de: "der die das und ist nicht ein eine mit den dem zu auf für sich auch als wird dass ich",
  fr: "le les des est et une dans que pas pour qui sur plus nous vous avec ce cette il elle au",
  es: "el los las y es una del por para con no se lo su más pero como está muy fue",
  it: "il gli di è che non per sono della con si più anche nel alla questo ma ha dei delle",
  cs: "je se na že to a v s z do ale jako byl by jsem co tak pro si jeho",
};

const ownLanguages = new Map<string, Set<string>>();
for (const [language, words] of Object.entries(smallWords))
  for (const word of words.split(" ")) ownLanguages.set(word, (ownLanguages.get(word) ?? new Set()).add(language));

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/**
 * A text's language, of eleven: zh, ja, ko, ar and ru by script; en, de, fr, es, it and cs by small words.
 *
 * @returns undefined where the text is too short (under 8 letters, or under 2 known small words) or two languages come close
 * @example languageOf("Das ist nicht der Weg und auch nicht das Ziel") // "de"
 */
export function languageOf(text: string): string | undefined {
  const sample = text.slice(0, 20_000);
  const letters = count(sample, /\p{L}/gu);
  if (letters < 8) {
    // a few Han or Hangul characters are already a sentence
    if (letters < 2 || !/[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(sample))
      return undefined;
  }
  for (const [language, pattern] of scripts) {
    const share = count(sample, pattern) / letters;
    // Japanese text is mostly kana and Han together: a tenth of kana tells it from Chinese
    if (share >= (language === "ja" ? 0.1 : 0.5)) return language;
  }
  const votes = new Map<string, number>();
  for (const [word] of sample.toLowerCase().matchAll(/\p{L}+/gu)) {
    const languages = ownLanguages.get(word);
    if (languages === undefined) continue;
    for (const language of languages) votes.set(language, (votes.get(language) ?? 0) + 1 / languages.size);
  }
  const [first, second] = [...votes].sort((a, b) => b[1] - a[1]);
  if (first === undefined || first[1] < 2 || first[1] < 1.5 * (second?.[1] ?? 0)) return undefined;
  return first[0];
}
