import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { shim, shimNames } from "@laurel/serve";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folder } from "../laurel.ts";
import { longerThan, mathReward, numberReward, served } from "./server.ts";

const python = process.env["LAUREL_PYTHON"] ?? "python3";
const there = spawnSync(python, ["--version"]).status === 0;
const has = (name: string): boolean => there && spawnSync(python, ["-c", `import ${name}`]).status === 0;
// importing the trainers takes half a minute, so it is only tried with the Python that LAUREL_PYTHON names
const chosen = process.env["LAUREL_PYTHON"] !== undefined;
const hasTrl = chosen && has("trl.trainer.grpo_trainer");
const hasVerl = chosen && has("verl.experimental.reward_loop.reward_manager.naive");
const hasOpenrlhf = chosen && has("openrlhf, aiohttp");

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Runs Python code in a folder that holds the three shims. */
async function run(code: string, env: Record<string, string>): Promise<Ran> {
  using place = folder();
  for (const name of shimNames) writeFileSync(place.file(`laurel_${name}.py`), shim(name));
  writeFileSync(place.file("main.py"), code);
  const child = spawn(python, ["main.py"], { cwd: place.path, env: { ...process.env, ...env } });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (err += String(chunk)));
  const ended = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code: ended, out, err };
}

/** What the Python code printed last, as JSON. */
async function result(code: string, env: Record<string, string>): Promise<unknown> {
  const { code: status, out, err } = await run(code, env);
  expect(status, err).toBe(0);
  return JSON.parse(out.trim().split("\n").at(-1)!);
}

describe.skipIf(!there)(`shims (skipped where ${python} is missing)`, () => {
  let server: Awaited<ReturnType<typeof served>>;
  let url: string;
  beforeAll(async () => {
    server = await served({ rewards: { ...mathReward, rm: numberReward(), longer: longerThan }, backoff: 1 });
    ({ url } = await server.server.listen(0));
  });
  afterAll(() => server.server.close());
  const at = (reward: string, more = "") => ({ LAUREL_URL: `${url}?reward=${reward}${more}`, LAUREL_TRIES: "3" });

  it("need only the standard library", async () => {
    const { code, err } = await run(
      "import sys\nsys.path = [p for p in sys.path if 'site-packages' not in p]\nimport laurel_trl, laurel_openrlhf, laurel_verl",
      at("math"),
    );
    expect(code, err).toBe(0);
  });

  describe("TRL", () => {
    // as GRPOTrainer._calculate_rewards calls a reward function: everything by keyword, each column a list over the batch
    const call = (more: string) => `
import json
from laurel_trl import laurel_reward, counts
metrics = {}
out = laurel_reward(prompts=["2+2?", "2+2?", "3?", "3?"], completions=["4", "5", "3", "I think 3"],
    completion_ids=[[1], [2], [3], [4]], trainer_state=object(), log_extra=lambda c, v: None,
    log_metric=lambda n, v: metrics.update({n: v}), ${more})
print(json.dumps({"out": out, "types": sorted({type(v).__name__ for v in out}), "metrics": metrics, "counts": counts}))
`;

    it("gives a float for each completion, and None for one without a score", async () => {
      expect(await result(call('answer=["4", "4", None, "3"]'), at("math"))).toEqual({
        out: [1, 0, null, 1],
        types: ["NoneType", "float"],
        metrics: { laurel_unscored: 0.25 },
        counts: { samples: 4, unscored: 1, failed: 0 },
      });
    });

    it("reads the column that it is told, and conversations", async () => {
      const code = `
import json
from laurel_trl import laurel_reward
user = [{"role": "user", "content": "2+2?"}]
print(json.dumps(laurel_reward(prompts=[user, user], completions=[[{"role": "assistant", "content": "4"}], [{"role": "assistant", "content": "5"}]], gold=[4, 4], answer=["x", "x"])))
`;
      expect(await result(code, { ...at("math"), LAUREL_REFERENCE: "gold" })).toEqual([1, 0]);
    });

    it("never cuts a group, whatever the size of a request", async () => {
      const code = `
import json
from laurel_trl import laurel_reward
print(json.dumps(laurel_reward(prompts=["a"] * 3 + ["b"] * 3, completions=["x", "xx", "xxx"] * 2)))
`;
      expect(await result(code, { ...at("longer"), LAUREL_BATCH: "4" })).toEqual([0, 1, 2, 0, 1, 2]);
    });

    it("gives None and an alarm, not an exception and not 0, when the server is away", async () => {
      const { code, out, err } = await run(call('answer=["4"] * 4'), {
        LAUREL_URL: "http://127.0.0.1:1",
        LAUREL_TRIES: "1",
      });
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ out: [null, null, null, null], counts: { failed: 4 } });
      expect(err).toContain("ALARM: 4 of 4 samples have no score");
    });

    it.skipIf(!hasTrl)(
      `goes through TRL's own _calculate_rewards (skipped where LAUREL_PYTHON names no Python with trl)`,
      { timeout: 300_000 },
      async () => {
        const code = `
import json, types
import torch
import accelerate
accelerate.PartialState()
import trl.trainer.grpo_trainer as module
from laurel_trl import laurel_reward
logged = {}
class Trainer(module.GRPOTrainer):
    # only what _calculate_rewards reads; no model is loaded
    def __init__(self):
        self.accelerator = types.SimpleNamespace(device=torch.device("cpu"), is_main_process=True)
        self.reward_funcs, self.reward_func_names, self.reward_processing_classes = [laurel_reward], ["laurel"], [None]
        self.state = types.SimpleNamespace(global_step=0)
        self.args = types.SimpleNamespace(report_to=[])
        self.environments = None
    def _log_metric(self, name, value):
        logged[name] = value
module.gather = lambda tensor: tensor
inputs = [{"prompt": "2+2?", "answer": "4"}] * 2 + [{"prompt": "3?", "answer": None}]
out = Trainer()._calculate_rewards(inputs, ["2+2?", "2+2?", "3?"], ["4", "5", "3"], [[1], [2], [3]])
print(json.dumps([[None if v != v else v for v in out[:, 0].tolist()], logged]))
`;
        expect(await result(code, at("math"))).toEqual([[1, 0, null], { laurel_unscored: 1 / 3 }]);
      },
    );
  });

  describe("OpenRLHF", () => {
    // as its agent loads a file: by path, then reward_func(queries, prompts, labels) with lists
    const load = `
import importlib.util, json
spec = importlib.util.spec_from_file_location("reward_func", "laurel_openrlhf.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
plain = lambda v: v.tolist() if hasattr(v, "tolist") else v
show = lambda d: {"rewards": plain(d["rewards"]), "scores": plain(d["scores"]), "extra_logs": {k: plain(v) for k, v in d["extra_logs"].items()}}
`;

    it("answers rewards, scores and extra_logs, for a sample alone, for a batch, and for nothing", async () => {
      const code = `${load}
print(json.dumps([show(module.reward_func(["2+2?4</s>"], ["2+2?"], ["4"])),
  show(module.reward_func(["2+2?4", "2+2?5"], ["2+2?"] * 2, ["4"] * 2)), show(module.reward_func([], [], []))]))
`;
      const logs = (n: number) => ({ laurel_unscored: new Array(n).fill(0), laurel_fault: new Array(n).fill(0) });
      expect(await result(code, at("math"))).toEqual([
        { rewards: [1], scores: [1], extra_logs: logs(1) },
        { rewards: [1, 0], scores: [1, 0], extra_logs: logs(2) },
        { rewards: [], scores: [], extra_logs: logs(0) },
      ]);
    });

    it.skipIf(!hasOpenrlhf)(
      `goes through OpenRLHF's own SingleTurnAgentExecutor, by HTTP and by file (skipped where LAUREL_PYTHON names no Python with openrlhf)`,
      { timeout: 300_000 },
      async () => {
        const code = `
import asyncio, importlib.util, json, os, sys, types
# the package's own __init__ loads deepspeed, which the executor does not need
utils = types.ModuleType("openrlhf.utils")
utils.__path__ = [os.path.join(os.path.dirname(importlib.util.find_spec("openrlhf").origin), "utils")]
sys.modules["openrlhf.utils"] = utils
from openrlhf.utils.agent import SingleTurnAgentExecutor
url = os.environ["LAUREL_URL"]
base, query = url.split("?")
plain = lambda v: v.tolist() if hasattr(v, "tolist") else v
async def ask(executor, answer):
    fetch = executor._fetch_rewards_via_func if executor.reward_func else executor._fetch_rewards_via_http
    info = (await fetch(["2+2?" + answer + "</s>"], ["2+2?"], ["4"]))[0]
    return [plain(info["rewards"]), plain(info["scores"]), {k: plain(v) for k, v in info["extra_logs"].items()}]
async def main():
    one = SingleTurnAgentExecutor(base + "/get_reward?" + query)
    two = SingleTurnAgentExecutor([base + "/get_reward?" + query, base + "/openrlhf?" + query])
    file = SingleTurnAgentExecutor(os.path.abspath("laurel_openrlhf.py"))
    print(json.dumps([await ask(one, "4"), await ask(two, "5"), await ask(two, "4"), await ask(file, "4")]))
asyncio.run(main())
`;
        const logs = { laurel_unscored: [0], laurel_fault: [0] };
        expect(await result(code, at("math"))).toEqual([
          [[1], [1], logs],
          [[0], [0], logs],
          [[1], [1], logs],
          [[1], [1], logs],
        ]);
      },
    );

    it("raises for a sample without a score unless a number is named for it", async () => {
      const code = `${load}print(json.dumps(show(module.reward_func(["p no number"], ["p"], [""]))))`;
      const { code: status, err } = await run(code, at("rm"));
      expect(status).toBe(1);
      expect(err).toContain("missing-reference");
      expect(await result(code, { ...at("rm"), LAUREL_UNSCORED: "-1" })).toMatchObject({
        rewards: [-1],
        extra_logs: { laurel_unscored: [1] },
      });
    });
  });

  describe("verl", () => {
    // as its naive reward manager calls it: by keyword, from an executor's threads, a sample each
    const load = (body: string) => `
import asyncio, importlib.util, json
spec = importlib.util.spec_from_file_location("custom_module", "laurel_verl.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
async def main():
    loop = asyncio.get_running_loop()
    one = lambda text, truth, info=None: loop.run_in_executor(None, lambda: module.compute_score(data_source="openai/gsm8k", solution_str=text, ground_truth=truth, extra_info=info))
    ${body}
asyncio.run(main())
`;

    it("gives dicts with the same keys for every sample", async () => {
      const body =
        'print(json.dumps(await asyncio.gather(one("4", "4", {"num_turns": 2}), one("5", "4"), one("x", None))))';
      expect(await result(load(body), { ...at("math"), LAUREL_UNSCORED: "0.25" })).toEqual([
        { score: 1, laurel_unscored: 0, laurel_fault: 0 },
        { score: 0, laurel_unscored: 0, laurel_fault: 0 },
        { score: 0.25, laurel_unscored: 1, laurel_fault: 0 },
      ]);
    });

    it("does not take the scores of others away when one sample has none", async () => {
      const body =
        'out = await asyncio.gather(*[one("4", "4") for _ in range(8)], one("x", None), return_exceptions=True)\n    print(json.dumps([r["score"] if isinstance(r, dict) else type(r).__name__ for r in out]))';
      expect(await result(load(body), at("math"))).toEqual([1, 1, 1, 1, 1, 1, 1, 1, "LaurelError"]);
    });

    it("lets samples of a group arrive together, by prompt and by id", async () => {
      const byPrompt =
        'print(json.dumps([r["score"] for r in await asyncio.gather(*[one("x" * n, None, {"q": q}) for q in "ab" for n in (1, 2, 3)])]))';
      expect(await result(load(byPrompt), { ...at("longer", "&group=3"), LAUREL_PROMPT: "q" })).toEqual([
        0, 1, 2, 0, 1, 2,
      ]);
      const byId =
        'print(json.dumps([r["score"] for r in await asyncio.gather(*[one("x" * n, None, {"id": u}) for n in (1, 2) for u in (1, 2)])]))';
      expect(await result(load(byId), { ...at("longer", "&group=2&key=uid"), LAUREL_UID: "id" })).toEqual([0, 0, 1, 1]);
    });

    it.skipIf(!hasVerl)(
      "goes through verl's own get_custom_reward_fn and NaiveRewardManager (skipped where LAUREL_PYTHON names no Python with verl)",
      { timeout: 300_000 },
      async () => {
        const code = `
import asyncio, json, os, types
import numpy as np, torch
from omegaconf import OmegaConf
from verl import DataProto
from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager
from verl.trainer.ppo.reward import get_custom_reward_fn
config = OmegaConf.create({"reward": {"custom_reward_function": {"path": os.path.abspath("laurel_verl.py"), "name": "compute_score", "reward_kwargs": {"more": 1}}}})
tokenizer = types.SimpleNamespace(decode=lambda ids, **kwargs: "".join(chr(int(i)) for i in ids))
def row(text, truth):
    responses = torch.tensor([[ord(c) for c in text]])
    extra = np.empty(1, dtype=object); extra[0] = {"index": 0}
    model = np.empty(1, dtype=object); model[0] = {"style": "rule", "ground_truth": truth}
    return DataProto.from_dict(
        tensors={"prompts": torch.ones(1, 2, dtype=torch.long), "responses": responses, "attention_mask": torch.ones(1, 2 + len(text), dtype=torch.long)},
        non_tensors={"data_source": np.array(["openai/gsm8k"], dtype=object), "reward_model": model, "extra_info": extra})
async def main():
    manager = NaiveRewardManager(config, tokenizer, get_custom_reward_fn(config))
    out = await asyncio.gather(*[manager.run_single(row(t, a)) for t, a in [("72", "72"), ("71", "72"), ("x", None)]])
    print(json.dumps([[one["reward_score"], one["reward_extra_info"]] for one in out]))
asyncio.run(main())
`;
        const info = (score: number, unscored = 0) => ({ score, laurel_unscored: unscored, laurel_fault: 0 });
        expect(await result(code, { ...at("math"), LAUREL_UNSCORED: "0.25" })).toEqual([
          [1, info(1)],
          [0, info(0)],
          [0.25, info(0.25, 1)],
        ]);
      },
    );

    it("fills groups that are larger than verl's own pool of threads through the async form", async () => {
      const body =
        'out = await asyncio.gather(*[module.compute_score_async(data_source="x", solution_str="x" * n, ground_truth=None, extra_info={"q": "a"}) for n in range(64)])\n    print(json.dumps([r["score"] for r in out]))';
      expect(await result(load(body), { ...at("longer", "&group=64"), LAUREL_PROMPT: "q" })).toEqual(
        Array.from({ length: 64 }, (_, n) => n),
      );
    });

    it("serves the batch manager", async () => {
      const body =
        'print(json.dumps(module.compute_score_batch(data_sources=["x"] * 2, solution_strs=["4", "5"], ground_truths=["4", "4"], extra_infos=[None, {}])))';
      expect(await result(load(body), at("math"))).toMatchObject([{ score: 1 }, { score: 0 }]);
    });
  });
});
