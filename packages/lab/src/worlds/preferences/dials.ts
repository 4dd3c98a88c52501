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
  /** The law of each w_i: independent entries of this sd, or a uniformly random direction of this length. */
  utility: { sd: number } | { norm: number };
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
} as const;
