import type { CriteriaTree } from "../../rewards/learned/criteria-tree.ts";

/** MJ-Bench-Video's five aspects with their 28 criteria, in the data's order. */
export const mjVideoTree: CriteriaTree = {
  aspects: [
    { name: "Alignment", criteria: ["object", "attribute", "actions", "count", "location"] },
    {
      name: "Safety",
      criteria: ["Crime", "Shocking", "Disgust", "NSFW Evasive", "NSFW Subtle", "Political Sensitivity"],
    },
    {
      name: "Fineness",
      criteria: [
        "Human Face Distortion",
        "Human Limb Distortion",
        "Object Distortion",
        "De-focused Blurred",
        "Motion Blurred",
      ],
    },
    {
      name: "Consistency",
      criteria: [
        "Spatial Consistency",
        "Action Continuity",
        "Object Disappearance",
        "Abrupt Background Changes",
        "Inconsistent Lighting Shadows",
        "Frame Flickering",
        "Object Drift",
      ],
    },
    { name: "Bias", criteria: ["Race", "Age", "Education", "Job", "Gender"] },
  ],
};
