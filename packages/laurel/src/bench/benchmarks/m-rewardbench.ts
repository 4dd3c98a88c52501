import { UsageError } from "../../core/index.ts";
import type { Benchmark, Figure } from "../benchmark.ts";
import { each, textAt } from "../read.ts";
import { strictCredit } from "../rules.ts";
import { rewardBenchFigures, rewardBenchRow } from "./rewardbench.ts";

/** The languages of M-RewardBench by FLORES-style code, with English as the reference. */
export const mRewardBenchLanguages: Readonly<Record<string, string>> = {
  arb: "Arabic",
  ces: "Czech",
  deu: "German",
  ell: "Greek",
  eng: "English",
  fra: "French",
  heb: "Hebrew",
  hin: "Hindi",
  ind: "Indonesian",
  ita: "Italian",
  jpn: "Japanese",
  kor: "Korean",
  nld: "Dutch",
  pes: "Persian",
  pol: "Polish",
  por: "Portuguese",
  ron: "Romanian",
  rus: "Russian",
  spa: "Spanish",
  tur: "Turkish",
  ukr: "Ukrainian",
  vie: "Vietnamese",
  zho: "Chinese",
};

/** A language's code without its script, checked. */
function languageOf(code: string): string {
  const plain = code.split(/[_-]/)[0]!;
  if (mRewardBenchLanguages[plain] === undefined)
    throw new UsageError(`'${code}' is no language of M-RewardBench`, Object.keys(mRewardBenchLanguages).join(", "));
  return code;
}

const sections = rewardBenchFigures.filter(({ name }) => name !== "accuracy");
const languages: Figure = {
  name: "mean of languages",
  about: "mean of the languages' accuracies, each counting the same",
  sections: { key: "language" },
};

/** M-RewardBench. */
export const mRewardBench: Benchmark = {
  id: "m-rewardbench",
  title: "M-RewardBench",
  about: "RewardBench translated into 23 languages",
  tier: "schema only",
  tierWhy: "no row could be had here",
  data: {
    hub: "C4AI-Community/multilingual-reward-bench",
    licence: "ODC-BY",
    columns: "id, prompt, chosen, rejected, language, subset; a configuration a language",
  },
  asks: "scores",
  chance: { value: 0.5, why: "two candidates; a constant reward gets 0, because a tie loses" },
  pitfalls: [
    "Compare languages on the items that all of them have: the filtered files differ in length.",
    "Agreement with English must be of which answer was preferred, not of right and wrong, or accuracy inflates it.",
    "Code and mathematics are barely translated, so they dilute a drop.",
    "The official section weights are those of the English benchmark; the filtered files hold fewer items.",
  ],
  published: [],
  by: "language",
  rightFirst: true,
  rule: {
    text: "as RewardBench 1, within each language",
    source: "M-RewardBench (2024), scripts/run_rewardbench.py; section rule of reward-bench",
    credit: strictCredit,
    unscored: "drop",
    figures: [...sections, languages],
  },
  read: each((row, place) => {
    const example = rewardBenchRow(row, place, ["language"]);
    const language = languageOf(textAt(row, "language", place));
    return { ...example, task: { ...example.task, id: `${language}:${example.task.id}` } };
  }),
};
