/**
 * The core types. They are the contract of the whole project: see TYPES in the design notes.
 *
 * Two optional fields are added to the published `Reward`:
 * `children` (so that the runner can find a composite's leaves and choose its batch size) and
 * `timeLimit` (milliseconds a candidate may take; the worker pool kills the thread that exceeds it).
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json | undefined };
export interface Span {
  start: number;
  end: number;
} // UTF-16 offsets into answerText(candidate)
export type Part =
  | { type: "text" | "reasoning"; text: string }
  | { type: "image"; media: Media }
  | { type: "video"; frames: readonly Media[]; fps?: number | undefined }
  | { type: "tool-call"; id: string; name: string; input: Json }
  | { type: "tool-result"; id: string; output: Json; failed?: boolean | undefined };
export interface Media {
  hash: string;
  mediaType: string;
  uri: string;
}
export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string | readonly Part[];
}
export interface ToolCall {
  name: string;
  input: JsonObject;
}
export type CodeTest =
  | { kind: "stdio"; stdin: string; stdout: string; weight?: number | undefined }
  | { kind: "assert"; code: string; weight?: number | undefined }
  | { kind: "call"; name: string; args: readonly Json[]; result: Json; weight?: number | undefined };
export interface Trajectory {
  observations: readonly (readonly number[])[];
  actions: readonly (readonly number[])[];
  rewards?: readonly number[] | undefined;
  terminal: boolean;
}
export interface Candidate {
  id?: string | undefined;
  output: readonly Message[];
  steps?: readonly Span[] | undefined;
  trajectory?: Trajectory | undefined;
  finish?: "stop" | "length" | "tool" | "filter" | undefined;
  partial?: boolean | undefined;
  tokens?:
    | {
        count: number;
        tokenizer: string;
        ids?: readonly number[] | Int32Array | undefined;
        logprobs?: readonly number[] | Float32Array | undefined;
      }
    | undefined;
  meta?: JsonObject | undefined;
}
export interface Reference {
  answer?: Json | undefined;
  texts?: readonly string[] | undefined;
  exemplar?: Candidate | undefined;
  facts?: readonly string[] | undefined;
  tests?: readonly CodeTest[] | undefined;
  constraints?: readonly JsonObject[] | undefined;
  calls?: readonly ToolCall[] | undefined;
}
export interface Task {
  id: string;
  prompt: readonly Message[];
  candidates: readonly Candidate[];
  reference?: Reference | undefined;
  context?: JsonObject | undefined;
}
export interface Labels {
  preferred?:
    | readonly { first: number; second: number; p: number; strength?: number | undefined; rater?: string | undefined }[]
    | undefined;
  correct?: readonly (boolean | null)[] | undefined;
  value?: readonly (number | null)[] | undefined;
  steps?: readonly (readonly (number | null)[])[] | undefined;
  parts?: readonly Readonly<Record<string, number | null>>[] | undefined;
  extra?: JsonObject | undefined;
}
export interface Example {
  task: Task;
  labels: Labels;
  cluster: string;
  subsets: Readonly<Record<string, string>>;
}

export type Score = Scored | Unscored;
export type LocalUnit = "step" | "token" | "line" | "turn" | "frame" | "transition";
export interface Scored {
  value: number;
  unscored?: undefined;
  fault?: Fault | undefined;
  parts?: Readonly<Record<string, number | null>> | undefined;
  local?: readonly { unit: LocalUnit; values: readonly (number | null)[] }[] | undefined;
  spread?: { sd: number; n: number; over: "votes" | "members" | "orders" | "repeats" | "posterior" } | undefined;
  rationale?: string | undefined;
  facts?: JsonObject | undefined;
}
export interface Unscored {
  unscored: { reason: Reason; message: string; transient: boolean; raw?: string | undefined };
}
export type Fault = "no-answer" | "malformed" | "crashed" | "time-limit" | "memory-limit" | "over-long" | "forbidden";
export type Reason =
  | "missing-reference"
  | "bad-reference"
  | "unsupported"
  | "judge-unparsable"
  | "judge-refusal"
  | "transport"
  | "rate-limit"
  | "deadline"
  | "cancelled"
  | "budget"
  | "sandbox"
  | "undecided"
  | "incomplete-group"
  | "bug";
export type Seed = string; // 32 hex digits; split(seed, name) in core/seed.ts
export interface Usage {
  model: string;
  inputTokens: number;
  outputTokens: number;
  cachedTokens?: number | undefined;
  calls: number;
  usd?: number | undefined;
}
export interface Context {
  signal: AbortSignal;
  deadline?: number | undefined;
  seed: Seed;
  repeat: number;
  step?: number | undefined;
  score(child: Reward, tasks: readonly Task[]): Promise<Scores>;
  compare(child: Comparer, jobs: readonly Job[]): Promise<Comparisons>;
  spend(u: Usage): void;
  open(m: Media): Promise<Uint8Array>;
}
export interface Named {
  readonly name: string;
  readonly fingerprint: string | null;
  readonly spec?: JsonObject | undefined;
  readonly random?: boolean | undefined;
  [Symbol.asyncDispose]?(): PromiseLike<void>;
}
export type Scores = readonly (readonly Score[])[];
export interface Reward extends Named {
  readonly sees: "candidate" | "group" | "order";
  readonly work: "cpu" | "io" | "compose";
  readonly range?: readonly [min: number, max: number] | undefined;
  readonly floor?: number | undefined;
  readonly timeLimit?: number | undefined;
  readonly children?: readonly Reward[] | undefined;
  score(tasks: readonly Task[], ctx: Context): Promise<Scores>;
}
export type Pair = readonly [first: number, second: number];
export interface Job {
  task: Task;
  pairs: readonly Pair[];
}
export type Comparisons = readonly (readonly Compared[])[];
export interface Comparer extends Named {
  readonly work: "cpu" | "io" | "compose";
  compare(jobs: readonly Job[], ctx: Context): Promise<Comparisons>;
}
export interface Preferred {
  first: number;
  second: number;
  p: number;
  unscored?: undefined;
  tie?: number | undefined;
  strength?: number | undefined;
  fault?: "first" | "second" | "both" | undefined;
  rationale?: string | undefined;
}
export type Compared = Preferred | (Unscored & { first: number; second: number });
export type Pairing = (n: number, soFar: readonly Compared[], seed: Seed) => readonly Pair[] | "done";
export interface PreferenceMatrix {
  n: number;
  p: Float64Array;
  tie: Float64Array;
  weight: Float64Array;
  strength?: Float64Array | undefined;
  orderEffect: number | null;
}

export interface TokenLogprobs {
  tokens: readonly string[];
  logprobs: Float64Array;
  sum: number;
  unscored?: undefined;
}
export interface LikelihoodModel extends Named {
  readonly tokenizer: string;
  logprobs(
    jobs: readonly { prefix: readonly Message[] | string; completions: readonly string[] }[],
    ctx: Context,
  ): Promise<readonly (readonly (TokenLogprobs | Unscored)[])[]>;
  next?(
    prefixes: readonly (readonly Message[] | string)[],
    top: number,
    ctx: Context,
  ): Promise<readonly (readonly { token: string; logprob: number }[] | Unscored)[]>;
}
export interface Embedder extends Named {
  readonly dim: number;
  embed(contents: readonly (string | readonly Part[])[], ctx: Context): Promise<readonly (Float32Array | Unscored)[]>;
}
export interface Policy extends Named {
  sample(
    q: {
      task: Task;
      n: number;
      prefix?: string | undefined;
      stop?: readonly string[] | undefined;
      maxTokens?: number | undefined;
      temperature?: number | undefined;
      seed: Seed;
    },
    ctx: Context,
  ): AsyncIterable<Candidate>;
}
export interface StepScorer extends Named {
  scoreSteps(
    tasks: readonly Task[],
    ctx: Context,
    from?: number,
  ): Promise<readonly (readonly (readonly (number | null)[] | Unscored)[])[]>;
}
export interface Estimate {
  value: number;
  low: number;
  high: number;
  level: number;
  n: number;
  clusters?: number | undefined;
  unscored: number;
  method: string;
}
export interface Generation {
  text: string;
  reasoning?: string | undefined;
  calls?: readonly ToolCall[] | undefined;
  finish: "stop" | "length" | "tool" | "filter";
  logprobs?:
    | readonly { token: string; logprob: number; top?: readonly { token: string; logprob: number }[] | undefined }[]
    | undefined;
  modelId: string;
  usage: Usage;
  unscored?: undefined;
}
export interface GenerateRequest {
  messages: readonly Message[];
  n?: number | undefined;
  seed?: number | undefined;
  temperature?: number | undefined;
  topP?: number | undefined;
  maxTokens?: number | undefined;
  stop?: readonly string[] | undefined;
  topLogprobs?: number | undefined;
  schema?: JsonObject | undefined;
  tools?: readonly { name: string; description: string; parameters: JsonObject }[] | undefined;
}
export interface LanguageModel extends Named {
  readonly supports: Readonly<Record<"n" | "seed" | "logprobs" | "tools" | "images" | "schema", boolean>>;
  generate(
    requests: readonly GenerateRequest[],
    ctx: Context,
  ): Promise<readonly (readonly (Generation | Unscored)[])[]>;
}
