// The loop that `perf/score.ts` holds the runner against: read, parse, call the same function, write.
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { directContext } from "../packages/laurel/src/core/index.ts";
import { parseTaskRow } from "../packages/laurel/src/io/index.ts";
import { math } from "../packages/laurel/src/rewards/verify/math/index.ts";

const [input, output] = process.argv.slice(2) as [string, string];
const reward = math();
const context = directContext();
const out = createWriteStream(output);
let line = 0;
for await (const text of createInterface({ input: createReadStream(input) })) {
  const { task } = parseTaskRow(text, { line: ++line });
  const [scores] = await reward.score([task], context);
  if (!out.write(`${JSON.stringify({ v: 1, id: task.id, scores })}\n`))
    await new Promise<void>((resolve) => out.once("drain", () => resolve()));
}
await new Promise<void>((resolve) => out.end(() => resolve()));
