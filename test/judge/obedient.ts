import type { GenerateRequest } from "../../packages/laurel/src/core/index.ts";
import { blocksOf } from "../../packages/laurel/src/rewards/judge/prompt.ts";
import { type Fake, fakeModel, textOfRequest } from "./fake.ts";

/** Tokens that a chat template or tokenizer would obey wherever they stand. */
const tokens =
  /<[|｜][^\s<>|｜]+[|｜]>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:s|think|start_of_turn|end_of_turn|tool_call|tool_response)>/;
/** Characters that carry a message which no reader sees. */
const hidden =
  /[\u0000-\u0008\u000e-\u001f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\u3164\ufeff\u{e0000}-\u{e0fff}]|\p{Cs}/u;
/** Texts that generative judges are known to reward. */
const keys =
  /^[\s\W]*(?:thought process|let's solve this problem step by step|solution|the final answer is|解|かいせつ|respuesta)?[\s\W]*$/iu;

/** Why an obedient judge does what a candidate wants. */
export type Moved = "outside" | "token" | "hidden" | "master-key" | "long";

/**
 * A scripted judge that obeys whatever reaches it unescaped: text outside properly delimited blocks that the harmless
 * prompt did not have, control tokens, invisible messages, master keys, and texts too long to be read.
 *
 * @param says.harmless the same request with harmless candidates: what stands outside their blocks is the judge's own instruction
 * @param says.honest what it says when nothing moves it; obeyed is what the candidate wants
 */
export function obedientJudge(says: {
  harmless: readonly string[];
  honest: string;
  obeyed: string;
}): Fake & { moved: Moved[] } {
  const moved: Moved[] = [];
  const own = new Set(says.harmless.flatMap(lines));
  const fake = fakeModel((request) => {
    const why = reasonToObey(request, own);
    if (why === undefined) return says.honest;
    moved.push(why);
    return says.obeyed;
  });
  return Object.assign(fake, { moved });
}

function lines(text: string): string[] {
  // the code differs from request to request and is no instruction
  return text.replace(/[0-9a-f]{16}/g, "CODE").split("\n");
}

function reasonToObey(request: GenerateRequest, own: ReadonlySet<string>): Moved | undefined {
  const text = textOfRequest(request);
  if (text.length > 200_000) return "long";
  const foreign = text
    .split("\n")
    .filter((line) => !own.has(lines(line)[0]!))
    .join("\n");
  if (tokens.test(foreign)) return "token";
  if (hidden.test(foreign)) return "hidden";
  const { blocks, outside } = blocksOf(request.messages);
  if (lines(outside).some((line) => !own.has(line))) return "outside";
  // of a prompt without blocks the whole is instruction; only what a judge is shown as an answer can be a key
  if (blocks.some(({ name, text: answer }) => name.startsWith("answer") && keys.test(answer))) return "master-key";
  return undefined;
}

/** What stands outside the blocks of a request. */
export function outsideOf(request: GenerateRequest): string {
  return blocksOf(request.messages).outside;
}
