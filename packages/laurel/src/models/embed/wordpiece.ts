import { InputError } from "../../core/index.ts";

/** A BERT tokenizer: from text to ids of its vocabulary, without the marks of beginning and end. */
export interface WordPiece {
  readonly cls: number;
  readonly sep: number;
  encode(text: string): number[];
}

interface TokenizerFile {
  normalizer?: { type?: unknown; lowercase?: unknown; strip_accents?: unknown; handle_chinese_chars?: unknown };
  pre_tokenizer?: { type?: unknown };
  model?: { type?: unknown; vocab?: Record<string, number>; unk_token?: unknown; continuing_subword_prefix?: unknown };
}

/** A word longer than this is unknown, which also bounds the search for its pieces. */
const longestWord = 100;
/** Ideographs stand alone: CJK blocks and their extensions, as BERT lists them. */
const ideograph =
  /[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
const control = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\ufffd]/gu;
/** BERT takes these ASCII signs for punctuation as well as Unicode's own. */
const punctuation = /[!-/:-@[-`{-~]|\p{P}/u;

/**
 * The tokenizer of a `tokenizer.json` with BERT's normalizer and WordPiece.
 * @throws InputError for another kind of tokenizer
 */
export function wordPiece(file: string, content: string): WordPiece {
  const { normalizer = {}, pre_tokenizer: before, model = {} } = JSON.parse(content) as TokenizerFile;
  if (normalizer.type !== "BertNormalizer" || before?.type !== "BertPreTokenizer" || model.vocab === undefined)
    throw new InputError({ file }, "this is no BERT tokenizer, which is the only kind read here");
  const vocabulary = new Map(Object.entries(model.vocab));
  const lower = normalizer.lowercase === true;
  const strip = normalizer.strip_accents === true || (normalizer.strip_accents == null && lower);
  const split = normalizer.handle_chinese_chars !== false;
  const prefix = typeof model.continuing_subword_prefix === "string" ? model.continuing_subword_prefix : "##";
  const id = (token: string): number => {
    const found = vocabulary.get(token);
    if (found === undefined) throw new InputError({ file }, `its vocabulary lacks ${token}`);
    return found;
  };
  const unknown = id(typeof model.unk_token === "string" ? model.unk_token : "[UNK]");

  const normalise = (text: string): string => {
    let clean = text.replaceAll(/[\t\n\r]|\p{Zs}/gu, " ").replaceAll(control, "");
    if (split) clean = clean.replaceAll(ideograph, " $& ");
    if (strip) clean = clean.normalize("NFD").replaceAll(/\p{Mn}/gu, "");
    return lower ? clean.toLowerCase() : clean;
  };
  const pieces = (word: string, ids: number[]): void => {
    const units = [...word];
    if (units.length > longestWord) {
      ids.push(unknown);
      return;
    }
    const found: number[] = [];
    for (let from = 0; from < units.length; ) {
      let to = units.length;
      let piece: number | undefined;
      for (; to > from; to--) {
        const text = units.slice(from, to).join("");
        piece = vocabulary.get(from === 0 ? text : prefix + text);
        if (piece !== undefined) break;
      }
      if (piece === undefined) {
        ids.push(unknown);
        return;
      }
      found.push(piece);
      from = to;
    }
    ids.push(...found);
  };
  return {
    cls: id("[CLS]"),
    sep: id("[SEP]"),
    encode(text) {
      const ids: number[] = [];
      for (const run of normalise(text).split(/\s+/u)) {
        let word = "";
        for (const unit of run) {
          if (!punctuation.test(unit)) {
            word += unit;
            continue;
          }
          if (word !== "") pieces(word, ids);
          pieces(unit, ids);
          word = "";
        }
        if (word !== "") pieces(word, ids);
      }
      return ids;
    },
  };
}
