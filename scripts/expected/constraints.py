"""Expected values for verify.constraints, made with the reference implementations.

  pip install nltk==3.9.1 langdetect==1.0.9 immutabledict packaging && pip install --no-deps lm-eval==0.4.13
  NLTK_DATA=FOLDER_WITH_punkt_tab python scripts/expected/constraints.py test/expected/constraints [IFEVAL_DATA_FOLDER]

nltk.json: sentences and word tokens of made-up texts. checks.json: verdicts of IFEval's checkers (as lm-evaluation-harness ships
them) on made-up responses. languages.json: what langdetect says in 20 seeded runs. unsettled.json (needs the data folder): the
language verdicts on recorded responses that change with langdetect's seed, with the share of 60 seeds in which they are true.
"""

import glob
import importlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import random
import sys
import types

import langdetect
import nltk
from langdetect import DetectorFactory
from nltk.tokenize.punkt import PunktTokenizer

logging.disable(logging.CRITICAL)
target = sys.argv[1]
versions = {name: importlib.metadata.version(name) for name in ("nltk", "langdetect", "lm-eval")}


def reference():
    """lm-eval's IFEval module without importing the whole harness."""
    base = os.path.join(importlib.metadata.distribution("lm-eval").locate_file("lm_eval"), "tasks", "ifeval")
    for name in ("lm_eval", "lm_eval.tasks", "lm_eval.tasks.ifeval"):
        module = types.ModuleType(name)
        module.__path__ = [str(base)]
        sys.modules[name] = module
    return importlib.import_module("lm_eval.tasks.ifeval.utils")


def write(name, value):
    with open(os.path.join(target, name), "w", encoding="utf-8") as out:
        json.dump({"versions": versions, **value}, out, ensure_ascii=True, separators=(",", ":"))
        out.write("\n")


PIECES = list("aBcé. .?!\"')]}-,:;'1 \n*") + [
    "Mr.", "U.S.", " the ", " The ", "...", "\u00a0", "\u2019", " e.g. ", "J. ", "No. 5 ", "cannot ", "I'M ", "(Yes.) ", "##", "[x]", "<<T>>",
    "\x1c", "\x85", " -- ", "\u201cQuote.\u201d ", " it's ", "GONNA ", "\U0001f600",
]  # fmt: skip


def texts(seed, n, most):
    rng = random.Random(seed)
    return ["".join(rng.choice(PIECES) for _ in range(rng.randint(1, most))) for _ in range(n)]


FIXED = [
    "Dr. Smith left. He ran.", 'He said "Stop." (Really.) Then "what?" she asked.', "Hello.)  World", "", "   ", ".", "? ! .",
    "U.S. Economy is big. It is in the U.S. and e.g. this... And so on . . . yes. J. Bach. No. 5 is 12. Then 3.5. x",
    "...!!! ???  .. . .", " . a. b.\n\nc? d!)\"' -- e.--f", "x.\x85y. Z", "'tis 'twas cannot gonna wanna go I'M DON'T DOGS' y'all :a,b,, 5:30 10,000",
    "Mr.Smith etc. Inc. the end. A. B. C. He. a? b?c? d", "I. me. The number 1. foo. 2) bar. 3. Baz", "A.:5B c", '"Hi.""Yo." X',
    "e.g. Apple. i.e. pear. 'The U.K. government. But U.K. They.", "你好。世界！ Hello. 再见", "Привет. Как дела? Хорошо!",
]  # fmt: skip


def make_nltk():
    punkt = PunktTokenizer("english")
    rows = [{"text": x, "sentences": punkt.tokenize(x), "tokens": nltk.word_tokenize(x)} for x in FIXED + texts(1, 400, 30)]
    write("nltk.json", {"rows": rows})


def instructions(rng):
    relation = lambda: rng.choice(["less than", "at least"])
    n = lambda high: rng.randint(1, high)
    paragraphs = n(2)
    return [
        ("keywords:existence", {"keywords": rng.sample(["the", "bc", "a.", "é", "quote", "T"], 2)}),
        ("keywords:frequency", {"keyword": rng.choice(["a", "the", " B", ".", "mr."]), "frequency": n(4), "relation": relation()}),
        ("keywords:forbidden_words", {"forbidden_words": rng.sample(["the", "a", "Mr", "é", "quote", "b"], 2)}),
        ("keywords:letter_frequency", {"letter": rng.choice("abBct"), "let_frequency": n(5), "let_relation": relation()}),
        ("length_constraints:number_sentences", {"num_sentences": n(6), "relation": relation()}),
        ("length_constraints:number_paragraphs", {"num_paragraphs": n(3)}),
        ("length_constraints:number_words", {"num_words": n(15), "relation": relation()}),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": paragraphs, "nth_paragraph": n(paragraphs), "first_word": rng.choice(["a", "the", "B", "é"])}),
        ("detectable_content:number_placeholders", {"num_placeholders": n(3)}),
        ("detectable_content:postscript", {"postscript_marker": rng.choice(["P.S.", "P.P.S", "P.P.S.", "NB:"])}),
        ("detectable_format:number_bullet_lists", {"num_bullets": n(3)}),
        ("detectable_format:constrained_response", {}),
        ("detectable_format:number_highlighted_sections", {"num_highlights": n(3)}),
        ("detectable_format:multiple_sections", {"section_spliter": rng.choice(["Section", "SECTION", "a"]), "num_sections": n(2)}),
        ("detectable_format:json_format", {}),
        ("detectable_format:title", {}),
        ("combination:two_responses", {}),
        ("combination:repeat_prompt", {"prompt_to_repeat": rng.choice(["The", " a", "B"])}),
        ("startend:end_checker", {"end_phrase": rng.choice(["a", "the ", ".", "B!"])}),
        ("startend:quotation", {}),
        ("change_case:capital_word_frequency", {"capital_frequency": n(4), "capital_relation": relation()}),
        ("punctuation:no_comma", {}),
    ]  # fmt: skip


SHAPES = [
    "* a\n* b\n- c\n*\n** d\n\n*e", "***\na\n***\nb\n***", "a***b", "a ****** b", "a******a", "******\na\n******b", "<<>>", "<< >> <<a>>", "<<<a>>>",
    "p.s. x", "P. S. x", "P.P.S x", "p. p. s", "ps. x", "nb: y", '{"a": NaN, "b": [-Infinity]}', "```json\n[1, 2]\n```", "```\n{}\n```", "[1,]",
    "{'a': 1}", '"quoted"', ' "quoted" \n', '"', "Section 1\na\nSection 2 b SECTION 3", "a1 a 2a  3", "[a] [b\nc] [] [[d]]", "*a* **b** ** ** *\n* *** c ***",
    "\n\n\na b\n\nthe end", "The end. The", "My answer is no.", "Yes. My answer is yes. ok", "Sure!\nMy answer is maybe.\nBye", "a\n\n\n\nb", "'the' \"a\"\n\n\"'b'",
    "A B C\n\nDON'T", "\t* x\n \n * y\n-\n-z", "*\n*", "-\n-\n-", "B! ", "x B!\"\"", "** a **\n*b", "I II III, IV", "a,b", "١٢ Section ١", "İ ß ﬁ ſ K", "a\u2028b\u2028* c",
]  # fmt: skip


def make_checks(ref):
    rng = random.Random(7)
    rows = []
    for response in SHAPES + texts(2, 60, 40):
        verdicts = []
        for id, kwargs in [one for _ in range(3 if response in SHAPES else 1) for one in instructions(rng)]:
            example = ref.InputExample(0, [id], "", [kwargs])
            strict = bool(ref.test_instruction_following_strict(example, response).follow_instruction_list[0])
            loose = bool(ref.test_instruction_following_loose(example, response).follow_instruction_list[0])
            verdicts.append([{"id": id, **kwargs}, strict, loose])
        rows.append({"response": response, "verdicts": verdicts})
    write("checks.json", {"rows": rows})


SAMPLES = [
    "The meeting was moved to Thursday because the train from the coast was late again.",
    "Das Treffen wurde auf Donnerstag verschoben, weil der Zug von der Küste wieder zu spät kam.",
    "La réunion a été reportée à jeudi parce que le train de la côte était encore en retard.",
    "La reunión se aplazó al jueves porque el tren de la costa volvió a llegar con retraso.",
    "La riunione è stata spostata a giovedì perché il treno della costa era di nuovo in ritardo.",
    "A reunião foi adiada para quinta-feira porque o comboio da costa chegou outra vez atrasado.",
    "Встреча была перенесена на четверг, потому что поезд с побережья снова опоздал.",
    "Срещата беше преместена за четвъртък, защото влакът от крайбрежието отново закъсня.",
    "会议改到星期四，因为从海边来的火车又晚点了。", "會議改到星期四，因為從海邊來的火車又誤點了。", "海岸からの電車がまた遅れたので、会議は木曜日に変更されました。",
    "해안에서 오는 기차가 또 늦어서 회의가 목요일로 옮겨졌습니다.", "บ่ายนี้ประชุมถูกเลื่อนไปเป็นวันพฤหัสบดีเพราะรถไฟมาสาย",
    "تم تأجيل الاجتماع إلى يوم الخميس لأن القطار القادم من الساحل تأخر مرة أخرى.", "جلسه به پنجشنبه موکول شد زیرا قطار ساحلی دوباره دیر رسید.",
    "बैठक गुरुवार तक टाल दी गई क्योंकि तट से आने वाली ट्रेन फिर से देर से आई।", "Cuộc họp được dời sang thứ Năm vì chuyến tàu từ bờ biển lại đến muộn.",
    "Mkutano uliahirishwa hadi Alhamisi kwa sababu treni kutoka pwani ilichelewa tena.", "Kokous siirrettiin torstaille, koska rannikolta tuleva juna oli taas myöhässä.",
    "Toplantı perşembeye ertelendi çünkü sahilden gelen tren yine gecikti.", "1234 5678", "", "https://example.com/a/b", "a@b.co", "OK",
]  # fmt: skip


def make_languages():
    rows = []
    for text in SAMPLES:
        seen = {}
        for seed in range(20):
            DetectorFactory.seed = seed
            try:
                language = langdetect.detect(text)
            except langdetect.LangDetectException:
                language = "none"
            seen[language] = seen.get(language, 0) + 1
        rows.append({"text": text, "runs": seen})
    write("languages.json", {"rows": rows})


def make_unsettled(ref, folder):
    kinds = ("language:response_language", "change_case:english_capital", "change_case:english_lowercase")
    with open(os.path.join(folder, "prompts.jsonl"), encoding="utf-8") as file:
        prompts = [json.loads(line) for line in file]
    rows = []
    for path in sorted(glob.glob(os.path.join(folder, "model.*.jsonl"))):
        with open(path, encoding="utf-8") as file:
            recorded = {row["key"]: row for row in map(json.loads, file)}
        for prompt in prompts:
            for i, (id, kwargs) in enumerate(zip(prompt["instruction_id_list"], prompt["kwargs"])):
                if id not in kinds:
                    continue
                example = ref.InputExample(0, [id], "", [kwargs])
                for mode, test in (("strict", ref.test_instruction_following_strict), ("loose", ref.test_instruction_following_loose)):
                    right, runs = 0, 0
                    for seed in range(60):
                        DetectorFactory.seed = seed
                        right += bool(test(example, recorded[prompt["key"]]["response"]).follow_instruction_list[0])
                        runs += 1
                        verdicts = recorded[prompt["key"]][mode]
                        if runs == 12 and right == 12 * (verdicts[i] if verdicts else right > 0):
                            break  # settled, as far as one can see, and as it was recorded
                    if 0 < right < runs:
                        rows.append([os.path.basename(path), prompt["key"], id, mode, right / runs])
    write("unsettled.json", {"rows": rows})


if __name__ == "__main__":
    os.makedirs(target, exist_ok=True)
    ref = reference()
    make_nltk()
    make_checks(ref)
    make_languages()
    if len(sys.argv) > 2:
        make_unsettled(ref, sys.argv[2])
