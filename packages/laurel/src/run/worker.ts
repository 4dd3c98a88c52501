import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { directContext, messageOf, type Reward, type Score, type Task, unscored } from "../core/index.ts";
import { rewardFrom } from "../spec/reward-from.ts";
import { schedstatOf, threadId } from "./thread.ts";
import { slot, type WorkerAnswer, type WorkerRequest, type WorkerSetup } from "./worker-message.ts";

const port = parentPort!;
const { shared, nice } = workerData as WorkerSetup;
const built = new Map<string, Promise<Reward>>();
let sequence = 0;

function begin(unit: number): void {
  Atomics.store(shared, slot.unit, unit);
  Atomics.store(shared, slot.sequence, ++sequence);
  Atomics.store(shared, slot.busy, 1);
}

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  let building = built.get(request.specKey);
  if (building === undefined) {
    building = rewardFrom(request.spec, { trusted: true });
    built.set(request.specKey, building);
  }
  let reward: Reward;
  try {
    reward = await building;
  } catch (thrown) {
    return { id: request.id, error: messageOf(thrown) };
  }
  const context = directContext({ seed: request.seed, repeat: request.repeat });
  const skip = new Set(request.skip);
  const leftOut = unscored("bug", "left out");
  const rows: Score[][] = [];
  let unit = 0;
  for (const task of JSON.parse(request.tasks) as Task[]) {
    const row: Score[] = [];
    // one call a unit, so that the shared counter always names what is in work
    const units = reward.sees === "candidate" ? task.candidates.map((c) => ({ ...task, candidates: [c] })) : [task];
    for (const part of units) {
      const at = unit++;
      if (skip.has(at)) {
        for (const _ of part.candidates) row.push(leftOut);
        continue;
      }
      begin(at);
      try {
        const [scores] = await reward.score([part], context);
        for (let c = 0; c < part.candidates.length; c++)
          row.push(scores?.[c] ?? unscored("bug", `${reward.name} gave no score for candidate ${c}`));
      } catch (thrown) {
        const failed = unscored("bug", `${reward.name} threw: ${messageOf(thrown)}`);
        for (const _ of part.candidates) row.push(failed);
      }
      Atomics.store(shared, slot.busy, 0);
    }
    rows.push(row);
  }
  return { id: request.id, scores: JSON.stringify(rows) };
}

let chain = Promise.resolve();
port.on("message", (request: WorkerRequest) => {
  chain = chain.then(async () => port.postMessage(await answer(request)));
});
// only now, since a start that waits for a processor keeps the calls of a lost thread waiting; there is one start at a time
const id = threadId();
if (nice > 0 && id !== undefined) setPriority(id, nice);
port.postMessage({ ready: schedstatOf(id) ?? "" } satisfies WorkerAnswer);
