import { type Random, random, split } from "laurel";
import { compliance, meanOf, rankingConsistency, signalFloor, signalQuality } from "laurel/stats";
import { type Claim, paper } from "../lab/index.ts";
import { drawEarlyCurves, type EarlyDials } from "../worlds/early-models.ts";

type Settings = EarlyDials & { permutations: number };
type Arm = "completion" | "letter" | "shuffledCompletion" | "shuffledLetter" | "floor";
type Metric = "quality" | "consistency" | "compliance";
const superior = (smallest: number) => ({ kind: "superior", smallest }) as const;

const forms: Claim<Arm, Metric, Settings> = {
  id: "forms",
  statement:
    "The competition's scores put a completion form above a letter form in early training: in signal quality, in the order of models, and in what they say of training data",
  scope:
    "Six simulated models, 14 checkpoints, 500 items. That letters cannot bind this early is put into the world, so this shows what the scores do, not what language models do. Quality is the official formula; consistency and compliance are Laurel's own, since the official ones are not known to us. The letter form's options have the same noise as the completion form's.",
  evidence: "assumed",
  settings: {
    slopes: [0.6, 0.66, 0.9, 0.96, 1.2, 1.26],
    webOnly: 0.7,
    items: 500,
    choices: 4,
    checkpoints: 14,
    scale: 50,
    first: 14.7,
    last: 206,
    binds: 300,
    offset: 0.1,
    drift: 0.3,
    permutations: 100,
  },
  seeds: 40,
  arms: ["completion", "letter", "shuffledCompletion", "shuffledLetter", "floor"],
  bars: [
    {
      id: "quality",
      metric: "quality",
      of: "completion",
      against: "letter",
      role: "primary",
      bar: superior(0.38),
      why: "claim 1; half of the specification's pilot, 0.95 against 0.19",
    },
    {
      id: "consistency",
      metric: "consistency",
      of: "completion",
      against: "letter",
      role: "primary",
      bar: superior(0.19),
      why: "claim 2; half of the pilot, 0.88 against 0.50",
    },
    {
      id: "compliance",
      metric: "compliance",
      of: "completion",
      against: "letter",
      role: "primary",
      bar: superior(0.2),
      why: "claim 3; half of the pilot, 0.90 against 0.49",
    },
    {
      id: "shuffled",
      metric: "quality",
      of: "shuffledCompletion",
      against: "shuffledLetter",
      role: "control",
      bar: { kind: "equivalent", within: 0.19 },
      why: "checkpoints in any order: no form has a signal",
    },
    {
      id: "floor",
      metric: "quality",
      of: "letter",
      against: "floor",
      role: "report",
      why: "the letter form beside the quality that its values have in any order",
    },
  ],
  boundary: {
    setting: { binds: 0, drift: 0 },
    bar: "quality",
    why: "letters that bind from the start are as good a form",
  },
  async run(_lab, seed, s) {
    const curves = drawEarlyCurves(s, split(seed, "curves"));
    const quality = (of: readonly Float64Array[]): number => meanOf(of.map((curve) => signalQuality(curve).quality));
    const rng = random(split(seed, "shuffle"));
    const shuffled = (of: readonly Float64Array[]): number => quality(of.map((curve) => shuffle(curve, rng)));
    const share = (own: readonly Float64Array[], twins: readonly Float64Array[]): number =>
      meanOf(own.map((curve, m) => compliance(curve, twins[m]!).share.value));
    const floor = curves.letter.map(
      (curve, m) => signalFloor(curve, { seed: split(seed, `floor ${m}`), permutations: s.permutations }).value,
    );
    return {
      completion: {
        quality: quality(curves.completion),
        consistency: rankingConsistency(curves.completion, s.slopes).value,
        compliance: share(curves.completion, curves.completionTwins),
      },
      letter: {
        quality: quality(curves.letter),
        consistency: rankingConsistency(curves.letter, s.slopes).value,
        compliance: share(curves.letter, curves.letterTwins),
      },
      shuffledCompletion: { quality: shuffled(curves.completion) },
      shuffledLetter: { quality: shuffled(curves.letter) },
      floor: { quality: meanOf(floor) },
    };
  },
};

function shuffle(curve: Float64Array, rng: Random): Float64Array {
  return Float64Array.from(rng.shuffled(Array.from(curve)));
}

type Identity = "rising" | "falling" | "ordinal" | "average";

const identities: Claim<"laurel", Identity, { checkpoints: number }> = {
  id: "identities",
  statement: "Signal quality has the values that the official formula gives by hand",
  scope: "A straight rise and fall of 14 values, and eight values with ties under both tie rules",
  evidence: "identity",
  settings: { checkpoints: 14 },
  seeds: 40,
  arms: ["laurel"],
  bars: (["rising", "falling", "ordinal", "average"] as const).map((metric) => ({
    id: metric,
    metric,
    of: "laurel" as const,
    role: "primary" as const,
    bar: { kind: "exact", tolerance: 1e-9 } as const,
    why: "difference from the value by hand",
  })),
  async run(_lab, _seed, { checkpoints }) {
    const rise = Array.from({ length: checkpoints }, (_, t) => t + 1);
    const ties = [0, 0, 0, 0, 1, 1, 1, 1];
    return {
      laurel: {
        rising: signalQuality(rise).quality - 1,
        falling: signalQuality(rise.toReversed()).quality - 0.5,
        ordinal: signalQuality(ties).quality - 0.875,
        // mid-ranks 2.5 and 6.5 against 1 to 8: rho = 32 / √(42 · 32)
        average: signalQuality(ties, { ties: "average" }).quality - (32 / Math.sqrt(42 * 32) + 0.75) / 2,
      },
    };
  },
};

export default paper({
  slug: "e2lm",
  component: ["signalQuality", "signalFloor", "rankingConsistency", "compliance"],
  claims: [forms, identities],
});
