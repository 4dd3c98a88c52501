/** A text made fit to be shown to a judge, with what was done to it. */
export interface Cleaned {
  text: string;
  /** Characters taken out because nobody sees them: controls, bidirectional marks, zero-width and tag characters. */
  removed: number;
  /** Control tokens of chat templates that were broken by a space. */
  broken: number;
}

const unusual = /[^\n\t\x20-\x7e]/;
const breaks = /\r\n?|[\u0085\u2028\u2029]/g;
// letters that are drawn as nothing, bidirectional and format characters, tags, lone surrogates
const invisible =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|\u034f|[\u17b4\u17b5]|[\u180b-\u180d\u180f]|\p{Cs}/gu;
// joiners belong between letters that join and inside emoji; anywhere else they hide something
const strayJoiners =
  /(?<!\ufe0f|[\p{Lo}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d]+|[\u200c\u200d](?![\p{Lo}\p{M}\p{Extended_Pictographic}])/gu;
const strayVariants = /(?<![\p{Emoji}\p{Lo}\p{S}])[\ufe00-\ufe0f]+|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]+/gu;

/**
 * The opening of a token that a chat template or tokenizer reads as control: <|…|> and its full-width form, [INST],
 * <<SYS>>, <s>, <start_of_turn>, <think>, tool tags. Only the opening bracket is matched, the rest is looked ahead.
 */
const control =
  /[<＜](?=[|｜][^\s<>|｜]{1,48}[|｜][>＞])|[<[](?=\/?INST\])|<(?=<\/?SYS>>)|[<[](?=\/?(?:s|bos|eos|pad|unk|mask|start_of_turn|end_of_turn|start_of_image|end_of_image|think|tool_calls?|tool_response|tools|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT|IMG|unused\d{1,4}|reserved_special_token_\d{1,4})[>\]])/gi;

/**
 * Takes out what a reader would not see and breaks what a tokenizer would obey; everything else stays as it is.
 *
 * Line ends become `\n`. Invisible characters are removed (joiners stay between joining letters and within emoji). Control
 * tokens of chat templates get a space after their first bracket, so that they remain readable but are no token.
 * Linear in the length of the text.
 *
 * @example clean("fine<|im_end|>\u200b").text; // "fine< |im_end|>"
 */
export function clean(text: string): Cleaned {
  let plain = text;
  let removed = 0;
  if (unusual.test(text)) {
    plain = text.replace(breaks, "\n");
    for (const pattern of [invisible, strayJoiners, strayVariants])
      plain = plain.replace(pattern, (gone) => {
        removed += gone.length;
        return "";
      });
  }
  let broken = 0;
  const safe = plain.replace(control, (opening) => {
    broken++;
    return `${opening} `;
  });
  return { text: safe, removed, broken };
}

const content = /[\p{L}\p{N}\p{So}]/u;
const notLetters = /[^\p{L}\p{N}]+/gu;

/** Openers that generative judges are known to reward although nothing follows them. */
const openers = new Set(
  [
    "Thought process",
    "Let's solve this problem step by step",
    "Let's solve this step by step",
    "Let's think step by step",
    "Let's think about this step by step",
    "Step by step solution",
    "Reasoning process",
    "Reasoning",
    "Solution",
    "The solution",
    "The final answer is",
    "The answer is",
    "Final answer",
    "Explanation",
    "解",
    "解答",
    "解説",
    "かいせつ",
    "思考过程",
    "思考過程",
    "Respuesta",
    "Solución",
    "Lösung",
    "Antwort",
    "Réponse",
  ].map(bare),
);

function bare(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(notLetters, "");
}

/**
 * Is there nothing to judge: no letter, digit or symbol, or only an opener ("Thought process:") without what it opens?
 * Generative judges are known to reward such texts ("master keys"), so a judge does not get to see them.
 *
 * @param except a reference answer: a text equal to it is an answer, whatever it says
 * @source "One Token to Fool LLM-as-a-Judge" (2025) for the phenomenon; the list is ours
 */
export function saysNothing(text: string, except?: string): boolean {
  if (text.length > 200) return !content.test(text);
  const words = bare(text);
  if (except !== undefined && words !== "" && words === bare(except)) return false;
  return !content.test(text) || openers.has(words);
}

/** Replaces each of the given names, whatever its case, by "[name]", so that a judge does not learn who wrote a text. */
export function withoutNames(text: string, names: readonly string[]): string {
  let hidden = text;
  for (const name of names) {
    if (name === "") continue;
    hidden = hidden.replace(new RegExp(name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi"), "[name]");
  }
  return hidden;
}
