import { createServer, type LaurelServer, type ServerOptions } from "@laurel/serve";
import { answerText, fault, groupwise, type JsonObject, pointwise, type Reward, unscored } from "laurel";
import { math } from "laurel/rewards";

/** The number that stands in the answer: a reward without a range, as a trained reward model is. `?` is unscored, `!` a fault. */
export function numberReward(options: { transient?: boolean } = {}): Reward {
  return pointwise(
    "rm",
    (candidate) => {
      const text = answerText(candidate);
      if (text.includes("?")) return unscored("undecided", "the text asks", { transient: options.transient ?? false });
      if (text.includes("!")) return fault("malformed");
      const found = /-?\d+(\.\d+)?/.exec(text);
      return found === null ? unscored("missing-reference", "no number") : Number(found[0]);
    },
    { version: 1, floor: -10 },
  );
}

/** A reward that computes, on worker threads. */
export const mathReward = { math: math() };

/** How many of its group an answer is longer than. */
export const longerThan: Reward = groupwise(
  "longer-than",
  (task) => {
    const lengths = task.candidates.map((one) => answerText(one).length);
    return lengths.map((length) => lengths.filter((other) => other < length).length);
  },
  { version: 1, range: [0, 4096] },
);

/** A server that is closed at the end of its block, with requests that need no port. */
export async function served(options: Partial<ServerOptions> = {}): Promise<
  AsyncDisposable & {
    server: LaurelServer;
    post(
      path: string,
      body: unknown,
      headers?: Record<string, string>,
    ): Promise<{ status: number; body: JsonObject; headers: Headers }>;
    get(path: string, headers?: Record<string, string>): Promise<Response>;
  }
> {
  const server = await createServer({ rewards: { rm: numberReward() }, workers: 1, ...options });
  return {
    server,
    post: async (path, body, headers = {}) => {
      const response = await server.app.request(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as JsonObject, headers: response.headers };
    },
    get: async (path, headers = {}) => server.app.request(path, { headers }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
