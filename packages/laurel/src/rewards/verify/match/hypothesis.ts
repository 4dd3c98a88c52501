import type { Json } from "../../../core/types.ts";
import { assign } from "../assignment.ts";
import { isJsonObject } from "../tools/json-equal.ts";
import { plainText } from "./equal.ts";

/** A hypothesis h = ψ(context, variables, relation). */
export interface Hypothesis {
  /** The boundary condition; "None" if it holds everywhere. */
  context: string;
  variables: readonly string[];
  relation: string;
}

/** Compares the facets of a wanted and a predicted hypothesis; a judge answers asynchronously. */
export interface FacetMatcher {
  context(wanted: Hypothesis, predicted: Hypothesis): boolean | Promise<boolean>;
  variables(wanted: Hypothesis, predicted: Hypothesis): VariableCounts | Promise<VariableCounts>;
  /** 1 very similar, 0.5 similar but more general, 0 different. */
  relation(wanted: Hypothesis, predicted: Hypothesis): 0 | 0.5 | 1 | Promise<0 | 0.5 | 1>;
}

/** Numbers of variables: wanted, predicted, and in both. */
export interface VariableCounts {
  wanted: number;
  predicted: number;
  shared: number;
}

/**
 * The matcher that needs no judge: facets are compared as texts without case.
 *
 * @param general for a relation, the relations that count half for it since they are more general or easily confused
 * @example exactFacetMatcher({ "a + b": ["a - b"] })
 */
export function exactFacetMatcher(general: Readonly<Record<string, readonly string[]>> = {}): FacetMatcher {
  const half = new Map(
    Object.entries(general).map(([relation, others]) => [plainText(relation), others.map(plainText)]),
  );
  const names = (one: Hypothesis): Set<string> => new Set(one.variables.map(plainText));
  return {
    context: (wanted, predicted) => plainText(wanted.context) === plainText(predicted.context),
    variables: (wanted, predicted) => {
      const own = names(predicted);
      const all = names(wanted);
      return { wanted: all.size, predicted: own.size, shared: [...all].filter((name) => own.has(name)).length };
    },
    relation: (wanted, predicted) => {
      const own = plainText(predicted.relation);
      const goal = plainText(wanted.relation);
      if (own === goal) return 1;
      return half.get(goal)?.includes(own) === true ? 0.5 : 0;
    },
  };
}

/** DiscoveryBench's hypothesis match score and its facets. */
export interface HypothesisMatch {
  /** recallContext · meanAccuracy, in [0, 1]. */
  value: number;
  /** Matched / wanted hypotheses. */
  recallContext: number;
  /** Mean F1 of the variables over the matched. */
  variableF1: number;
  /** Mean credit of the relation over the matched. */
  relation: number;
  /** Σ F1 · relation over the matched / predicted hypotheses. */
  meanAccuracy: number;
}

function f1Of({ wanted, predicted, shared }: VariableCounts): number {
  if (wanted === 0 || predicted === 0 || shared === 0) return 0;
  const precision = shared / predicted;
  const recall = shared / wanted;
  return (2 * precision * recall) / (precision + recall);
}

/**
 * The hypothesis match score (HMS) of DiscoveryBench.
 *
 * Each predicted hypothesis in turn takes the first free wanted one with a matching context ("greedy", the benchmark's rule), or the
 * pairing with the greatest Σ F1 · relation is taken ("optimal"). recallContext = matched / wanted,
 * meanAccuracy = Σ F1(variables) · relation over the matched / number predicted, HMS = recallContext · meanAccuracy.
 *
 * @returns all 0 if nothing is predicted
 * @example await hypothesisMatch([h], [h], exactFacetMatcher()) // value 1
 * Source: "DiscoveryBench: Towards Data-Driven Discovery with Large Language Models" (2024) and its evaluator.
 */
export async function hypothesisMatch(
  wanted: readonly Hypothesis[],
  predicted: readonly Hypothesis[],
  matcher: FacetMatcher,
  pairing: "greedy" | "optimal" = "greedy",
): Promise<HypothesisMatch> {
  const facets = async (i: number, j: number): Promise<[f1: number, relation: number]> => [
    f1Of(await matcher.variables(wanted[i]!, predicted[j]!)),
    await matcher.relation(wanted[i]!, predicted[j]!),
  ];
  const matched: [f1: number, relation: number][] = [];
  if (pairing === "greedy") {
    const free = new Set(wanted.keys());
    for (const [j, one] of predicted.entries()) {
      for (const i of free) {
        if (!(await matcher.context(wanted[i]!, one))) continue;
        free.delete(i);
        matched.push(await facets(i, j));
        break;
      }
    }
  } else {
    const m = predicted.length;
    const weights = new Float64Array(wanted.length * m);
    const all: [number, number][] = [];
    const more = Math.min(wanted.length, m) + 1; // one more matched context outweighs accuracy
    for (const [i, want] of wanted.entries()) {
      for (const [j, one] of predicted.entries()) {
        if (!(await matcher.context(want, one))) continue;
        const [f1, relation] = await facets(i, j);
        all[i * m + j] = [f1, relation];
        weights[i * m + j] = more + f1 * relation;
      }
    }
    for (const [i, j] of assign(weights, wanted.length, m).columns.entries()) if (j >= 0) matched.push(all[i * m + j]!);
  }
  const mean = (values: readonly number[], n: number): number =>
    n === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / n;
  const recallContext = wanted.length === 0 ? 0 : matched.length / wanted.length;
  const meanAccuracy = mean(
    matched.map(([f1, relation]) => f1 * relation),
    predicted.length,
  );
  return {
    value: recallContext * meanAccuracy,
    recallContext,
    variableF1: mean(
      matched.map(([f1]) => f1),
      matched.length,
    ),
    relation: mean(
      matched.map(([, relation]) => relation),
      matched.length,
    ),
    meanAccuracy,
  };
}

/** The hypotheses in a JSON value: one or a list of `{ context?, variables, relation }`; undefined if anything else is in it. */
export function hypothesesOf(value: Json): Hypothesis[] | undefined {
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  const hypotheses: Hypothesis[] = [];
  for (const one of list) {
    if (!isJsonObject(one)) return undefined;
    const { context, variables, relation } = one;
    if (!Array.isArray(variables) || typeof relation !== "string") return undefined;
    hypotheses.push({
      context: typeof context === "string" && context !== "" ? context : "None",
      variables: variables.map(String),
      relation,
    });
  }
  return hypotheses;
}
