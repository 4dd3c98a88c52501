import { refuse } from "../../io/messages.ts";
import type { Benchmark } from "../benchmark.ts";
import { rightAndWrong, textAt, withMedia } from "../read.ts";
import { strictCredit } from "../rules.ts";

/** MM-RLHF-RewardBench: questions on pictures and clips; several pairs share an id. */
export const mmRlhfRewardBench: Benchmark = {
  id: "mm-rlhf-rewardbench",
  title: "MM-RLHF-RewardBench",
  about: "questions on pictures and clips; an id's pairs must all be right for ACC+",
  tier: "schema only",
  tierWhy: "no row could be had here",
  data: {
    hub: "yifanzhang114/MM-RLHF-RewardBench",
    licence: "not stated in the specification",
    columns: "id, prompt, image or video, chosen, rejected",
  },
  asks: "scores",
  chance: { value: 0.5, why: "two candidates; ACC+ has a lower chance, by the number of an id's pairs" },
  pitfalls: [
    "A repeated id merges groups without a word.",
    "The category is the first of mcq, long, short, safety, video in the media's path.",
  ],
  published: [],
  by: "category",
  rightFirst: true,
  rule: {
    text: "ACC: pairs with the chosen one above, strictly. ACC+: ids with all pairs right",
    source: "MM-RLHF (2025), llava/eval/cal_performance_mmreweard_bench.py",
    credit: strictCredit,
    unscored: 0,
    figures: [
      { name: "acc", about: "share of pairs that are right" },
      {
        name: "acc+",
        about: "share of ids whose pairs are all right",
        all: (items) => {
          const groups = [...Map.groupBy(items, (item) => item.cluster).values()];
          return groups.filter((group) => group.every(({ credit }) => credit === 1)).length / groups.length;
        },
      },
    ],
  },
  read: (rows) => {
    const seen = new Map<string, number>();
    return rows.map(({ row, place }) => {
      const id = textAt(row, "id", place);
      const count = seen.get(id) ?? 0;
      seen.set(id, count + 1);
      const media = String(row["image"] ?? row["video"] ?? "");
      if (media === "") refuse(place, "image", "a path in image or video", row["image"]);
      const category = ["mcq", "long", "short", "safety", "video"].find((one) => media.includes(one)) ?? "other";
      const example = withMedia(
        rightAndWrong(row, place, {
          id: count === 0 ? id : `${id}#${count}`,
          right: [textAt(row, "chosen", place)],
          wrong: [textAt(row, "rejected", place)],
          subsets: { category },
          used: ["id", "prompt", "image", "video", "chosen", "rejected", "chosen_reason", "rejected_reason"],
        }),
        row["image"] === undefined ? [] : [media],
      );
      return { ...example, cluster: id };
    });
  },
};
