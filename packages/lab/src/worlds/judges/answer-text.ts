import type { Generation, JsonObject } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { type AnswerForm, exampleAt } from "./answer-form.ts";
import { choiceProbabilities, type Drawn, gradeProbabilities, type View } from "./decide.ts";

/** A piece of an answer: plain text, or a token that was decided, with what might have stood there. */
export type Piece = string | { token: string; among: readonly { token: string; p: number }[] };

/** What an answer is written from. */
export interface Verdict {
  form: AnswerForm;
  view: View;
  drawn: Drawn;
  tie: number;
  noise: number;
}

const reason = "I read the texts against the question and the criteria.";

/** Writes a verdict in the form that the prompt asks for. */
export function writeVerdict(verdict: Verdict): Piece[] {
  const { form } = verdict;
  const before = form.think ? `<think>\n${reason}\n</think>\n` : "";
  const decided = decidedPieces(verdict);
  switch (form.write) {
    case "brackets":
      return [`${before}${reason}${form.decide === "grade" ? " Rating:" : ""} [[`, ...decided, "]]"];
    case "result":
      return [`${before}Feedback: ${reason} [RESULT] `, ...decided];
    case "tag":
      return [
        `${before}${form.think ? "" : `${reason}\n`}<${form.name}>${form.bracketed ? "[[" : ""}`,
        ...decided,
        `${form.bracketed ? "]]" : ""}</${form.name}>`,
      ];
    case "boxed":
      return [`${before}${reason} \\boxed{`, ...decided, "}"];
    case "json":
      return [before, ...jsonPieces(verdict)];
    case "line":
      return [`${before}${form.name}`, ...decided];
  }
}

function decidedPieces(verdict: Verdict): Piece[] {
  const { form, view, drawn } = verdict;
  if (form.decide === "choice") return [choicePiece(verdict, form.labels)];
  if (form.decide === "grade") return [gradePiece(verdict, 0, form.scale)];
  if (form.decide === "check") return [wordPiece(verdict)];
  if (form.decide === "grades")
    return drawn.grades.flatMap((_, i) => [...(i === 0 ? [] : [", "]), gradePiece(verdict, i, form.scale)]);
  const left = [...drawn.order.keys()];
  return drawn.order.flatMap((best, rank): Piece[] => {
    const p = choiceProbabilities(view.logits, left);
    const among = left.map((i) => ({ token: form.labels[i]!, p: p[i]! }));
    left.splice(left.indexOf(best), 1);
    return [...(rank === 0 ? [] : [" > "]), { token: form.labels[best]!, among }];
  });
}

/** The label that is chosen, with the probability of each. `named` are the labels in the order of the texts. */
function choicePiece({ form, view, drawn, tie }: Verdict, named: readonly string[], tieName = form.tie): Piece {
  const share = tieName === null ? 0 : tie;
  const p = choiceProbabilities(view.logits);
  const strong = (i: number): string => {
    const gap = Math.abs((view.qualities[0] ?? 0) - (view.qualities[1] ?? 0));
    const side = i === 0 ? "A" : "B";
    if (form.strengths === "pluses") return `${side}${gap > 0.3 ? "++" : "+"}`;
    return `${side}${gap > 0.3 ? ">>" : ">"}${i === 0 ? "B" : "A"}`;
  };
  const label = (i: number): string => (form.strengths === null ? named[i]! : strong(i));
  const among = Array.from(p, (one, i) => ({ token: label(i), p: one * (1 - share) }));
  if (tieName !== null && share > 0) among.push({ token: tieName, p: share });
  return { token: drawn.tie && tieName !== null ? tieName : label(drawn.order[0] ?? 0), among };
}

function gradePiece(
  { view, drawn, noise }: Verdict,
  i: number,
  scale: readonly [number, number],
  sampled?: number,
): Piece {
  const p = gradeProbabilities(view.grades[i] ?? 0, noise, scale);
  return {
    token: String(sampled ?? drawn.grades[i] ?? scale[0]),
    among: Array.from(p, (one, k) => ({ token: String(scale[0] + k), p: one })),
  };
}

function checkPiece({ view, drawn }: Verdict, i: number, [yes, no]: readonly [string, string]): Piece {
  const p = sigmoid(view.checks[i] ?? Number.NEGATIVE_INFINITY);
  return {
    token: drawn.checks[i] === true ? yes : no,
    among: [
      { token: yes, p },
      { token: no, p: 1 - p },
    ],
  };
}

/** One of the words that are asked for, or yes and no. */
function wordPiece(verdict: Verdict): Piece {
  const { words } = verdict.form;
  if (words.length <= 2) {
    const negative = words.find((word) =>
      /^(?:no|not|wrong|incorrect|false|bad|fail|invalid|unsafe|disagree)/i.test(word),
    );
    const positive = words.find((word) => word !== negative);
    return checkPiece(verdict, 0, [positive ?? "Yes", negative ?? "No"]);
  }
  const place = gradePiece(verdict, 0, [0, words.length - 1], sampledPlace(verdict, words.length));
  if (typeof place === "string") return place;
  return {
    token: words[Number(place.token)]!,
    among: place.among.map(({ token, p }) => ({ token: words[Number(token)]!, p })),
  };
}

/** The drawn grade of the first text, on n places from 0. */
function sampledPlace({ form, drawn }: Verdict, n: number): number {
  const [low, high] = form.scale;
  return Math.round(((n - 1) * ((drawn.grades[0] ?? low) - low)) / (high - low));
}

const named = {
  reason:
    /reason|rational|explan|feedback|thought|think|analys|critique|comment|evidence|justif|summary|strength|weakness/i,
  grade: /scor|rating|grade|point|overall|quality|value|level/i,
  choice: /winner|prefer|choice|verdict|best|better|label|answer|decision|judg|select|result|comparison/i,
  ranking: /rank|order|best.to.worst/i,
  confidence: /confiden|prob|certain/i,
  tie: /^(?:is_?)?tie/i,
};

/** Which text a member speaks of: `score_a`, `assistant_2`, `first`; undefined where it names none. */
function indexOf(name: string, labels: readonly string[]): number | undefined {
  const word = /(?:^|[_ -]|[a-z])(A|B|C|D|[1-9])$|(?:^|[_ -])([a-d])$|^(first|second)\b|\b(first|second)$/.exec(name);
  if (word === null) return undefined;
  const found = (word[1] ?? word[2] ?? word[3] ?? word[4])!.toLowerCase();
  const i =
    found === "first" ? 0 : found === "second" ? 1 : /\d/.test(found) ? Number(found) - 1 : found.charCodeAt(0) - 97;
  return i >= 0 && i < labels.length && labels.length > 1 ? i : undefined;
}

function jsonPieces(verdict: Verdict): Piece[] {
  const { form } = verdict;
  if (form.schema !== null) return schemaPieces(verdict, form.schema, "", undefined, form.schema);
  if (form.members.length > 0) return objectPieces(verdict, form.members);
  return objectPieces(verdict, [
    { name: "reason", shown: "" },
    form.labels.length === 1 ? { name: "score", shown: "" } : { name: "winner", shown: "" },
  ]);
}

function objectPieces(verdict: Verdict, members: readonly { name: string; shown: string }[]): Piece[] {
  return [
    "{",
    ...members.flatMap(({ name, shown }, i): Piece[] => [
      `${i === 0 ? "" : ", "}${JSON.stringify(name)}: `,
      ...memberPieces(verdict, name, shown),
    ]),
    "}",
  ];
}

/** An object in an example: one member a text where its names are labels, else what it shows. */
function nestedPieces(verdict: Verdict, shown: string): Piece[] {
  const { members } = exampleAt(shown, 0);
  const { labels } = verdict.form;
  const first = members[0];
  if (first === undefined || indexOf(first.name, labels) === undefined) return objectPieces(verdict, members);
  const names = labelsAs(first.name, labels);
  return objectPieces(
    verdict,
    names.map((name) => ({ name, shown: first.shown })),
  );
}

function memberPieces(verdict: Verdict, name: string, shown: string): Piece[] {
  const { form, drawn } = verdict;
  const at = indexOf(name, form.labels);
  const quoted = (piece: Piece): Piece[] =>
    /^\s*[<[{]?\s*(?:\d|true|false)/.test(shown) ? [piece] : ['"', piece, '"'];
  if (named.reason.test(name)) return [JSON.stringify(reason)];
  if (named.ranking.test(name)) {
    const names = labelsAs(shown, form.labels);
    return list(drawn.order.map((i) => ['"', names[i]!, '"']));
  }
  if (/^\{/.test(shown)) return nestedPieces(verdict, shown);
  // a list of texts, such as principles
  if (/^\[\s*"/.test(shown)) return [`[${JSON.stringify(reason)}]`];
  if (/^\s*\[/.test(shown) || /scores|ratings|grades/i.test(name))
    return list(drawn.grades.map((_, i) => [gradePiece(verdict, i, form.scale)]));
  if (/true|false/i.test(shown) || named.tie.test(name))
    return [named.tie.test(name) ? String(drawn.tie) : checkPiece(verdict, at ?? 0, ["true", "false"])];
  if (named.confidence.test(name)) return [confidence(verdict)];
  if (at !== undefined && /^(?:[A-H]|(?:answer|response|candidate|output|assistant)[ _-]?[A-H1-9])$/i.test(name))
    return [gradePiece(verdict, at, form.scale)];
  if (named.grade.test(name) || (/^\s*[<"]?\s*(?:\d|int|number|float)/i.test(shown) && form.labels.length === 1))
    return [gradePiece(verdict, at ?? drawn.order[0] ?? 0, form.scale)];
  if (form.labels.length > 1 && named.choice.test(name))
    return quoted(choicePiece(verdict, labelsAs(shown, form.labels)));
  if (form.labels.length === 1 && (named.choice.test(name) || /yes|pass|correct/i.test(shown)))
    return ['"', checkPiece(verdict, 0, checkWords(shown)), '"'];
  // a number is wanted where the example shows no quotes
  return /^(?:…|\.\.\.|<)/.test(shown) ? [gradePiece(verdict, at ?? drawn.order[0] ?? 0, form.scale)] : ['""'];
}

/** The labels as a prompt writes them: `first`, `1`, `response_1`, `Assistant A`, … */
function labelsAs(shown: string, labels: readonly string[]): string[] {
  if (/first/i.test(shown)) return labels.map((_, i) => ["first", "second", "third", "fourth"][i] ?? String(i + 1));
  const prefix =
    /((?:response|answer|candidate|assistant|model|output)[ _-]?)(?:[1-9]|[A-H])\b/i.exec(shown)?.[1] ?? "";
  const bare = prefix === "" ? shown : shown.slice(shown.indexOf(prefix) + prefix.length);
  const digits = prefix === "" ? /1/.test(shown) && !/\bA\b/.test(shown) : /^\d/.test(bare);
  const small = /(?:^|[^A-Za-z])a(?:[^A-Za-z]|$)/.test(bare) && !/\bA\b/.test(shown);
  if (prefix === "" && !digits && !small && !/\b[A-H]\b/.test(shown)) return [...labels];
  return labels.map((_, i) => {
    const letter = String.fromCharCode((small ? 97 : 65) + i);
    return `${prefix}${digits ? i + 1 : letter}`;
  });
}

function checkWords(shown: string): readonly [string, string] {
  if (/pass/i.test(shown)) return ["pass", "fail"];
  if (/incorrect/i.test(shown)) return ["correct", "incorrect"];
  return /Yes/.test(shown) ? ["Yes", "No"] : ["yes", "no"];
}

function confidence({ view }: Verdict): string {
  const p =
    view.logits.length > 1 ? Math.max(...choiceProbabilities(view.logits)) : sigmoid(Math.abs(view.checks[0] ?? 0));
  return String(Math.round(p * 100) / 100);
}

function list(items: readonly (readonly Piece[])[]): Piece[] {
  return ["[", ...items.flatMap((item, i) => [...(i === 0 ? [] : [", "]), ...item]), "]"];
}

type Schema = JsonObject;

/** A value that a JSON schema allows: members by their names, labels and grades where it has room for them. */
function schemaPieces(verdict: Verdict, schema: Schema, name: string, at: number | undefined, root: Schema): Piece[] {
  const { form, drawn } = verdict;
  const reference = schema["$ref"];
  if (typeof reference === "string") return schemaPieces(verdict, resolved(root, reference), name, at, root);
  const options = (schema["anyOf"] ?? schema["oneOf"]) as readonly Schema[] | undefined;
  if (options !== undefined) {
    const first = options.find((one) => one["type"] !== "null") ?? options[0]!;
    return schemaPieces(verdict, first, name, at, root);
  }
  if (schema["const"] !== undefined) return [JSON.stringify(schema["const"])];
  const values = schema["enum"] as readonly (string | number | boolean | null)[] | undefined;
  if (values !== undefined) return enumPieces(verdict, values, at);
  const type = Array.isArray(schema["type"]) ? schema["type"].find((one) => one !== "null") : schema["type"];
  if (type === "object" || schema["properties"] !== undefined) {
    const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Schema>);
    return [
      "{",
      ...properties.flatMap(([key, one], i): Piece[] => [
        `${i === 0 ? "" : ", "}${JSON.stringify(key)}: `,
        ...schemaPieces(verdict, one, key, at ?? indexOf(key, form.labels), root),
      ]),
      "}",
    ];
  }
  if (type === "array") {
    const items = (schema["items"] ?? {}) as Schema;
    if (named.ranking.test(name)) {
      const whole = items["type"] === "integer" || items["type"] === "number";
      // whole numbers are places from 1, unless the schema allows 0
      const from = (items["minimum"] as number | undefined) === 0 ? 0 : 1;
      return list(drawn.order.map((i): Piece[] => (whole ? [String(i + from)] : ['"', form.labels[i]!, '"'])));
    }
    if (items["type"] === "string") return list([]);
    return list(form.labels.map((_, i) => schemaPieces(verdict, items, name, i, root)));
  }
  if (type === "boolean")
    return [
      named.tie.test(name) ? String(drawn.tie) : checkPiece(verdict, at ?? drawn.order[0] ?? 0, ["true", "false"]),
    ];
  if (type === "number" || type === "integer") return numberPieces(verdict, schema, name, at);
  if (named.choice.test(name) && form.labels.length > 1) return ['"', choicePiece(verdict, form.labels), '"'];
  return [JSON.stringify(reason)];
}

function numberPieces(verdict: Verdict, schema: Schema, name: string, at: number | undefined): Piece[] {
  const { form, drawn, view } = verdict;
  if (named.confidence.test(name)) return [confidence(verdict)];
  const i = at ?? drawn.order[0] ?? 0;
  const low = (schema["minimum"] as number | undefined) ?? form.scale[0];
  const high = (schema["maximum"] as number | undefined) ?? Math.max(low + 1, form.scale[1]);
  if (schema["type"] === "number" && high - low <= 1) {
    const value = Math.min(high, Math.max(low, low + (high - low) * (view.grades[i] ?? 0)));
    return [String(Math.round(value * 1000) / 1000)];
  }
  const scale = [low, high] as const;
  const [from, to] = form.scale;
  const share = ((drawn.grades[i] ?? from) - from) / (to - from);
  const same = low === from && high === to;
  return [gradePiece(verdict, i, scale, same ? undefined : Math.round(low + (high - low) * share))];
}

function enumPieces(
  verdict: Verdict,
  values: readonly (string | number | boolean | null)[],
  at: number | undefined,
): Piece[] {
  const { form } = verdict;
  const texts = values.map((value) => String(value));
  const find = (pattern: RegExp): number => texts.findIndex((text) => pattern.test(text));
  const write = (piece: Piece): Piece[] =>
    values.every((value) => typeof value === "string") ? ['"', piece, '"'] : [piece];
  const yes = find(/^(?:yes|pass|true|correct|good|accept|valid)/i);
  const no = find(/^(?:no|fail|false|incorrect|bad|reject|invalid|wrong)\b/i);
  if (yes >= 0 && no >= 0) return write(checkPiece(verdict, at ?? 0, [texts[yes]!, texts[no]!]));
  const places = form.labels.map((label, i) =>
    texts.findIndex((text) => {
      const own = /(?:^|[^A-Za-z0-9]|[a-z])([A-H]|[1-9])$|^([a-h])$/.exec(text);
      const word = (own?.[1] ?? own?.[2])?.toUpperCase();
      return (
        word === label ||
        word === String(i + 1) ||
        word === String.fromCharCode(65 + i) ||
        text.toLowerCase() === ["first", "second"][i]
      );
    }),
  );
  if (form.labels.length > 1 && places.every((place) => place >= 0)) {
    const tie = find(/tie|equal|same|draw|neither/i);
    const tieName = tie >= 0 ? texts[tie]! : form.tie === "C" && texts.includes("C") ? "C" : null;
    return write(
      choicePiece(
        verdict,
        places.map((place) => texts[place]!),
        tieName,
      ),
    );
  }
  const numbers = texts.map(Number);
  if (numbers.every(Number.isFinite)) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return write(numberPieces(verdict, { minimum: low, maximum: high, type: "integer" }, "score", at)[0]!);
  }
  return write(texts[0]!);
}

function resolved(root: Schema, reference: string): Schema {
  let at: unknown = root;
  for (const step of reference.replace(/^#\//, "").split("/")) at = (at as Record<string, unknown> | undefined)?.[step];
  return (at ?? {}) as Schema;
}

/** Joins pieces to a text, and to its tokens: words with the space before them, decided tokens by themselves. */
export function tokensOf(
  pieces: readonly Piece[],
  top: number,
): { text: string; logprobs: NonNullable<Generation["logprobs"]> } {
  let text = "";
  const logprobs: { token: string; logprob: number; top: { token: string; logprob: number }[] }[] = [];
  for (const piece of pieces) {
    if (typeof piece === "string") {
      text += piece;
      for (const [token] of piece.matchAll(/\s*\S+|\s+$/g))
        logprobs.push({ token, logprob: 0, top: top > 0 ? [{ token, logprob: 0 }] : [] });
      continue;
    }
    text += piece.token;
    const among = piece.among
      .filter(({ p }) => p > 0)
      .map(({ token, p }) => ({ token, logprob: Math.log(p) }))
      .sort((a, b) => b.logprob - a.logprob);
    logprobs.push({
      token: piece.token,
      logprob: among.find(({ token }) => token === piece.token)?.logprob ?? Number.NEGATIVE_INFINITY,
      top: among.slice(0, top),
    });
  }
  return { text, logprobs };
}
