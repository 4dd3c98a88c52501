// Runs toAutoevals and fromAutoevals against the real packages and writes what came out to test/expected/autoevals/autoevals.json.
// Run: node scripts/expected/autoevals.ts FOLDER
// FOLDER/node_modules holds autoevals and braintrust (npm i --ignore-scripts autoevals braintrust in a folder of its own).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fromAutoevals, toAutoevals } from "../../packages/laurel/src/bench/index.ts";
import { type Reward, task } from "../../packages/laurel/src/core/index.ts";
import { math } from "../../packages/laurel/src/rewards/index.ts";
import { score } from "../../packages/laurel/src/run/index.ts";

const folder = resolve(process.argv[2] ?? ".");
const require = createRequire(join(folder, "package.json"));
const load = (name: string) => import(pathToFileURL(require.resolve(name)).href);
const version = (name: string): string =>
  (JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;

type Scorer = (args: object) => Promise<{ name: string; score: number | null; metadata?: Record<string, unknown> }>;
const autoevals = (await load("autoevals")) as Record<string, Scorer> & {
  LLMClassifierFromTemplate(options: object): Scorer;
  makePartial(scorer: unknown, name: string): Scorer & { partial(args: object): Scorer };
};

/** A judge on loopback: chooses by what the prompt holds, or fails with a status. */
const judge = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk) => (text += String(chunk)));
  request.on("end", () => {
    const status = Number(/STATUS (\d+)/.exec(text)?.[1] ?? 200);
    const choice = text.includes("PARIS") ? "Y" : text.includes("ODD") ? "Z" : "N";
    response.writeHead(status, { "content-type": "application/json" });
    const call = { name: "select_choice", arguments: JSON.stringify({ reasons: "it was read", choice }) };
    const message = { role: "assistant", content: null, tool_calls: [{ id: "c", type: "function", function: call }] };
    response.end(
      JSON.stringify(
        status === 200
          ? {
              id: "x",
              object: "chat.completion",
              created: 1,
              model: "judge",
              choices: [{ index: 0, message, finish_reason: "tool_calls" }],
            }
          : { error: { message: `status ${status}` } },
      ),
    );
  });
});
await new Promise<void>((done) => judge.listen(0, "127.0.0.1", done));
const openAiBaseUrl = `http://127.0.0.1:${(judge.address() as AddressInfo).port}`;
const classifier = autoevals.LLMClassifierFromTemplate({
  name: "Capital",
  promptTemplate: "Is {{output}} the capital of {{input}}? {{expected}}",
  choiceScores: { Y: 1, N: 0 },
  useCoT: true,
});
const graded = ((args: object) =>
  classifier({ ...args, openAiApiKey: "none", openAiBaseUrl, model: "gpt-4o" })) as Scorer;
Object.defineProperty(graded, "name", { value: "Capital" });

const cases: [scorer: string, output: string, expected: string | undefined][] = [
  ["Levenshtein", "kitten", "sitting"],
  ["Levenshtein", "", ""],
  ["Levenshtein", "x", undefined],
  ["ExactMatch", "a", "a"],
  ["ExactMatch", "a", "A"],
  ["NumericDiff", "9", "10"],
  ["ValidJSON", '{"a":1}', undefined],
  ["ValidJSON", "no", undefined],
  ["JSONDiff", '{"a":1,"b":2}', '{"a":1,"b":3}'],
  ["ListContains", "a", "a"],
  ["Capital", "PARIS", "Paris"],
  ["Capital", "Lyon", "Paris"],
  ["Capital", "ODD", "Paris"],
  ["Capital", "STATUS 401", "Paris"],
  ["Capital", "STATUS 404", "Paris"],
];

/** What the scorer says itself: a result or an error. */
async function plainly(scorer: Scorer, args: object): Promise<object> {
  try {
    const { name, score, metadata } = await scorer(args);
    return { name, score, ...(metadata === undefined ? {} : { metadata }) };
  } catch (thrown) {
    const { message, status } = thrown as { message: string; status?: number };
    return { error: { message, ...(status === undefined ? {} : { status }) } };
  }
}

const from = [];
for (const [name, output, expected] of cases) {
  const scorer = name === "Capital" ? graded : autoevals[name]!;
  const args = { output, ...(expected === undefined ? {} : { expected }), input: "France" };
  const reward = fromAutoevals(scorer as never);
  const [laurel] = await score(reward, task("France", [output], expected));
  from.push({ scorer: name, named: reward.name, args, autoevals: await plainly(scorer, args), laurel });
}

/** Rewards as scorers, called by autoevals' own wrapper and by Braintrust's `Eval`. */
const { Eval } = (await load("braintrust")) as {
  Eval(
    name: string,
    evaluator: object,
    options: object,
  ): Promise<{ results: { input: string; scores: Record<string, number | null> }[] }>;
};
const rewards: Reward[] = [math(), fromAutoevals(autoevals["Levenshtein"] as never)];
const rows = [
  { input: "2 + 3?", output: "\\boxed{5}", expected: "5" },
  { input: "2 + 4?", output: "\\boxed{5}", expected: "6" },
  { input: "2 + 5?", output: "\\boxed{7}", expected: undefined },
];
const to = [];
for (const row of rows) {
  const scorer = autoevals.makePartial(toAutoevals(rewards[0]!), "verify.math").partial({ input: row.input });
  const { name, score: value, metadata } = await scorer({ output: row.output, expected: row.expected });
  to.push({ row, name, score: value, metadata });
}
const evaluated = await Eval(
  "laurel",
  {
    data: () => rows.map(({ input, expected }) => ({ input, expected })),
    task: (input: string) => rows.find((row) => row.input === input)!.output,
    scores: rewards.map((reward) => toAutoevals(reward)),
  },
  { noSendLogs: true, reporter: { name: "none", reportEval: () => true, reportRun: () => true } },
);
const evals = evaluated.results.map(({ input, scores }) => ({ input, scores }));
evals.sort((a, b) => (a.input < b.input ? -1 : 1));

const out = join(import.meta.dirname, "../../test/expected/autoevals");
mkdirSync(out, { recursive: true });
const versions = { autoevals: version("autoevals"), braintrust: version("braintrust"), node: process.version };
writeFileSync(join(out, "autoevals.json"), `${JSON.stringify({ versions, from, to, evals }, null, 2)}\n`);
judge.close();
judge.closeAllConnections();
process.exit();
