import { writeFileSync } from "node:fs";

const source = (path: string): string =>
  JSON.stringify(new URL(`../../packages/laurel/src/${path}`, import.meta.url).href);

/** Writes a module with a judge that asks a served model for a number, and its tasks. Gives the spec of the judge. */
export function writeJudge(
  folder: { file(name: string): string },
  options: { model: object; tasks: number; votes?: number },
): { reward: string; input: string } {
  writeFileSync(
    folder.file("judge.ts"),
    `import { answerText, pointwise } from ${source("core/index.ts")};
import { languageModelFrom } from ${source("models/index.ts")};
const model = await languageModelFrom(${JSON.stringify(options.model)});
export default pointwise("judge", async (candidate, task, ctx) => {
  const votes = [];
  for (let vote = 0; vote < ${options.votes ?? 1}; vote++) {
    const content = "Rate: " + answerText(candidate);
    const [[answer]] = await model.generate([{ messages: [{ role: "user", content }], temperature: 0, seed: vote, maxTokens: 4 }], ctx);
    // as a panel with a quorum of one: a vote that is missing must not change what is written
    if (answer.unscored === undefined) votes.push(Number(answer.text));
    else if (votes.length === 0) return answer;
  }
  return votes.reduce((sum, one) => sum + one, 0) / votes.length;
}, { version: 1, range: [0, 10] });
`,
  );
  writeFileSync(
    folder.file("tasks.jsonl"),
    Array.from(
      { length: options.tasks },
      (_, i) => `${JSON.stringify({ id: `t${i}`, prompt: "?", candidates: [`answer ${i}`, `other ${i}`] })}\n`,
    ).join(""),
  );
  return { reward: `${folder.file("judge.ts")}#default`, input: folder.file("tasks.jsonl") };
}
