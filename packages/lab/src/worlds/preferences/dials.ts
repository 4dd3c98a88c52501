/**
 * What a preference world is made of. A response has features φ ∈ R^dim, a style h, perhaps an exploit; its gold utility in
 * property i is
 *
 *     u_i = w_i·φ + amplitude · sin(frequency · v_i·φ) + linear_i · h + quadratic_i · h² − goldDrop · exploit
 *
 * Dials that are left out are off.
 */
export type PreferenceDials = {
  dim: number;
  /** Standard deviation of each feature, default 1; the specifications' N(0, I/d) is 1/√d. */
  featureSd?: number | undefined;
  /** Gold utilities (criteria, or tastes of groups of users), default 1. */
  properties?: number | undefined;
  /** The law of each w_i: independent entries of this sd, or a direction of this length whose entries follow a law (default "normal"). */
  utility: { sd: number } | { norm: number; law?: UtilityLaw | undefined };
  /** How alike the properties' utilities are, in [0, 1): the correlation of the same entry of two of them, default 0. */
  shared?: number | undefined;
  /** A part of the utility that no linear reward can hold; v_i has standard normal entries. */
  curvature?: { amplitude: number; frequency: number } | undefined;
  /** A style h ~ Exp(1) that raters like in measure, one pair of coefficients a property. */
  style?: readonly { linear: number; quadratic: number }[] | undefined;
  /** Responses that preference data never show: a share of them is worth goldDrop less. */
  exploits?: { share: number; goldDrop: number } | undefined;
  /** Further features that follow the first property's utility u: strength · (u/‖w‖) along one direction, plus N(0, I). */
  spurious?: { dim: number; strength: number } | undefined;
  /** Tastes that go round: adds weight · ⟨R M φ, M φ'⟩ to a comparison's logit, M 2 × dim with entries N(0, 1/dim), R a quarter turn. */
  cycle?: { weight: number } | undefined;
};

/** The law of a utility's entries before it is brought to its length: N(0, 1), U(0.5, 1.5), |N(0, 1)| + 0.3 or |N(0, 1)|. */
export type UtilityLaw = "normal" | "uniform" | "half-normal+0.3" | "half-normal";

/** The dials of the papers' worlds, by the names that their specifications use. */
export const presets = {
  /** transform-combine and par: a linear reward model cannot hold h², so that style is over-optimised. */
  hackable(o: { properties: 1 | 2; exploits?: { share: number; goldDrop: number } | undefined }): PreferenceDials {
    const style = [
      { linear: 1, quadratic: -0.25 },
      { linear: -0.5, quadratic: 0 },
    ];
    return {
      dim: 8,
      properties: o.properties,
      utility: { sd: 1 / Math.sqrt(8) },
      style: style.slice(0, o.properties),
      exploits: o.exploits,
    };
  },
  /** Features N(0, I/dim) and a linear utility of fixed length: selm's online bandit, brain's and irepo's candidates, pf-ppo. */
  bandit(o: { dim: number; utility: { sd: number } | { norm: number } }): PreferenceDials {
    return { dim: o.dim, featureSd: 1 / Math.sqrt(o.dim), utility: o.utility };
  },
  /** gapo: unit features, a mostly linear utility with a sine that the policy cannot follow. */
  curved(o: { dim: number; sd: number; amplitude: number }): PreferenceDials {
    return { dim: o.dim, utility: { sd: o.sd }, curvature: { amplitude: o.amplitude, frequency: 0.5 } };
  },
  /** armorm: standard normal features, criteria with weights N(0, 1/dim) each; prompts' types weigh them (`drawTypeWeights`). */
  criteria(o: { dim: number; criteria: number }): PreferenceDials {
    return { dim: o.dim, properties: o.criteria, utility: { sd: 1 / Math.sqrt(o.dim) } };
  },
  /** micro: groups of raters with a taste of fixed length each; the difference of two responses is N(0, I). */
  groups(o: { dim: number; groups: number; norm: number }): PreferenceDials {
    return { dim: o.dim, featureSd: Math.SQRT1_2, properties: o.groups, utility: { norm: o.norm } };
  },
  /** gpm: cycle · ⟨R M x_i, M x_j⟩ with M's entries N(0, 4/dim), and transitive · a·(x_i − x_j) with a's N(0, 1/dim). */
  cyclic(o: { dim: number; cycle: number; transitive: number }): PreferenceDials {
    // the cycle dial's M has entries N(0, 1/dim): both factors of the product are half of what the paper's are
    return { dim: o.dim, utility: { sd: o.transitive / Math.sqrt(o.dim) }, cycle: { weight: 4 * o.cycle } };
  },
  /** ixc-reward: eight features each of a text, a picture and a clip, of which a task shows one or two (`drawModal`). */
  modal(): PreferenceDials {
    return { dim: 24, utility: { norm: 2 } };
  },
  /** crome: causal attributes that make up gold, beside style that follows gold along a direction that nobody names. */
  causal(o: { law: UtilityLaw; strength: number }): PreferenceDials {
    return {
      dim: 6,
      utility: { norm: 2, law: o.law },
      spurious: { dim: 20, strength: o.strength },
    };
  },
  /** helpsteer2-preference: many features, a linear utility, each pair both rated and compared (`drawMatched`). */
  matched(): PreferenceDials {
    return { dim: 60, utility: { sd: 1.5 / Math.sqrt(60) } };
  },
  /** helpsteer2: five attributes of an answer, each linear in its features, N(0, 1) over answers. */
  raters(): PreferenceDials {
    return { dim: 40, properties: 5, utility: { sd: 1 / Math.sqrt(40) } };
  },
  /** secrets-rlhf-2: pairs whose feature differences are N(0, I), a linear utility. */
  noisy(o: { dim: number; norm: number }): PreferenceDials {
    return { dim: o.dim, featureSd: Math.SQRT1_2, utility: { norm: o.norm } };
  },
  /** rm-ensembles: a utility with a sine and a style that is liked in measure, which a model of random features holds in part. */
  underspecified(): PreferenceDials {
    const sd = 1 / Math.sqrt(12);
    // v has entries N(0, 1): the frequency 1.5 belongs to a direction of length about 1
    return {
      dim: 12,
      utility: { sd },
      curvature: { amplitude: 0.5, frequency: 1.5 * sd },
      style: [{ linear: 1, quadratic: -0.25 }],
    };
  },
} as const;

/** A paper's world: its dials, and how many prompts and candidates of each it has. */
export type PaperWorld = { dials: PreferenceDials; prompts: number; candidates: number };

/** The worlds of the papers that are checked in it, by slug, as their specifications state them. */
export const paperWorlds = {
  "transform-combine": { dials: presets.hackable({ properties: 2 }), prompts: 200, candidates: 512 },
  par: {
    dials: presets.hackable({ properties: 1, exploits: { share: 0.02, goldDrop: 2 } }),
    prompts: 200,
    candidates: 512,
  },
  irepo: { dials: presets.bandit({ dim: 12, utility: { sd: 2 } }), prompts: 200, candidates: 16 },
  selm: { dials: presets.bandit({ dim: 12, utility: { norm: 6 } }), prompts: 300, candidates: 48 },
  brain: { dials: presets.bandit({ dim: 16, utility: { norm: 2 } }), prompts: 150, candidates: 64 },
  "pf-ppo": { dials: presets.bandit({ dim: 24, utility: { norm: 1 } }), prompts: 64, candidates: 32 },
  gapo: { dials: presets.curved({ dim: 16, sd: 0.3, amplitude: 0.3 }), prompts: 60, candidates: 16 },
} as const satisfies Record<string, PaperWorld>;
