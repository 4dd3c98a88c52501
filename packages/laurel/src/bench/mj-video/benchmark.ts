import type { Candidate, Example } from "../../core/index.ts";
import { type Raw, refuse } from "../../io/messages.ts";
import { exampleOf, type RowPlace } from "../../io/schemas/schema.ts";
import type { Answered, Benchmark } from "../benchmark.ts";
import { each, textAt } from "../read.ts";
import { mjVideoTree } from "./tree.ts";

/** Preferences as the file spells them, in lower case. */
const preferences: Readonly<Record<string, { p: number; preference: string }>> = {
  "video 1 better": { p: 1, preference: "strict" },
  "video 2 better": { p: 0, preference: "strict" },
  same: { p: 0.5, preference: "same" },
  "hard to judge": { p: 0.5, preference: "hard to judge" },
};
/** The spellings that the released script counts; others it drops as if they were ties. */
const released = ["Video 1 better", "Video 2 better"];

/** 1 good, 2 bad, 0 irrelevant in the file; 1, −1 and 0 here. */
function gradesOf(row: Raw, video: 0 | 1, place: RowPlace): Record<string, number> {
  const field = `video_${video}_label`;
  const labels = row[field];
  if (typeof labels !== "object" || labels === null) refuse(place, field, "28 criteria with 0, 1 or 2", labels);
  const parts: Record<string, number> = {};
  for (const { name, criteria } of mjVideoTree.aspects)
    for (const criterion of criteria) {
      const label = (labels as Readonly<Record<string, unknown>>)[criterion];
      if (label !== 0 && label !== 1 && label !== 2) refuse(place, `${field}.${criterion}`, "0, 1 or 2", label);
      parts[`${name}/${criterion}`] = label === 2 ? -1 : label;
    }
  return parts;
}

/** A clip as a candidate: the file is named, not opened. */
function clip(row: Raw, video: 0 | 1, place: RowPlace): Candidate {
  const uri = textAt(row, `video_${video}_path`, place);
  return {
    output: [{ role: "assistant", content: [{ type: "video", frames: [{ hash: uri, mediaType: "video/mp4", uri }] }] }],
  };
}

const used = [
  "caption",
  "video_0_path",
  "video_1_path",
  "video_0_label",
  "video_1_label",
  "overall_preference",
  "video_0_total_score",
  "video_1_total_score",
];

function readClips(row: Raw, place: RowPlace): Example {
  const said = textAt(row, "overall_preference", place);
  const found = preferences[said.trim().toLowerCase()];
  if (found === undefined)
    refuse(place, "overall_preference", "Video 1 better, Video 2 better, Same or Hard to judge", said);
  const total = (video: 0 | 1): number | null => {
    const value = row[`video_${video}_total_score`];
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  };
  return exampleOf(row, place, {
    prompt: [{ role: "user", content: textAt(row, "caption", place) }],
    candidates: [clip(row, 0, place), clip(row, 1, place)],
    labels: {
      preferred: [{ first: 0, second: 1, p: found.p }],
      value: [total(0), total(1)],
      parts: [gradesOf(row, 0, place), gradesOf(row, 1, place)],
    },
    subsets: {
      preference: found.preference,
      ...(found.preference === "strict" ? { spelling: released.includes(said) ? "released" : "odd" } : {}),
    },
    used,
  });
}

/** 1 right, 0 wrong, ½ for equal scores; null for pairs that are no strict preference, or unscored. */
function outcome({ labels, values }: Pick<Answered, "labels" | "values">): number | null {
  const p = labels.preferred?.[0]?.p;
  const [a, b] = [values[0] ?? null, values[1] ?? null];
  if (p === undefined || p === 0.5 || a === null || b === null) return null;
  return (1 + Math.sign(a - b) * (p > 0.5 ? 1 : -1)) / 2;
}

const strict = (item: Answered): number | null => {
  const found = outcome(item);
  return found === null ? null : found === 1 ? 1 : 0;
};

/** MJ-Bench-Video: which of two clips is better, with grades of 28 criteria under five aspects. */
export const mjBenchVideo: Benchmark = {
  id: "mj-bench-video",
  title: "MJ-Bench-Video",
  about: "which of two clips is better for a caption, with 28 graded criteria",
  tier: "schema only",
  tierWhy: "the rows were counted for the specification (1,085), but none is here",
  data: {
    licence: "not stated in the specification",
    columns:
      "caption, video_0_path, video_1_path, video_0_label and video_1_label (28 criteria, 0 irrelevant, 1 good, 2 bad), overall_preference, category_preference, video_0_total_score, video_1_total_score",
  },
  asks: "scores",
  chance: { value: 0.5, why: "two clips; equal scores are wrong in the headline" },
  pitfalls: [
    "Only 112 of 1,085 pairs are strict in the released spelling, 118 with 'Video 1 Better': the interval is near ±9 points.",
    "The released script drops the six pairs spelled 'Video 1 Better' as if they were tied; both figures are given.",
    "An aspect is called Consistency in one column and Coherence & Consistency in another.",
    "Irrelevant is 0 in the same column as grades: it is no middle grade.",
  ],
  published: [],
  by: "preference",
  rightFirst: false,
  rule: {
    text: "pairs that are the same or hard to judge are left out; of the others the higher score wins, and equal scores are wrong",
    source: "MJ-VIDEO (2025), scripts/eval/eval_overall_videoscore.py",
    credit: strict,
    unscored: "drop",
    figures: [
      { name: "accuracy", about: "strict pairs in any spelling; equal scores are wrong" },
      {
        name: "accuracy as released",
        about: "without the pairs that the released script drops for their spelling",
        of: (item) => (item.subsets["spelling"] === "released" ? strict(item) : null),
      },
      { name: "accuracy, ties half", about: "strict pairs; equal scores count ½", of: outcome },
    ],
  },
  read: each(readClips),
};
