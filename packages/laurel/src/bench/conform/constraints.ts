import { type JsonObject, type Random, task } from "../../core/index.ts";
import type { Suite } from "./suite.ts";
import { type DrawGold, turns } from "./turns.ts";

// no word holds another, and none is in capitals
const words =
  "river stone garden window music paper bread cloud horse silver market bridge winter forest candle ocean".split(" ");
const languages: Readonly<Record<string, readonly string[]>> = {
  en: [
    "The weather was bad yesterday, so we stayed at home and read our books together.",
    "My brother works in a small town by the sea and comes home every second weekend.",
    "Could you please tell me where the nearest station is and when the next train leaves?",
    "She opened the window because the kitchen was full of smoke from the burning toast.",
    "Nobody knew what to say when the old teacher walked into the room after so many years.",
    "There are more than thirty people waiting outside and only two of them have tickets.",
    "If you would like to learn to swim then the best thing is to begin in shallow water.",
    "We have always wondered which of these mountains can be seen from the other side.",
  ],
  de: ["Das Wetter war gestern schlecht, deshalb sind wir zu Hause geblieben und haben gelesen."],
  fr: ["Le temps était mauvais hier, alors nous sommes restés à la maison pour lire nos livres."],
  es: ["El tiempo estaba mal ayer, así que nos quedamos en casa y leímos nuestros libros juntos."],
  it: ["Ieri il tempo era brutto, quindi siamo rimasti a casa e abbiamo letto i nostri libri insieme."],
  ru: ["Вчера была плохая погода, поэтому мы остались дома и читали наши книги вместе."],
  hi: ["कल मौसम खराब था, इसलिए हम घर पर रहे और साथ में अपनी किताबें पढ़ीं।"],
  ko: ["어제 날씨가 나빠서 우리는 집에 머물면서 함께 책을 읽었습니다."],
};

const pick = <T>(r: Random, items: readonly T[]): T => items[r.below(items.length)]!;
const some = (r: Random, n: number): string[] => Array.from({ length: n }, () => pick(r, words));
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const sentence = (r: Random, n = 3 + r.below(6)): string => `${capital(some(r, n).join(" "))}.`;
const sentences = (r: Random, n: number): string => Array.from({ length: n }, () => sentence(r)).join(" ");
const between = (r: Random, low: number, high: number): number => low + r.below(high - low + 1);
const times = <T>(n: number, f: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => f(i));

/** A text for each count beside a limit: which of them hold, and which do not, under "at least" and "less than". */
function counted(
  r: Random,
  names: { limit: string; relation: string },
  most: number,
  write: (n: number) => string,
  more: JsonObject = {},
) {
  const limit = between(r, 2, most);
  const relation = pick(r, ["at least", "less than"]);
  const [enough, few] = [
    [limit, limit + between(r, 1, 3)],
    [limit - 1, between(r, 0, limit - 1)],
  ].map((counts) => counts.map(write));
  const rule = { ...more, [names.limit]: limit, [names.relation]: relation };
  return relation === "at least" ? { rule, right: enough!, wrong: few! } : { rule, right: few!, wrong: enough! };
}

interface Draw {
  readonly rule: JsonObject;
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

const kinds: Readonly<Record<string, (r: Random) => Draw>> = {
  "keywords:existence": (r) => {
    const [a, b, c] = r.shuffled(words) as [string, string, string];
    return {
      rule: { keywords: [a, b] },
      right: [`The ${a} and the ${b}.`, `${b} ${c} ${a.toUpperCase()}`],
      wrong: [`The ${a} and the ${c}.`, `Only a ${b}.`],
    };
  },
  "keywords:frequency": (r) => {
    const [keyword, other] = r.shuffled(words) as [string, string];
    const write = (n: number): string => `The ${other} is here. ${times(n, () => `We saw a ${keyword}.`).join(" ")}`;
    return counted(r, { limit: "frequency", relation: "relation" }, 6, write, { keyword });
  },
  "keywords:forbidden_words": (r) => {
    const [a, b, c] = r.shuffled(words) as [string, string, string];
    return {
      rule: { forbidden_words: [a, b] },
      right: [`The ${c} is here.`, `A ${c}-${a}like thing`],
      wrong: [`The ${c} and the ${a}.`, `${capital(b)}!`],
    };
  },
  "keywords:letter_frequency": (r) => {
    const letter = pick(r, ["q", "z", "j", "x"]);
    const write = (n: number): string =>
      `The ${pick(r, words)} is good. ${times(n, (i) => (i % 2 === 0 ? letter : letter.toUpperCase())).join(" ")}`;
    return counted(r, { limit: "let_frequency", relation: "let_relation" }, 8, write, { letter });
  },
  "language:response_language": (r) => {
    const language = pick(r, Object.keys(languages));
    const others = Object.entries(languages).filter(([name]) => name !== language);
    return { rule: { language }, right: languages[language]!, wrong: others.flatMap(([, texts]) => texts) };
  },
  "length_constraints:number_sentences": (r) =>
    counted(r, { limit: "num_sentences", relation: "relation" }, 8, (n) => sentences(r, Math.max(1, n))),
  "length_constraints:number_paragraphs": (r) => {
    const n = between(r, 2, 6);
    const write = (count: number): string => times(count, () => sentences(r, 2)).join("\n***\n");
    return {
      rule: { num_paragraphs: n },
      right: [write(n)],
      wrong: [write(n - 1), write(n + 1), times(n, () => sentence(r)).join("\n\n")],
    };
  },
  "length_constraints:number_words": (r) =>
    counted(r, { limit: "num_words", relation: "relation" }, 60, (n) => `${some(r, Math.max(1, n)).join(" ")}.`),
  "length_constraints:nth_paragraph_first_word": (r) => {
    const n = between(r, 2, 5);
    const nth = between(r, 1, n);
    const [first, other] = r.shuffled(words) as [string, string];
    const write = (count: number, word: string, at = nth): string =>
      times(count, (i) => `${capital(i + 1 === at ? word : other)} ${some(r, 4).join(" ")}.`).join("\n\n");
    return {
      rule: { num_paragraphs: n, nth_paragraph: nth, first_word: first },
      right: [write(n, first), write(n, `"${first}",`)],
      wrong: [write(n, other), write(n + 1, first), write(n, first, nth === n ? nth - 1 : nth + 1)],
    };
  },
  "detectable_content:number_placeholders": (r) => {
    const n = between(r, 1, 5);
    const write = (count: number): string =>
      `Dear reader, ${times(count, () => `[${pick(r, words)}]`).join(" and ")} is here.`;
    return {
      rule: { num_placeholders: n },
      right: [write(n), write(n + 1)],
      wrong: [write(n - 1), write(n - 1).replace("Dear", "(Dear)")],
    };
  },
  "detectable_content:postscript": (r) => {
    const marker = pick(r, ["P.S.", "P.P.S"]);
    const body = sentences(r, 2);
    return {
      rule: { postscript_marker: marker },
      right: [`${body}\n\n${marker} ${sentence(r)}`, `${body}\n${marker.toLowerCase()} see you`],
      wrong: [body, `${body}\n\nPS: ${sentence(r)}`],
    };
  },
  "detectable_format:number_bullet_lists": (r) => {
    const n = between(r, 2, 6);
    const mark = pick(r, ["*", "-"]);
    const write = (count: number): string =>
      `Here they are:\n${times(count, () => `${mark} ${sentence(r)}`).join("\n")}`;
    return {
      rule: { num_bullets: n },
      right: [write(n)],
      wrong: [write(n - 1), write(n + 1), times(n, (i) => `${i + 1}. ${sentence(r)}`).join("\n")],
    };
  },
  "detectable_format:constrained_response": (r) => {
    const chosen = pick(r, ["yes", "no", "maybe"]);
    return {
      rule: {},
      right: [`My answer is ${chosen}.`, `Well.\nMy answer is ${chosen}.`],
      wrong: [`My answer is ${chosen}`, capital(chosen), "My answer is perhaps."],
    };
  },
  "detectable_format:number_highlighted_sections": (r) => {
    const n = between(r, 1, 5);
    const write = (count: number): string =>
      `Read this: ${times(count, () => `*${some(r, 2).join(" ")}*`).join(" then ")} ${pick(r, words)}`;
    return {
      rule: { num_highlights: n },
      right: [write(n), write(n + 2)],
      wrong: [write(n - 1), write(n - 1).replaceAll("this", "_this_")],
    };
  },
  "detectable_format:multiple_sections": (r) => {
    const n = between(r, 2, 5);
    const splitter = pick(r, ["Section", "PARAGRAPH", "Day"]);
    const write = (count: number): string => times(count, (i) => `${splitter} ${i + 1}\n${sentence(r)}`).join("\n");
    return {
      rule: { section_spliter: splitter, num_sections: n },
      right: [write(n), write(n + 1)],
      wrong: [write(n - 1), write(n).replaceAll(splitter, "Part")],
    };
  },
  "detectable_format:json_format": (r) => {
    const body = JSON.stringify({ [pick(r, words)]: some(r, 3), n: r.below(100) }, null, 2);
    return {
      rule: {},
      right: [body, `\`\`\`json\n${body}\n\`\`\``],
      wrong: [body.slice(0, -1), `Here it is: ${body}`, body.replaceAll('"', "'")],
    };
  },
  "detectable_format:title": (r) => {
    const [title, body] = [some(r, 2).join(" "), sentences(r, 2)];
    return {
      rule: {},
      right: [`<<${title}>>\n${body}`, `${body} <<${title}>>`],
      wrong: [`<${title}>\n${body}`, `<<>>\n${body}`, body],
    };
  },
  "combination:two_responses": (r) => {
    const [a, b] = [sentences(r, 1), `${sentences(r, 2)} Twice.`];
    return {
      rule: {},
      right: [`${a}\n******\n${b}`],
      wrong: [`${a}\n******\n${a}`, `${a}\n***\n${b}`, a, `${a}******${b}******${a}`],
    };
  },
  "combination:repeat_prompt": (r) => {
    const prompt = `Write about the ${pick(r, words)} and ${some(r, 3).join(" ")}.`;
    return {
      rule: { prompt_to_repeat: prompt },
      right: [`${prompt}\n\n${sentence(r)}`, `${prompt.toLowerCase()} ${sentence(r)}`],
      wrong: [sentence(r), `Sure! ${prompt}`, prompt.slice(0, -2)],
    };
  },
  "startend:end_checker": (r) => {
    const end = `Is there anything else about the ${pick(r, words)}?`;
    return {
      rule: { end_phrase: end },
      right: [`${sentence(r)} ${end}`, `"${sentence(r)} ${end.toLowerCase()}"\n`],
      wrong: [`${end} ${sentence(r)}`, sentence(r), end.slice(0, -1)],
    };
  },
  "startend:quotation": (r) => {
    const body = sentences(r, 2);
    return { rule: {}, right: [`"${body}"`, `  "${body}"\n`], wrong: [body, `"${body}`, `'${body}'`, `${body}"`] };
  },
  "change_case:capital_word_frequency": (r) => {
    const write = (n: number): string =>
      `we walked ${times(n, () => pick(r, words).toUpperCase()).join(" and ")} home.`;
    return counted(r, { limit: "capital_frequency", relation: "capital_relation" }, 6, write);
  },
  "change_case:english_capital": (r) => {
    const text = `${pick(r, languages["en"]!)} ${pick(r, languages["en"]!)}`;
    return {
      rule: {},
      right: [text.toUpperCase()],
      wrong: [text, `${text.toUpperCase()} ok`, `${languages["ru"]![0]!} ${between(r, 2, 99)}`.toUpperCase()],
    };
  },
  "change_case:english_lowercase": (r) => {
    const text = `${pick(r, languages["en"]!)} ${pick(r, languages["en"]!)}`;
    return {
      rule: {},
      right: [text.toLowerCase()],
      wrong: [text, `${text.toLowerCase()} OK`, `${languages["de"]![0]!} ${between(r, 2, 99)}`.toLowerCase()],
    };
  },
  "punctuation:no_comma": (r) => {
    const body = sentences(r, 2);
    return { rule: {}, right: [body, body.replace(" ", "; ")], wrong: [body.replace(" ", ", "), `${body},`] };
  },
};

const classes: Readonly<Record<string, DrawGold>> = Object.fromEntries(
  Object.entries(kinds).map(([id, draw]) => [
    id,
    (r: Random) => {
      const { rule, right, wrong } = draw(r);
      return { gold: [{ id, ...rule }], right, wrong };
    },
  ]),
);

/** IFEval's 25 instruction kinds: responses built to follow the instruction, and to miss it by little. */
export const constraintsSuite: Suite = {
  name: "constraints",
  kind: "verify.constraints",
  count: 2000,
  about: "gold: one instruction { id, …arguments } of IFEval in a list; candidate: a response",
  cases: (options = {}) => turns(classes, 2000, options),
  task: ({ gold, candidate }) =>
    task("Follow the instructions.", [candidate], { constraints: gold as readonly JsonObject[] }),
};
