import { attributesHead } from "./attributes.ts";
import { ensembleHead } from "./ensemble.ts";
import { gatedHead } from "./gated.ts";
import type { Head } from "./head.ts";
import { linearHead } from "./linear.ts";
import { mixtureHead } from "./mixture.ts";
import { mlpHead } from "./mlp.ts";
import { quantileHead } from "./quantile.ts";

const single: Readonly<Record<string, Head>> = {
  linear: linearHead,
  mlp: mlpHead,
  attributes: attributesHead,
  quantile: quantileHead,
  gated: gatedHead,
  mixture: mixtureHead,
};

/** Every head that an artefact's config can name by `kind`. */
export const heads: Readonly<Record<string, Head>> = { ...single, ensemble: ensembleHead(single) };
