/** Functions that are written by name, with or without a backslash. */
export const functionNames: ReadonlySet<string> = new Set(
  "sin cos tan cot sec csc sinh cosh tanh coth sech csch arcsin arccos arctan arccot arcsec arccsc arcsinh arccosh arctanh asin acos atan acot asinh acosh atanh log ln lg exp sqrt cbrt abs min max gcd lcm floor ceil det Re Im arg sgn sign".split(
    " ",
  ),
);

const aliases: Readonly<Record<string, string>> = {
  arcsin: "asin",
  arccos: "acos",
  arctan: "atan",
  arccot: "acot",
  arcsec: "asec",
  arccsc: "acsc",
  arcsinh: "asinh",
  arccosh: "acosh",
  arctanh: "atanh",
  sgn: "sign",
};

/** One name for each function. */
export function canonicalFunction(name: string): string {
  return aliases[name] ?? name;
}

const inverses: Readonly<Record<string, string>> = {
  sin: "asin",
  cos: "acos",
  tan: "atan",
  cot: "acot",
  sec: "asec",
  csc: "acsc",
  sinh: "asinh",
  cosh: "acosh",
  tanh: "atanh",
};

/** The inverse function of a trigonometric or hyperbolic one, which `\sin^{-1}` names. */
export function inverseFunction(name: string): string | undefined {
  return inverses[name];
}

/** Commands and words that name one symbol. */
export const greek: ReadonlySet<string> = new Set(
  "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron rho varrho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell hbar nabla aleph partial".split(
    " ",
  ),
);
