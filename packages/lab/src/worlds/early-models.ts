import { random, type Seed, split } from "laurel";

/** Small models in early training, asked four-choice items in two forms. */
export type EarlyDials = {
  /** Slopes of the models' knowledge with log tokens: three sizes in two variants. */
  slopes: readonly number[];
  /** A twin that saw the web only has this share of its model's slope. */
  webOnly: number;
  items: number;
  choices: number;
  checkpoints: number;
  /** Tokens in billions: the scale of learning, the first and last checkpoint, where letters begin to bind. */
  scale: number;
  first: number;
  last: number;
  binds: number;
  /** Sd of a model's own offset a form, and of a letter bias' step a checkpoint. */
  offset: number;
  drift: number;
};

/** Accuracy curves: models x checkpoints in each form, and of their web-only twins. */
export interface EarlyCurves {
  completion: Float64Array[];
  letter: Float64Array[];
  completionTwins: Float64Array[];
  letterTwins: Float64Array[];
}

/**
 * Draws the curves. An option's value is N(0, 1), fresh at each checkpoint; the right one has the margin a log(1 + T / scale) - d +
 * offset added, d ~ N(1, 1) an item. In the letter form the margin counts only from `binds` on, and each letter has a bias that drifts.
 *
 * Source: e2lm's claim check.
 */
export function drawEarlyCurves(dials: EarlyDials, seed: Seed): EarlyCurves {
  const rng = random(split(seed, "items"));
  const difficulty = Float64Array.from({ length: dials.items }, () => 1 + rng.normal());
  const curves = (form: "completion" | "letter", share: number): Float64Array[] =>
    dials.slopes.map((slope, m) =>
      drawCurve(dials, difficulty, share * slope, form, split(seed, `${form} ${share === 1 ? "model" : "twin"} ${m}`)),
    );
  return {
    completion: curves("completion", 1),
    letter: curves("letter", 1),
    completionTwins: curves("completion", dials.webOnly),
    letterTwins: curves("letter", dials.webOnly),
  };
}

function drawCurve(
  { checkpoints, choices, first, last, scale, binds, offset, drift }: EarlyDials,
  difficulty: Float64Array,
  slope: number,
  form: "completion" | "letter",
  seed: Seed,
): Float64Array {
  const rng = random(seed);
  const own = offset * rng.normal();
  const bias = new Float64Array(choices);
  return Float64Array.from({ length: checkpoints }, (_, t) => {
    const tokens = first + ((last - first) * t) / (checkpoints - 1);
    const binding = form === "completion" || tokens >= binds ? 1 : 0;
    if (form === "letter") for (let k = 0; k < choices; k++) bias[k]! += drift * rng.normal();
    let right = 0;
    for (const d of difficulty) {
      const answer = rng.below(choices);
      let [best, top] = [-1, Number.NEGATIVE_INFINITY];
      for (let k = 0; k < choices; k++) {
        const margin = k === answer ? binding * (slope * Math.log(1 + tokens / scale) - d + own) : 0;
        const value = rng.normal() + margin + bias[k]!;
        if (value > top) [best, top] = [k, value];
      }
      if (best === answer) right++;
    }
    return right / difficulty.length;
  });
}
