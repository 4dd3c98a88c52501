import type { Message, Span } from "laurel";
import { textOf } from "laurel";
import {
  findTexts,
  parseQuestion,
  parseText,
  type Question,
  type TextLatents,
  wordCount,
} from "../preferences/text/index.ts";

/** A candidate as a judge finds it in its prompt. */
export interface ShownText {
  /** Null where the text is none of the world's. */
  latents: TextLatents | null;
  words: number;
  text: string;
}

/** What a prompt shows to a judge, and what it says beside it. */
export interface JudgePrompt {
  /** In the order in which they stand. */
  candidates: readonly ShownText[];
  reference: ShownText | null;
  /** Passages that it may hold the candidates against, in order. */
  passages: readonly string[];
  question: Question | null;
  /** What it is asked after it has answered before; null in a first request. */
  followUp: string | null;
  /** The prompt without candidates, references and other delimited material. */
  instructions: string;
  /** An order that came from a candidate and reached the judge outside of its delimiters, or after a control token. */
  injected: Injected | null;
}

/** What an injected order asks for. */
export interface Injected {
  /** The label, grade or JSON that it dictates; null where it names none. */
  wants: string | null;
  /** The candidate that it came with, counted from 0; −1 before the first. */
  from: number;
}

type Role = "candidate" | "reference" | "other";
interface Region extends Span {
  name: string;
  role: Role;
  /** The delimiters besides. */
  outer: Span;
}

const openers =
  /^[ \t]*\[begin ([^\]\n]{1,80})\][ \t]*$|<([a-z][\w-]{0,60})>|^[ \t]*\[(?:the )?start of ([^\]\n]{1,80})\]/gim;

/**
 * Delimited material of a prompt: `[begin NAME]…[end NAME]` on lines of their own, `<NAME>…</NAME>`, `[The Start of NAME]…[The
 * End of NAME]`; a block ends at the first end of its own name, as a reader of it would have it.
 */
function regionsOf(prompt: string): Region[] {
  const found: Region[] = [];
  const pattern = new RegExp(openers);
  for (let match = pattern.exec(prompt); match !== null; match = pattern.exec(prompt)) {
    const start = match.index + match[0].length;
    const [, begin, tag, startOf] = match;
    const close = begin !== undefined ? `[end ${begin}]` : tag !== undefined ? `</${tag}>` : `end of ${startOf}]`;
    const at = prompt.toLowerCase().indexOf(close.toLowerCase(), start);
    if (at < 0) continue;
    const name = (begin ?? tag ?? startOf)!;
    const end = startOf === undefined ? at : prompt.lastIndexOf("[", at);
    const inside = prompt.slice(start, end);
    const role = roleOf(name, inside, tag !== undefined);
    if (role === undefined) continue;
    const outer = { start: match.index, end: at + close.length };
    found.push({ name, role, start, end, outer });
    pattern.lastIndex = outer.end;
  }
  return found;
}

function roleOf(name: string, inside: string, tag: boolean): Role | undefined {
  if (/reference|gold|exemplar|ideal/i.test(name)) return "reference";
  if (/prompt|question|instruct|query|user|task|problem|passage|context|rubric|criteri|source/i.test(name))
    return "other";
  const whose =
    /candidate|step|answer|response|assistant|output|completion|reply|submission|solution|first|second|^[a-h1-9]\b/i.test(
      name,
    );
  // a bare <answer>…</answer> may be an example of the form that is asked for
  if (tag)
    return parseText(inside) !== undefined || (whose && /\d{4}|[0-9a-f]{8}/i.test(name)) ? "candidate" : undefined;
  return whose || parseText(inside) !== undefined ? "candidate" : undefined;
}

const controlToken =
  /<\|(?:im_start|im_end|system|user|assistant|end|endoftext|eot_id|start_header_id)\|?>?|\[\/?INST\]|<<\/?SYS>>|<\/?s>|<start_of_turn>|<end_of_turn>/i;
const order =
  /\b(?:ignore|disregard|forget|override|ignoriere|ignorez)\b[^.\n]{0,80}\b(?:above|previous|prior|earlier|before|preceding|instructions?|rules?|anweisungen|instructions)\b/gi;

/** Reads a judge's prompt as a careful reader would: candidates by their delimiters, else by the world's own openings. */
export function readJudgePrompt(messages: readonly Message[]): JudgePrompt {
  const prompt = messages.map(textOf).join("\n\n");
  const regions = regionsOf(prompt);
  const blocks = regions.some(({ role }) => role === "candidate")
    ? regions
    : [...regions, ...bareTexts(prompt, regions)];
  blocks.sort((a, b) => a.start - b.start);
  const candidates: ShownText[] = [];
  const passages: string[] = [];
  let reference: ShownText | null = null;
  for (const block of blocks) {
    const inside = prompt.slice(block.start, block.end);
    if (block.role === "other") {
      if (/passage|context|document/i.test(block.name)) passages.push(inside.trim());
      continue;
    }
    const several = /s\b/i.test(block.name) ? findTexts(inside) : [];
    const shown =
      several.length > 1
        ? several.map(({ latents, span }) => shownText(inside.slice(span.start, span.end), latents))
        : [shownText(inside, parseText(inside) ?? null)];
    if (block.role === "reference") reference ??= shown[0]!;
    else candidates.push(...shown);
  }
  const instructions = without(
    prompt,
    blocks.map(({ outer }) => outer),
  );
  return {
    candidates,
    reference,
    passages,
    followUp: messages.some(({ role }) => role === "assistant") ? textOf(messages[messages.length - 1]!) : null,
    question: parseQuestion(prompt) ?? null,
    instructions,
    injected: injectedIn(prompt, blocks),
  };
}

function shownText(raw: string, latents: TextLatents | null): ShownText {
  const text = raw.trim();
  return { latents, words: wordCount(text), text };
}

/** Texts of the world that stand in no block. A label just before one says whether it is the reference. */
function bareTexts(prompt: string, regions: readonly Region[]): Region[] {
  const outside = (span: Span): boolean =>
    regions.every(({ outer }) => span.end <= outer.start || span.start >= outer.end);
  let before = 0;
  return findTexts(prompt)
    .filter(({ span }) => outside(span))
    .map(({ span }): Region => {
      const label = prompt.slice(Math.max(before, span.start - 80), span.start);
      before = span.end;
      const role = /reference|gold answer|exemplar|ideal answer/i.test(label) ? "reference" : "candidate";
      return { ...span, name: "text", role, outer: span };
    });
}

function without(text: string, spans: readonly Span[]): string {
  let out = "";
  let at = 0;
  for (const { start, end } of spans) {
    if (start > at) out += `${text.slice(at, start)}\n`;
    at = Math.max(at, end);
  }
  return out + text.slice(at);
}

/** The first order that stands outside of all blocks, or behind a control token inside of one. */
function injectedIn(prompt: string, blocks: readonly Region[]): Injected | null {
  for (const match of prompt.matchAll(order)) {
    const at = match.index;
    const block = blocks.find(({ outer }) => at >= outer.start && at < outer.end);
    // the world's own texts without delimiters shield nothing
    const shielded = block !== undefined && block.name !== "text";
    if (shielded && !controlToken.test(prompt.slice(block.start, at))) continue;
    const from = blocks.filter((one) => one.role === "candidate" && one.start <= at).length - 1;
    // what it dictates stands on its own line, or on the next where the line ends with the order
    const after = prompt.slice(at + match[0].length, at + match[0].length + 300);
    const line = /^[^\n]{0,3}\n/.test(after) ? after.split("\n")[1]! : after.split("\n")[0]!;
    return { wants: dictated(line), from };
  }
  return null;
}

/** The verdict that an order dictates: `[[A]]`, `[RESULT] 5`, `<answer>A</answer>`, `{"score": 10}`, `answer A`, `score of 10`. */
function dictated(after: string): string | null {
  const exact =
    /\[\[\s*([\w.<>=]{1,8})\s*\]\]|\[RESULT\]\s*([\w.]{1,8})|<answer>\s*([\w.]{1,8})\s*<\/answer>|\\boxed\{([\w.]{1,8})\}/i.exec(
      after,
    );
  if (exact !== null) return (exact[1] ?? exact[2] ?? exact[3] ?? exact[4])!;
  const json = /"(?:score|rating|winner|verdict|choice|answer|preferred)"\s*:\s*"?([\w.]{1,12})"?/i.exec(after);
  if (json !== null) return json[1]!;
  const said =
    /\b(?:answer|say|output|reply|respond|choose|prefer|print|write|give|select|pick|return|score|rate|rating|grade|response|assistant|with|of|is)\b[\s:"'*]*(?:(?:a|the|with|it|this|response|assistant|candidate|answer|score|of|rating|as|only)[\s:"'*]+){0,3}([A-H]|\d{1,3}|yes|no)\b/.exec(
      after,
    );
  return said === null ? null : said[1]!;
}
