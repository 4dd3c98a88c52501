import type { Estimate } from "../../core/index.ts";
import { type PairVotes, raterAgreement } from "./agreement.ts";
import { type Finding, outside, type Seen, shownRows } from "./finding.ts";

/** Votes on the same pair of texts, of several raters of a row and of rows that repeat it. */
export function disagreement(rows: readonly Seen[], options: { seed: string; level: number }): Finding[] {
  const votes = new Map<string, { id: string; cluster: string; votes: number[] }>();
  for (const { judged, contents, prompt } of rows)
    for (const { first, second, p } of judged.labels.preferred ?? []) {
      const [a, b] = [contents[first]!, contents[second]!];
      if (a === b) continue;
      const key = `${prompt}:${a < b ? `${a}:${b}` : `${b}:${a}`}`;
      const vote = Math.sign(p - 0.5) * (a < b ? 1 : -1);
      const known = votes.get(key);
      if (known === undefined) votes.set(key, { id: judged.id, cluster: judged.cluster, votes: [vote] });
      else known.votes.push(vote);
    }
  const pairs: PairVotes[] = [...votes.values()];
  const { agreement, alpha, noise } = raterAgreement(pairs, options);
  const split = pairs.filter((pair) => pair.votes.includes(1) && pair.votes.includes(-1)).map(({ id }) => id);
  const finding = (
    id: string,
    about: string,
    estimate: Estimate,
    within: readonly [number, number],
    advice: string,
  ): Finding => ({
    id,
    about,
    estimate,
    within,
    shown: false,
    exceeds: outside(estimate, within),
    advice,
    rows: split.slice(0, shownRows),
  });
  return [
    finding(
      "agreement",
      "probability that two votes on a pair agree",
      agreement,
      [0.6, 1],
      "no reward can be held to labels that people do not agree on: collect more votes, or leave out what is disputed",
    ),
    ...(alpha === undefined
      ? []
      : [
          finding(
            "alpha",
            "Krippendorff's alpha of the votes (first, tie, second in order)",
            alpha,
            [0.4, 1],
            "below 0.4 the raters hardly agree beyond chance: look at the instructions that they were given",
          ),
        ]),
    ...(noise === undefined
      ? []
      : [
          finding(
            "noise",
            "share of votes that are wrong, if raters err independently",
            noise,
            [0, 0.2],
            "an accuracy above one less this share is agreement with the errors: do not tune a reward beyond it",
          ),
        ]),
  ];
}
