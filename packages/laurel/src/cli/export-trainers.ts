import type { ExportCounts } from "./export-rows.ts";
import { counted, whole } from "./terminal.ts";

/** What an export is made for. */
export interface ExportPlan {
  /** The model to be tuned, a name on the hub or a folder. */
  model: string;
  maxLength: number;
  counts: ExportCounts;
  /** The file that it came from. */
  source: string;
}

/** A trainer that data and a launch configuration are written for. */
export interface Trainer {
  name: string;
  /** The version whose fields and options these are. */
  version: string;
  files(plan: ExportPlan): Readonly<Record<string, string>>;
}

/** Quotes a word for a shell. */
const quoted = (word: string): string => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`);

function heldOutLine({ counts }: ExportPlan): string {
  return counts.test === 0 ? "No pairs are held out." : `${whole(counts.test)} pairs are held out, by whole prompts.`;
}

function leftLines({ counts }: ExportPlan): string[] {
  return [
    ...Object.entries(counts.left).map(([why, n]) => `- Left out: ${counted(n, "pairs")}: ${why}.`),
    ...(counts.hardened > 0
      ? [`- ${whole(counts.hardened)} soft labels were written as hard ones: the trainer knows no soft labels.`]
      : []),
    ...(counts.margins > 0 ? [`- \`margin\` holds the strength of the label of ${whole(counts.margins)} pairs.`] : []),
  ];
}

/** How the trained model comes back, once a server speaks one of the protocols. */
function homeward(serve: string, spec: string): string {
  return `## The model comes back as a reward

Serve it where the GPU is:

\`\`\`sh
${serve}
\`\`\`

and name the server in a spec, \`rm.yaml\`:

\`\`\`yaml
${spec}
\`\`\`

Then it is a reward like any other: \`laurel eval held-out.jsonl --reward rm.yaml\`, \`laurel audit reward held-out.jsonl --stress --reward
rm.yaml\`, \`laurel serve rm.yaml\`. Change \`version\` with every new checkpoint: it is what stored scores are told apart by. Check first that a
batch scores as single texts do (the audit does).
`;
}

const trl: Trainer = {
  name: "TRL",
  version: "1.16.0",
  files(plan) {
    const evaluate = plan.counts.test > 0;
    return {
      "reward.yaml": `# trl reward --config reward.yaml; options of RewardConfig, ModelConfig and ScriptArguments of trl ${trl.version}
model_name_or_path: ${JSON.stringify(plan.model)}
dtype: bfloat16
dataset_name: ./data
dataset_train_split: train
${evaluate ? "dataset_test_split: test\n" : ""}output_dir: ./out
# dialogues beyond it are dropped, not cut, so that no answer loses the end where the score is read
max_length: ${plan.maxLength}
num_train_epochs: 1
learning_rate: 1.0e-5
lr_scheduler_type: cosine
warmup_steps: 0.03
per_device_train_batch_size: 2
gradient_accumulation_steps: 8
gradient_checkpointing: true
bf16: true
# keeps the mean reward at 0, so that scores of different runs can be compared
center_rewards_coefficient: 0.01
${evaluate ? "eval_strategy: steps\neval_steps: 100\nper_device_eval_batch_size: 2\n" : 'eval_strategy: "no"\n'}save_strategy: steps
save_steps: 200
save_total_limit: 2
logging_steps: 10
seed: 0
report_to: none
`,
      "launch.sh": `#!/bin/sh
# One process a GPU; zero2 shards the optimiser. More machines: add accelerate's --num_machines, --machine_rank and --main_process_ip.
set -eu
cd "$(dirname "$0")"
exec trl reward --config reward.yaml --accelerate_config "\${ACCELERATE_CONFIG:-zero2}" --num_processes "\${GPUS:-8}" "$@"
`,
      "README.md": `# A reward model by TRL

From ${plan.source}: ${whole(plan.counts.train)} pairs to train on, ${whole(plan.counts.prompts)} prompts. ${heldOutLine(plan)}
${leftLines(plan).join("\n")}

\`data/*.jsonl\` is TRL's conversational preference format with an explicit prompt: \`prompt\`, \`chosen\`, \`rejected\`, each a list of
\`{ role, content }\`. The fields and options are those of trl ${trl.version}. The model's tokenizer must have a chat template and a padding token of its
own: \`laurel audit data FILE --tokenizer FOLDER\` looks.

\`\`\`sh
pip install "trl[deepspeed]==${trl.version}"
GPUS=8 ./launch.sh
\`\`\`

${homeward(
  "vllm serve ./out --runner pooling --port 8000",
  "kind: remote\nurl: http://gpu-host:8000\nprotocol: vllm-classify\nmodel: ./out\nversion: 1",
)}`,
    };
  },
};

const openrlhf: Trainer = {
  name: "OpenRLHF",
  version: "0.11.2",
  files(plan) {
    const flags = [
      `--model.model_name_or_path ${quoted(plan.model)}`,
      "--data.dataset data/train.jsonl",
      ...(plan.counts.test > 0 ? ["--eval.dataset data/test.jsonl", "--eval.steps 100"] : []),
      "--data.prompt_key prompt",
      "--data.chosen_key chosen",
      "--data.rejected_key rejected",
      "--data.apply_chat_template",
      `--data.max_len ${plan.maxLength}`,
      ...(plan.counts.margins > 0 ? ["--model.margin_loss_enable"] : []),
      "--ckpt.output_dir out",
      "--ckpt.save_steps 200",
      "--train.max_epochs 1",
      "--train.batch_size 128",
      "--train.micro_batch_size 2",
      "--adam.lr 9e-6",
      "--ds.zero_stage 3",
      "--ds.param_dtype bf16",
      "--model.gradient_checkpointing_enable",
    ];
    return {
      "launch.sh": `#!/bin/sh
# One process a GPU. More machines: give deepspeed a --hostfile.
set -eu
cd "$(dirname "$0")"
exec deepspeed --num_gpus "\${GPUS:-8}" --module openrlhf.cli.train_rm \\
${flags.map((flag) => `  ${flag} \\`).join("\n")}
  "$@"
`,
      "README.md": `# A reward model by OpenRLHF

From ${plan.source}: ${whole(plan.counts.train)} pairs to train on, ${whole(plan.counts.prompts)} prompts. ${heldOutLine(plan)}
${leftLines(plan).join("\n")}

\`data/*.jsonl\` holds \`prompt\`, \`chosen\` and \`rejected\`, each a list of \`{ role, content }\`, as \`--data.apply_chat_template\` needs them. The
options are those of openrlhf ${openrlhf.version}, which cuts dialogues at --data.max_len (${plan.maxLength} tokens) and pads on the left.

\`\`\`sh
pip install openrlhf==${openrlhf.version}
GPUS=8 ./launch.sh
\`\`\`

${homeward(
  `python -m openrlhf.cli.serve_rm --reward.model_name_or_path out --data.max_len ${plan.maxLength} --port 5000`,
  "kind: remote\nurl: http://gpu-host:5000\nprotocol: openrlhf\ntemplate: chatml   # the chat template of the model: chatml, llama3, gemma, plain, or { turn, before, after }\nversion: 1",
)}`,
    };
  },
};

/** The trainers, by the name on the command line. */
export const trainers: Readonly<Record<string, Trainer>> = { trl, openrlhf };
