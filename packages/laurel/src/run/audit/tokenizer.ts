import type { Json, JsonObject } from "../../core/index.ts";
import { skippedFinding, type TrainingFinding } from "./training-finding.ts";

/** The files of a tokenizer's folder that say how texts are padded, as parsed JSON. */
export interface TokenizerFiles {
  /** tokenizer_config.json */
  tokenizer: JsonObject;
  /** special_tokens_map.json */
  specialTokens?: JsonObject | undefined;
  /** config.json of the model */
  model?: JsonObject | undefined;
}

/** A token's text, whether it is written as text or as an object with `content`. */
function tokenText(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const { content } = value as JsonObject;
    return typeof content === "string" ? content : undefined;
  }
  return undefined;
}

/** The id of a token in `added_tokens_decoder`. */
function tokenId(files: TokenizerFiles, text: string | undefined): number | undefined {
  const added = files.tokenizer["added_tokens_decoder"];
  if (text === undefined || typeof added !== "object" || added === null || Array.isArray(added)) return undefined;
  for (const [id, value] of Object.entries(added as JsonObject)) if (tokenText(value) === text) return Number(id);
  return undefined;
}

/**
 * Foot-guns of a tokenizer for a reward that reads the last token of a text: no padding token, padding equal to end-of-sequence, another
 * padding id in the model, padding on the left, no chat template.
 *
 * @param files the parsed files of its folder
 * @returns one finding a check, `ok` ones included
 * @example tokenizerChecks({ tokenizer: { pad_token: "</s>", eos_token: "</s>" } })[1]?.severity // "warn"
 */
export function tokenizerChecks(files: TokenizerFiles): TrainingFinding[] {
  const token = (name: string): string | undefined =>
    tokenText(files.tokenizer[name]) ?? tokenText(files.specialTokens?.[name]);
  const [pad, eos] = [token("pad_token"), token("eos_token")];
  const modelPad = files.model?.["pad_token_id"];
  const finding = (id: string, severity: TrainingFinding["severity"], sentence: string): TrainingFinding => ({
    id,
    severity,
    count: severity === "ok" ? 0 : 1,
    of: 1,
    rows: [],
    sentence,
  });
  const findings: TrainingFinding[] = [];
  if (pad === undefined)
    findings.push(
      finding(
        "padding-token",
        "stop",
        "the tokenizer has no padding token: a sequence classifier cannot score more than one text at a time; add a token that no text holds, and give the model its id as pad_token_id",
      ),
      skippedFinding("padding-is-eos", "there is no padding token"),
    );
  else {
    findings.push(finding("padding-token", "ok", `padding is ${pad}`));
    findings.push(
      pad === eos
        ? finding(
            "padding-is-eos",
            "warn",
            `padding equals end-of-sequence (${pad}): what masks padding also hides the true end of each answer, and a head that looks for the last token before padding reads one token too early; add a padding token of its own`,
          )
        : finding("padding-is-eos", "ok", `padding (${pad}) is not end-of-sequence (${eos ?? "none is named"})`),
    );
  }
  const padId = tokenId(files, pad);
  if (files.model === undefined) findings.push(skippedFinding("padding-id", "there is no config.json of the model"));
  else if (typeof modelPad !== "number")
    findings.push(
      finding(
        "padding-id",
        "stop",
        "config.json has no pad_token_id: a sequence classifier cannot tell padding from text in a batch; set it to the padding token's id",
      ),
    );
  else if (padId !== undefined && padId !== modelPad)
    findings.push(
      finding(
        "padding-id",
        "stop",
        `the model's pad_token_id is ${modelPad}, the tokenizer's padding token has the id ${padId}: scores would be read at the wrong token; make them the same`,
      ),
    );
  else
    findings.push(
      finding(
        "padding-id",
        "ok",
        `the model's pad_token_id is ${modelPad}${padId === undefined ? " (the tokenizer does not state its own)" : ", as the tokenizer's"}`,
      ),
    );
  const side = files.tokenizer["padding_side"];
  findings.push(
    side === "left"
      ? finding(
          "padding-side",
          "warn",
          "texts are padded on the left: heads that look for the token before the first padding token, and models without position ids by the attention mask, then score a text differently in a batch than alone; set padding_side to right, or prove it harmless with the batch check of laurel audit reward --stress",
        )
      : finding("padding-side", "ok", `texts are padded on the right${side === undefined ? " (the default)" : ""}`),
  );
  findings.push(
    files.tokenizer["chat_template"] === undefined
      ? finding(
          "chat-template",
          "warn",
          "tokenizer_config.json holds no chat template: roles are lost or made up; write the template that the model will be served with (it may stand in chat_template.jinja, which is not read here)",
        )
      : finding("chat-template", "ok", "there is a chat template"),
  );
  return findings;
}
