"""Loads what `laurel export` wrote in the trainers themselves: TRL's RewardTrainer takes steps on a tiny random model, OpenRLHF's
preprocessing reads the rows, and its argument parser the launch script's options.

    laurel export trl test/fixtures/export-pairs.jsonl --out e1 --model tiny/model --held-out 0.2
    laurel export openrlhf test/fixtures/export-pairs.jsonl --out e2 --model tiny/model --held-out 0.2
    python scripts/expected/export_trainers.py e1 e2 OPENRLHF_SOURCE > test/expected/export/trainers.json

Needs trl 1.16.0 with torch; OPENRLHF_SOURCE is the unpacked openrlhf 0.11.2 wheel.
"""

import contextlib
import hashlib
import json
import os
import re
import shlex
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"

import datasets
import torch
import transformers
import trl
import yaml
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForSequenceClassification
from trl import ModelConfig, RewardConfig, RewardTrainer, ScriptArguments, TrlParser

TEMPLATE = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"


def tokenizer_of(rows):
    """A byte-level tokenizer trained on the rows, with padding that is not the end."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    texts = [m["content"] for row in rows for key in ("prompt", "chosen", "rejected") for m in row[key]]
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=1000, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>")
    fast.chat_template = TEMPLATE
    return fast


def train_with_trl(folder):
    with open(os.path.join(folder, "reward.yaml")) as file:
        config = yaml.safe_load(file)
    # every key must be an option of one of the classes that `trl reward` parses
    known = set()
    for one in (ScriptArguments, RewardConfig, ModelConfig):
        known |= set(one.__dataclass_fields__)
    unknown = sorted(set(config) - known)
    data = datasets.load_dataset(os.path.join(folder, "data"))
    tokenizer = tokenizer_of(data["train"])
    torch.manual_seed(0)
    model = Qwen2ForSequenceClassification(
        Qwen2Config(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
                    num_key_value_heads=2, num_labels=1, pad_token_id=tokenizer.pad_token_id)
    )
    with tempfile.TemporaryDirectory() as out:
        own = {k: v for k, v in config.items() if k in RewardConfig.__dataclass_fields__}
        own.update(output_dir=out, max_steps=3, bf16=False, use_cpu=True, gradient_accumulation_steps=1, save_strategy="no", eval_strategy="no", report_to="none")
        trainer = RewardTrainer(model=model, args=RewardConfig(**own), train_dataset=data["train"], eval_dataset=data.get("test"), processing_class=tokenizer)
        kept = len(trainer.train_dataset)
        columns = sorted(trainer.train_dataset.column_names)
        first = tokenizer.decode(trainer.train_dataset[0]["chosen_ids"])
        result = trainer.train()
    return {
        "trl": trl.__version__, "transformers": transformers.__version__, "torch": torch.__version__,
        "unknownOptions": unknown, "splits": {k: len(v) for k, v in data.items()}, "kept": kept, "columns": columns,
        "firstChosen": first, "steps": result.global_step, "loss": result.training_loss,
    }


def read_with_openrlhf(folder, source):
    sys.path.insert(0, source)
    path = os.path.join(source, "openrlhf")
    with open(os.path.join(path, "cli", "train_rm.py")) as file:
        options = set(re.findall(r'add_argument\(\s*"(--[\w.]+)"', file.read()))
    with open(os.path.join(folder, "launch.sh")) as file:
        words = shlex.split(file.read().replace("\\\n", " "), comments=True)
    start = words.index("openrlhf.cli.train_rm")
    used = [word for word in words[start + 1:] if word.startswith("--")]
    # the file alone: the package's import needs deepspeed and a GPU
    text = open(os.path.join(path, "datasets", "reward_dataset.py")).read()
    start = text.index("def preprocess_data")
    scope = {"exist_and_not_none": lambda d, key: key in d and d[key] is not None}
    exec(text[start:text.index("class RewardDataset")], scope)
    data = datasets.load_dataset("json", data_files=os.path.join(folder, "data", "train.jsonl"))["train"]
    tokenizer = tokenizer_of(data)
    prompt, chosen, rejected, margin = scope["preprocess_data"](data[0], prompt_key="prompt", apply_chat_template=tokenizer.apply_chat_template)
    return {"openrlhf": "0.11.2", "unknownOptions": sorted(set(used) - options), "rows": len(data), "prompt": prompt, "chosen": chosen, "rejected": rejected, "margin": margin}


def hashes(folder):
    """What the trainers were given, so that a test knows that an export is still this one."""
    names = ["data/train.jsonl", "data/test.jsonl", "reward.yaml", "launch.sh"]
    paths = [(name, os.path.join(folder, name)) for name in names]
    return {name: hashlib.sha256(open(path, "rb").read()).hexdigest() for name, path in paths if os.path.exists(path)}


if __name__ == "__main__":
    # the trainers print their own figures
    with contextlib.redirect_stdout(sys.stderr):
        out = {
            "trl": {**train_with_trl(sys.argv[1]), "files": hashes(sys.argv[1])},
            "openrlhf": {**read_with_openrlhf(sys.argv[2], sys.argv[3]), "files": hashes(sys.argv[2])},
        }
    print(json.dumps(out, indent=2, ensure_ascii=False))
