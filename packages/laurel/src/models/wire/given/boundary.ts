import { type Message, unscored } from "../../../core/index.ts";
import { type Given, GivenFailure, type GivenJob, type IdServer, type ScoredToken, type TextServer } from "./types.ts";

/** How completions are joined to their prefix. */
export interface JoinOptions {
  /** Of chat prefixes: score the end of the turn, as the template writes it, too. */
  endOfTurn: boolean;
}

/** What is found out about a server's tokenizer once. */
export interface Tokenizer {
  /** The id that begins every text, if there is one. */
  bos: number | undefined;
  /** Do the ids of two texts, tokenised apart, stand for the joined text? SentencePiece puts a space before each. */
  faithful: boolean;
}

const samples = [
  ["x:", "a b"],
  ["x:", " a b"],
] as const;

/** Asks a server what its tokenizer does at a text's beginning. */
export async function tokenizerOf(server: IdServer): Promise<Tokenizer> {
  const [empty, ...apart] = await Promise.all([
    server.tokenize("", true).catch((thrown: unknown) => {
      // some servers refuse an empty text; a text's first token tells the same
      if (thrown instanceof GivenFailure && thrown.failed.unscored.reason === "unsupported") return undefined;
      throw thrown;
    }),
    ...samples.map(async ([left, right]) => {
      const [a, b] = await Promise.all([server.tokenize(left, false), server.tokenize(right, false)]);
      return (await server.detokenize([...a, ...b])) === left + right;
    }),
  ]);
  const faithful = apart.every(Boolean);
  if (empty !== undefined) return { bos: empty[0], faithful };
  const [special, plain] = await Promise.all([server.tokenize("a", true), server.tokenize("a", false)]);
  return { bos: special.length > plain.length ? special[0] : undefined, faithful };
}

/** How many tokens two lists begin with in common. */
function common<T>(a: readonly T[], b: readonly T[]): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

const noContext = (): GivenFailure =>
  new GivenFailure(
    unscored(
      "unsupported",
      "the prefix is empty and the model has no token that begins a text, so its first token has no probability",
    ),
  );

/** A prefix's token ids, with the token that begins a text at most once. */
export async function prefixIds(
  server: IdServer,
  tokenizer: Tokenizer,
  prefix: readonly Message[] | string,
): Promise<readonly number[]> {
  const { bos } = tokenizer;
  if (typeof prefix === "string") {
    const ids = await server.tokenize(prefix, true);
    // a text that was rendered with its beginning token already
    return bos !== undefined && ids[0] === bos && ids[1] === bos ? ids.slice(1) : ids;
  }
  if (server.render === undefined)
    throw new GivenFailure(
      unscored(
        "unsupported",
        "this server renders no chat for log-probabilities; give the prefix as the text that its template makes",
      ),
    );
  const ids = await server.render(prefix, undefined);
  if (bos !== undefined && ids[0] === bos && ids[1] === bos)
    throw new GivenFailure(
      unscored("unsupported", "the server's chat template begins the text twice (two BOS tokens)"),
    );
  return ids;
}

/**
 * The ids of prefix and completion for each completion, and where the completions begin.
 *
 * Ids of the completion are those of its text apart, so that the boundary is the prefix's length for all of them. Where the tokenizer
 * puts a space before texts apart, prefix and completion are tokenised together, and the boundary is the shortest beginning that any of them has in
 * common with the prefix: a token that spans the border is then scored for all completions alike.
 */
export async function joinIds(
  server: IdServer,
  tokenizer: Tokenizer,
  job: GivenJob,
  options: JoinOptions,
): Promise<{ from: number; ids: readonly (readonly number[])[] }> {
  const { prefix, completions } = job;
  const before = await prefixIds(server, tokenizer, prefix);
  if (options.endOfTurn && typeof prefix !== "string") {
    const ids = await Promise.all(completions.map((completion) => server.render!(prefix, completion)));
    if (ids.some((one) => common(before, one) < before.length))
      throw new GivenFailure(
        unscored(
          "unsupported",
          "the server's chat template renders a conversation with its answer otherwise than before it, so the answer's beginning is not known",
        ),
      );
    return { from: before.length, ids };
  }
  if (tokenizer.faithful)
    return {
      from: before.length,
      ids: await Promise.all(
        completions.map(async (completion) => [
          ...before,
          ...(completion === "" ? [] : await server.tokenize(completion, false)),
        ]),
      ),
    };
  const text = typeof prefix === "string" ? prefix : await server.detokenize(before);
  // a conversation's text has its special tokens already
  const special = typeof prefix === "string" && !text.startsWith(await bosText(server, tokenizer));
  const ids = await Promise.all(completions.map((completion) => server.tokenize(text + completion, special)));
  return { from: Math.min(...ids.map((one) => common(before, one))), ids };
}

/** The text of the beginning token, or one that no text begins with. */
async function bosText(server: IdServer, { bos }: Tokenizer): Promise<string> {
  const text = bos === undefined ? "" : await server.detokenize([bos]);
  return text === "" ? "\u0000none" : text;
}

/** The log-probabilities of a job's completions by token ids. */
export async function scoreByIds(
  server: IdServer,
  tokenizer: Tokenizer,
  job: GivenJob,
  options: JoinOptions,
): Promise<Given[]> {
  const { from, ids } = await joinIds(server, tokenizer, job, options);
  return Promise.all(
    ids.map(async (one): Promise<Given> => {
      if (one.length === from)
        return { tokens: [], logprobs: [], inputTokens: 0, outputTokens: 0, calls: 0, modelId: undefined };
      if (from === 0) throw noContext();
      const { tokens, modelId } = await server.score(one, from);
      return { ...valuesOf(tokens), inputTokens: one.length, outputTokens: 1, calls: 1, modelId };
    }),
  );
}

function valuesOf(tokens: readonly ScoredToken[]): Pick<Given, "tokens" | "logprobs"> {
  if (tokens.some(({ logprob }) => logprob === null)) throw noContext();
  return { tokens: tokens.map(({ token }) => token), logprobs: tokens.map(({ logprob }) => logprob!) };
}

/** The log-probabilities of a job's completions by text: of prefix and completion together, less what all have in common with the prefix. */
export async function scoreByText(server: TextServer, job: GivenJob): Promise<Given[]> {
  const { completions } = job;
  const { text, tokens: before } = await prefixText(server, job.prefix);
  const scored = await Promise.all(
    completions.map((completion) => (completion === "" ? undefined : server.score(text + completion))),
  );
  const identify = ({ id, token }: ScoredToken): number | string => id ?? token;
  const names = before.map(identify);
  const shared = Math.min(
    before.length,
    ...scored.map((one) => (one === undefined ? before.length : common(names, one.tokens.map(identify)))),
  );
  const from = Math.max(shared, begun(completions, scored, before));
  return scored.map((one): Given => {
    if (one === undefined)
      return { tokens: [], logprobs: [], inputTokens: 0, outputTokens: 0, calls: 0, modelId: undefined };
    return {
      ...valuesOf(one.tokens.slice(from)),
      inputTokens: one.tokens.length,
      outputTokens: 1,
      calls: 1,
      modelId: one.modelId,
    };
  });
}

/** 1 where the prefix is empty and the server put a token of its own before each completion, else 0. */
function begun(
  completions: readonly string[],
  scored: readonly ({ tokens: readonly ScoredToken[] } | undefined)[],
  before: readonly ScoredToken[],
): number {
  if (before.length > 0) return 0;
  const added = scored.every((one, i) => {
    const first = one?.tokens[0];
    return first === undefined || (first.id !== undefined && !completions[i]!.startsWith(first.token));
  });
  return added ? 1 : 0;
}

/** A prefix as text and its tokens; a beginning token that the text has already and the server adds again is taken out of the text. */
export async function prefixText(
  server: TextServer,
  prefix: readonly Message[] | string,
): Promise<{ text: string; tokens: readonly ScoredToken[] }> {
  let text: string;
  if (typeof prefix === "string") text = prefix;
  else if (server.render !== undefined) text = await server.render(prefix);
  else
    throw new GivenFailure(
      unscored(
        "unsupported",
        "this server renders no chat for log-probabilities; give the prefix as the text that its template makes",
      ),
    );
  if (text === "") return { text, tokens: [] };
  const { tokens } = await server.score(text);
  const [first, second] = tokens;
  const twice =
    first?.id !== undefined && first.id === second?.id && first.token !== "" && text.startsWith(first.token);
  // two equal first tokens that are not a special one, such as "haha", stand twice in the text
  if (!twice || text.startsWith(first.token + first.token)) return { text, tokens };
  const once = text.slice(first.token.length);
  return { text: once, tokens: (await server.score(once)).tokens };
}
