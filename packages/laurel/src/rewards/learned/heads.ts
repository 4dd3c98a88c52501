import { attributesHead } from "./attributes.ts";
import { criteriaTreeHead } from "./criteria-tree.ts";
import { embeddingHead } from "./embedding-head.ts";
import { ensembleHead } from "./ensemble.ts";
import { gatedHead } from "./gated.ts";
import type { Head } from "./head.ts";
import { linearHead } from "./linear.ts";
import { mixtureHead } from "./mixture.ts";
import { mlpHead } from "./mlp.ts";
import { quantileHead } from "./quantile.ts";
import { transformerHead } from "./transformer.ts";

const single: Readonly<Record<string, Head>> = {
  linear: linearHead,
  mlp: mlpHead,
  attributes: attributesHead,
  quantile: quantileHead,
  gated: gatedHead,
  transformer: transformerHead,
  mixture: mixtureHead,
  "criteria-tree": criteriaTreeHead,
  embedding: embeddingHead,
};

/** Every head that an artefact's config can name by `kind`. */
export const heads: Readonly<Record<string, Head>> = { ...single, ensemble: ensembleHead(single) };
