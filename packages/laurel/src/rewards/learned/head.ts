import type { z as Zod, ZodType } from "zod";
import type { JsonObject, Scored } from "../../core/index.ts";
import type { Weights } from "../../io/safetensors.ts";

/** Zod's namespace, handed to `config`, so that describing a head does not load Zod. */
export type Z = typeof Zod;

/** What a head sees of one candidate: the vector of the candidate (with its prompt, as the artefact says) and, if the head asks for it, of the prompt alone. */
export interface Features {
  candidate: Float32Array;
  prompt?: Float32Array | undefined;
}

/** What a head says of one candidate. */
export type HeadScore = Pick<Scored, "value" | "parts" | "spread" | "rationale" | "facts">;

/** What a head says of two candidates of a prompt: p that the first is better, and its logit where it has one. */
export interface HeadComparison {
  p: number;
  strength?: number | undefined;
}

/** The widths that a head needs: of the candidate's vector and, if it reads one, of the prompt's. */
export interface HeadInputs {
  candidate: number;
  prompt?: number | undefined;
}

/**
 * The last, trained part of a learned reward, over frozen features: data (a config) and tensors in, scores out.
 *
 * A head is a forward pass only; how it is trained is the laboratory's. It gives `score`, or, where there is no scalar behind its preferences,
 * `compare`.
 */
export interface Head<C = unknown> {
  /** One line for `laurel train --help` and the model card. */
  summary: string;
  /** The schema of the config's members, without `kind`. */
  config(z: Z): ZodType<C>;
  inputs(config: C): HeadInputs;
  /** The tensors that the head needs, by name, with their shapes: others are refused on loading. */
  tensors(config: C): Readonly<Record<string, readonly number[]>>;
  /** Prepares the weights once; the function that it returns is called for each candidate. */
  score?(weights: Weights, config: C): (features: Features) => HeadScore;
  /** Prepares the weights once; the function that it returns is called for each pair. */
  compare?(weights: Weights, config: C): (first: Features, second: Features) => HeadComparison;
}

/** A head's config as it stands in an artefact. */
export type HeadConfig = JsonObject & { readonly kind: string };
