/**
 * Responses a second of processor time (all threads) of IFEval's checks, ours beside the Python reference (as lm-evaluation-harness ships
 * it), on the same inputs, one process each, one after the other: `node perf/constraints.ts`.
 *
 * The inputs are the recorded responses of the shared data, or, where that is absent, the made-up ones of test/expected. The reference needs
 * `pip install nltk langdetect immutabledict packaging`, `pip install --no-deps lm-eval` and NLTK's punkt_tab in NLTK_DATA; PYTHON names
 * the interpreter (python3 by default). Where it cannot be imported, only our own figure is printed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "../packages/laurel/src/core/types.ts";
import {
  followed,
  ifevalConstraints,
  languageDetector,
} from "../packages/laurel/src/rewards/verify/constraints/index.ts";
import { dataPath } from "../test/data.ts";

const AIM = 10;
const LEAST = 3;
/** Each side goes over the inputs this often, as a reward does in training, so that warming up does not decide. */
const PASSES = 5;
const CANNOT_RUN = 3;

type Item = { instruction_id_list: string[]; kwargs: JsonObject[]; response: string };
type Timing = { strict: number; loose: number };

const REFERENCE = `
import importlib, importlib.metadata, json, logging, os, sys, time, types
try:
    import nltk
    nltk.data.find("tokenizers/punkt_tab/english/")
    base = os.path.join(importlib.metadata.distribution("lm-eval").locate_file("lm_eval"), "tasks", "ifeval")
    for name in ("lm_eval", "lm_eval.tasks", "lm_eval.tasks.ifeval"):
        module = types.ModuleType(name)
        module.__path__ = [str(base)]
        sys.modules[name] = module
    utils = importlib.import_module("lm_eval.tasks.ifeval.utils")
except (ImportError, LookupError) as why:
    print(why, file=sys.stderr)
    sys.exit(${CANNOT_RUN})
logging.disable(logging.CRITICAL)
with open(sys.argv[1], encoding="utf-8") as file:
    items = json.load(file)
examples = [(utils.InputExample(0, one["instruction_id_list"], "", one["kwargs"]), one["response"]) for one in items]
utils.test_instruction_following_strict(utils.InputExample(0, ["language:response_language"], "", [{"language": "en"}]), "warm up")
timing = {}
for mode, test in (("strict", utils.test_instruction_following_strict), ("loose", utils.test_instruction_following_loose)):
    start = time.process_time()
    for example, response in examples * ${PASSES}:
        test(example, response)
    timing[mode] = time.process_time() - start
print(json.dumps(timing))
`;

function lines<T>(path: string): T[] {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

/** GPT-4's recorded responses of the shared data. */
function recorded(folder: string): Item[] {
  const prompts = lines<Item & { key: number }>(join(folder, "prompts.jsonl"));
  const files = readdirSync(folder).filter((name) => /^model\.gpt-4-/.test(name));
  return files.flatMap((file) => {
    const responses = new Map(
      lines<{ key: number; response: string }>(join(folder, file)).map((one) => [one.key, one.response]),
    );
    return prompts.map((one) => ({ ...one, response: responses.get(one.key)! }));
  });
}

function madeUp(): Item[] {
  const path = fileURLToPath(new URL("../test/expected/constraints/checks.json", import.meta.url));
  const { rows } = JSON.parse(readFileSync(path, "utf8")) as { rows: { response: string; verdicts: [JsonObject][] }[] };
  return rows.map(({ response, verdicts }) => ({
    response,
    instruction_id_list: verdicts.map(([{ id }]) => String(id)),
    kwargs: verdicts.map(([{ id: _, ...kwargs }]) => kwargs),
  }));
}

async function ours(items: readonly Item[]): Promise<Timing> {
  (await languageDetector())("warm up");
  const timing: Timing = { strict: 0, loose: 0 };
  for (const mode of ["strict", "loose"] as const) {
    const before = process.cpuUsage();
    for (let pass = 0; pass < PASSES; pass++)
      for (const item of items) await followed(ifevalConstraints(item as JsonObject), item.response, mode);
    const { user, system } = process.cpuUsage(before);
    timing[mode] = (user + system) / 1e6;
  }
  return timing;
}

function reference(items: readonly Item[]): Timing | undefined {
  const folder = mkdtempSync(join(tmpdir(), "laurel-perf-"));
  try {
    const path = join(folder, "items.json");
    writeFileSync(path, JSON.stringify(items));
    const run = spawnSync(process.env["PYTHON"] ?? "python3", ["-c", REFERENCE, path], { encoding: "utf8" });
    if (run.status === 0) return JSON.parse(run.stdout) as Timing;
    console.log(`reference skipped: ${(run.error?.message ?? run.stderr).trim().split("\n").at(-1) ?? ""}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const folder = dataPath("ifeval");
const items = folder === undefined ? madeUp() : recorded(folder);
const mine = await ours(items);
const theirs = reference(items);
for (const mode of ["strict", "loose"] as const) {
  const rate = (PASSES * items.length) / mine[mode];
  const line = `constraints ${mode}: ${rate.toFixed(0)} responses/s (${items.length} responses, ${PASSES} passes)`;
  if (theirs === undefined) console.log(line);
  else {
    const ratio = theirs[mode] / mine[mode];
    const other = ((PASSES * items.length) / theirs[mode]).toFixed(0);
    console.log(`${line}, reference ${other}: ratio ${ratio.toFixed(1)} (aim ${AIM}, defect below ${LEAST})`);
    if (ratio < LEAST) process.exitCode = 1;
  }
}
