"""Makes test/expected/reference/*.json: text metrics by sacrebleu, rouge-score and NLTK on seeded cases.

Run with a Python that has sacrebleu, rouge-score and nltk:  python scripts/expected/reference.py
SQuAD's and BLEUBERI's figures come from their published formulas, written out below with Python's own str and re.
"""
import collections
import json
import logging
import math
import pathlib
import platform
import random
import re
import string
from importlib.metadata import version

from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER

logging.disable(logging.WARNING)
SEED = 20261126
rng = random.Random(SEED)
OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "expected" / "reference"

BLEU_SETTINGS = [
    dict(tokenize=t, smooth_method=s, smooth_value=v, effective_order=e, lowercase=lc, max_ngram_order=n)
    for t, s, v, e, lc, n in [
        ("13a", "exp", None, True, False, 4), ("13a", "none", None, True, False, 4),
        ("13a", "floor", None, True, True, 4), ("13a", "floor", 0.5, False, False, 4),
        ("13a", "add-k", None, True, False, 4), ("13a", "add-k", 2, False, True, 3),
        ("intl", "exp", None, True, False, 4), ("intl", "exp", None, False, True, 4),
        ("char", "exp", None, True, False, 4), ("char", "add-k", None, False, True, 6),
        ("zh", "exp", None, True, False, 4), ("zh", "floor", None, False, False, 4),
        ("none", "exp", None, True, False, 4), ("none", "none", None, False, False, 1),
        ("13a", "exp", None, False, False, 2), ("intl", "floor", None, True, False, 5),
    ]
]
CHRF_SETTINGS = [
    dict(char_order=c, word_order=w, beta=b, lowercase=lc, whitespace=ws, eps_smoothing=eps)
    for c, w, b, lc, ws, eps in [
        (6, 0, 2, False, False, False), (6, 2, 2, False, False, False), (6, 0, 3, True, False, True),
        (6, 2, 1, True, True, False), (4, 1, 2, False, True, True), (1, 0, 2, False, False, False),
    ]
]
TER_SETTINGS = [
    dict(normalized=n, no_punct=p, asian_support=a, case_sensitive=c)
    for n, p, a, c in [
        (False, False, False, False), (True, False, False, False), (True, True, True, False),
        (True, False, True, True), (False, True, True, False), (False, True, False, True),
    ]
]
ROUGE_TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum", "rouge3"]


def squad_normal(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def squad(prediction, references):
    best = [0.0, 0.0, 0.0]
    for reference in references:
        p, g = squad_normal(prediction).split(), squad_normal(reference).split()
        common = sum((collections.Counter(p) & collections.Counter(g)).values())
        f1 = 0.0 if common == 0 else 2 * (common / len(p)) * (common / len(g)) / (common / len(p) + common / len(g))
        f2 = float(p == g) if not p or not g else f1
        best = [max(best[0], f1), max(best[1], f2), max(best[2], float(squad_normal(prediction) == squad_normal(reference)))]
    return best


TOK13A = BLEU(tokenize="13a").tokenizer


def bleuberi(prediction, references):
    references = [r for r in references if r.strip()]
    if not references:
        return None
    if not prediction.strip():
        return 0.0
    words = TOK13A(prediction).split()
    refs = [TOK13A(r).split() for r in references]
    logs = 0.0
    for n in range(1, 5):
        grams = lambda w: collections.Counter(tuple(w[i:i + n]) for i in range(len(w) - n + 1))
        merged = collections.Counter()
        for r in refs:
            merged |= grams(r)
        match = sum((grams(words) & merged).values())
        logs += math.log((match + 1) / (max(0, len(words) - n + 1) + 1)) / 4
    shortest = min(len(r) for r in refs)
    if len(words) == 0:
        return 0.0
    ratio = len(words) / shortest if shortest else math.inf
    return (1.0 if ratio > 1 else math.exp(1 - 1 / ratio)) * math.exp(logs)


def levenshtein(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


ENGLISH = ("the a an cat dog sat on mat running ran quickly national relational happily flies dying agreed plastered "
           "motoring conflated troubled sized hopping falling enjoyment generalisations oscillators news geology U.S. "
           "don't it's John's 3.14 1,000 2-3 e-mail state-of-the-art (see) \"quoted\" end. yes, no; why? wow! $5 50% "
           "C++ a_b x=y [1] {k} <skipped> &amp; &quot; &lt;b&gt; ... -- o'clock The CAT Mat's I've").split(" ")
CHINESE = list("我们喜欢学习机器翻译的方法今天天气很好，。！？《》（）—…") + ["AI", "2024年", "GPT-4", "３．５", "ｆｕｌｌ"]
JAPANESE = ["これは", "テスト", "です", "。", "、", "ﾊﾝｶｸ", "日本語", "の", "「文」", "ー", "㍿", "㈱"]
HEBREW = ["שלום", "עולם", "זה", "מבחן", "،", "؟", "مرحبا", "بالعالم", "هذا", "اختبار", "٣٫١٤", "۱۲", "\u200f", "«נכון»"]
EMOJI = ["😀", "👍🏽", "👨‍👩‍👧", "🇫🇷", "❤️", "☃", "✓", "→", "x😀y", "😀.", ",😀", "𝒳", "𠮷野家", "①", "½", "Ⅳ"]
ACCENTED = ["Producția", "zahărul", "über", "Straße", "naïve", "cafe\u0301", "ŽENĚ", "İstanbul", "ΣΊΣΥΦΟΣ", "éa", "a-é", "the’s", "\u212a"]
SPACES = [" ", "  ", "\t", "\u00a0", "\u3000", "\u2028", "\x1c", "\x85", "\ufeff", "\u200b", "\r"]
FAMILIES = [ENGLISH, ENGLISH, ENGLISH, CHINESE, JAPANESE, HEBREW, EMOJI, ACCENTED, ENGLISH + EMOJI + CHINESE + HEBREW + ACCENTED]


def join(words, family):
    if family in (CHINESE, JAPANESE):
        return "".join(words)
    text = ""
    for i, word in enumerate(words):
        gap = rng.choice(SPACES) if rng.random() < 0.04 else "\n" if rng.random() < 0.05 else "-\n" if rng.random() < 0.01 else " "
        text += (gap if i else "") + word
    return text


def edited(words, family, rate):
    words = list(words)
    for _ in range(max(1, int(rate * len(words)))):
        if not words:
            break
        i, kind = rng.randrange(len(words)), rng.random()
        if kind < 0.3:
            words[i] = rng.choice(family)
        elif kind < 0.5:
            del words[i]
        elif kind < 0.7:
            words.insert(i, rng.choice(family))
        else:
            length = min(rng.randint(1, 4), len(words) - i)
            block = words[i:i + length]
            del words[i:i + length]
            j = rng.randint(0, len(words))
            words[j:j] = block
    return words


def texts():
    yield "", [""]
    yield "", ["b"]
    yield "a", [""]
    yield " ", [" \n"]
    yield "a", ["a"]
    yield "the", ["a"]
    yield "", ["", "x"]
    yield "same words here", ["same words here", "same words here"]
    yield "a b c d e f", ["f e d c b a"]
    yield ".", ["."]
    yield "\n\n", ["a\n\nb"]
    yield "x " * 12, ["x"]
    yield "x", ["x y " * 30]
    while True:
        family = rng.choice(FAMILIES)
        size = rng.choice([1, 2, 3, 5, 8, 8, 13, 13, 21, 34])
        if family is not ENGLISH:
            size = min(size, 13)
        base = [rng.choice(family) for _ in range(size)]
        refs = [join(base, family)] + [join(edited(base, family, 0.4), family) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
        yield join(edited(base, family, rng.choice([0.1, 0.3, 0.6, 1.5])), family), refs


def lcg_text(seed, words):
    """Words from a small congruential generator, so that long texts need not be stored; the test has the same."""
    out, state = [], seed
    for _ in range(words):
        state = (state * 1103515245 + 12345) % 2147483648
        out.append(ENGLISH[(state >> 16) % len(ENGLISH)])
    return " ".join(out)


rouge = {stem: RougeScorer(ROUGE_TYPES, use_stemmer=stem) for stem in (False, True)}
pick = lambda settings, k: sorted(rng.sample(range(len(settings)), k))


def score(hypothesis, references, few=False):
    row = {}
    row["bleu"] = [[i, BLEU(**BLEU_SETTINGS[i]).sentence_score(hypothesis, references).score] for i in pick(BLEU_SETTINGS, 2 if few else 3)]
    row["chrf"] = [[i, CHRF(**CHRF_SETTINGS[i]).sentence_score(hypothesis, references).score] for i in pick(CHRF_SETTINGS, 1 if few else 2)]
    row["ter"] = [[i, TER(**TER_SETTINGS[i]).sentence_score(hypothesis, references).score] for i in pick(TER_SETTINGS, 1 if few else 2)]
    stem = rng.random() < 0.5
    scores = rouge[stem].score_multi(references, hypothesis)
    row["stem"] = stem
    row["rouge"] = [[s.precision, s.recall, s.fmeasure] for s in (scores[t] for t in ROUGE_TYPES)]
    row["squad"] = squad(hypothesis, references)
    row["bleuberi"] = bleuberi(hypothesis, references)
    if not few:
        row["edit"] = [levenshtein(hypothesis, references[0]), levenshtein(hypothesis.split(), references[0].split())]
    return row


def write(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    versions = {p: version(p) for p in ("sacrebleu", "rouge-score", "nltk", "regex")} | {"python": platform.python_version()}
    text = json.dumps({"madeBy": "scripts/expected/reference.py", "seed": SEED, "versions": versions} | value,
                      ensure_ascii=True, separators=(",", ":"))
    (OUT / name).write_text(text + "\n")
    print(name, len(text))


source, cases = texts(), []
for _ in range(600):
    hypothesis, references = next(source)
    cases.append({"h": hypothesis, "r": references} | score(hypothesis, references))
long = []
for seed, n, m in [(1, 2000, 2100), (2, 400, 60), (3, 60, 400), (4, 1200, 1200), (5, 8, 900), (6, 900, 8)]:
    long.append({"h": [seed, n], "r": [[seed + (0 if seed % 2 else 100), m]]} | score(lcg_text(seed, n), [lcg_text(seed + (0 if seed % 2 else 100), m)], few=True))
corpora = []
for count in (1, 2, 3):
    group = [i for i, c in enumerate(cases) if len(c["r"]) == count]
    for _ in range(8):
        chosen = sorted(rng.sample(group, min(len(group), rng.choice([2, 5, 20]))))
        hyps = [cases[i]["h"] for i in chosen]
        streams = [[cases[i]["r"][k] for i in chosen] for k in range(count)]
        row = {"cases": chosen}
        for key, metric, settings in (("bleu", BLEU, BLEU_SETTINGS), ("chrf", CHRF, CHRF_SETTINGS), ("ter", TER, TER_SETTINGS)):
            row[key] = []
            for i in pick(settings, 2):
                made = metric(**settings[i])
                row[key].append([i, made.corpus_score(hyps, streams).score, str(made.get_signature())])
        corpora.append(row)

stemmer = PorterStemmer()
roots = "relat nation happ fl agr plaster motor conflat troubl siz hopp fall hiss fizz fil enjo spy geo archaeo rational valenc digit conform radic differ vile analog vietnam predic oper feud decis hope call form sensit triplic electr good reviv allow infer airlin gyroscop adjust defens irrit replac depend adopt homolog commun activ angular effect bowdler prob rat ceas controll roll yy xyz 123 tree be".split()
tails = "s es ed ing ies ied ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion sion tion ou ism ate iti ous ive ize e ll lly y ying eed eing".split()
words = {w for w in ("sky skies dying lying tying news innings inning outings outing cannings canning howe proceed exceed succeed flies dies mules denied agreed feed sing bled as is a oed aaed ating tried tries die ied ies ess oll ollie yes yyy yay").split()}
words |= {r + t for r in roots for t in rng.sample(tails, 7)} | {r + t + u for r in roots for t, u in [(rng.choice(tails), rng.choice(tails))]}
stems = sorted((w, stemmer.stem(w)) for w in words)

write("cases.json", {"bleuSettings": BLEU_SETTINGS, "chrfSettings": CHRF_SETTINGS, "terSettings": TER_SETTINGS,
                     "rougeTypes": ROUGE_TYPES, "words": ENGLISH, "cases": cases, "long": long, "corpora": corpora})
write("stems.json", {"stems": stems})
