"""Packs the language profiles that IFEval's verdicts rest on into a TypeScript constant.

  python scripts/expected/constraints_data.py packages/laurel/src/rewards/verify/constraints/language-data.ts

The n-gram counts are those of the installed package langdetect 1.0.9 (Apache-2.0; see NOTICE).
"""

import base64
import json
import math
import os
import sys
import zlib


def pack(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, 9)).decode()


def front_coded(words) -> str:
    """Each word as the length that it shares with the one before (base 36) and the rest."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    lines, before = [], ""
    for word in words:
        shared = 0
        while shared < min(len(word), len(before), 35) and word[shared] == before[shared]:
            shared += 1
        lines.append(digits[shared] + word[shared:])
        before = word
    return "\n".join(lines)


def profiles() -> str:
    import langdetect
    from langdetect.utils.ngram import NGram

    folder = os.path.join(os.path.dirname(langdetect.__file__), "profiles")
    names = sorted(os.listdir(folder))
    grams: dict[str, list[tuple[int, float]]] = {}
    for index, name in enumerate(names):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            profile = json.load(file)
        for gram, count in profile["freq"].items():
            # a gram with a character that normalisation replaces can never be met
            if 1 <= len(gram) <= 3 and all(NGram.normalize(ch) == ch for ch in gram):
                grams.setdefault(gram, []).append((index, count / profile["n_words"][len(gram) - 1]))
    keys = sorted(grams)
    counts = bytes(len(grams[key]) for key in keys)
    languages = bytes(index for key in keys for index, _ in grams[key])
    # minus log2 of the probability in quarters: 9 % wide steps
    levels = bytes(min(255, round(-4 * math.log2(p))) for key in keys for _, p in grams[key])
    kanji = ["".join(group) for group in NGram.CJK_CLASS]
    text = "\f".join([" ".join(names), "\n".join(kanji), front_coded(keys)]).encode()
    return pack(len(text).to_bytes(4, "big") + text + counts + languages + levels)


HEAD = "// Made by scripts/expected/constraints_data.py; do not edit.\n"

if __name__ == "__main__":
    value, target = profiles(), sys.argv[1]
    about = "/** Character n-gram profiles of 55 languages, from langdetect 1.0.9 (Apache-2.0; Nakatani Shuyo, Michal Mimino Danilak): deflated, base64. */\n"
    with open(target, "w", encoding="utf-8") as out:
        out.write(f'{HEAD}\n{about}export const LANGUAGE_PROFILES: string =\n  "{value}";\n')
    print(target, len(value))
