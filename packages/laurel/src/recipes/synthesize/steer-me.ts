import { defineElement, type Element, type ElementDefinition, type SlotRange, type Slots } from "./template.ts";

const goods: Readonly<Record<string, readonly [good: string, unit: string]>> = {
  "consumer goods": ["coffee", "bag"],
  medicine: ["a vaccine", "dose"],
  technology: ["memory chips", "tray"],
  environment: ["firewood", "cord"],
};

const range = (low: number, high: number, step: number): SlotRange => ({ low, high, step });

/** The verbs after `@who` in the second person. */
const you: Readonly<Record<string, string>> = { buys: "buy", uses: "use", spends: "spend", has: "have", earns: "earn" };

/** The question about each good, from outside and addressed to the reader; `@good`, `@unit` and `@who` are filled in. */
function texts(question: string): ElementDefinition<string>["texts"] {
  return Object.fromEntries(
    Object.entries(goods).map(([domain, [good, unit]]) => {
      const fill = (who: string): string =>
        question
          .replaceAll("@good", good)
          .replaceAll("@unit", unit)
          .replace(
            /@who (buys|uses|spends|has|earns)/,
            (_, verb: string) => `${who} ${who === "You" ? you[verb] : verb}`,
          );
      return [domain, { "third person": fill("A household"), "second person": fill("You") }];
    }),
  );
}

type Market = Slots<"a" | "b" | "c" | "d">;
const market = { a: range(50, 150, 1), b: range(0.5, 3, 0.1), c: range(5, 40, 1), d: range(0.5, 3, 0.1) };
const taxed = { ...market, t: range(2, 15, 1) };
const marketText =
  "In the market for @good the demand price is {a} less {b} times the quantity, and the supply price is {c} plus {d} times the quantity.";
const quantity = ({ a, b, c, d }: Market): number => (a - c) / (b + d);
const price = (s: Market): number => s.a - s.b * quantity(s);
const taxQuantity = ({ a, b, c, d, t }: Slots<keyof typeof taxed>): number => (a - c - t) / (b + d);
const loss = (s: Slots<keyof typeof taxed>): number => 0.5 * s.t * (quantity(s) - taxQuantity(s));
const trades = (s: Slots<keyof typeof taxed>): boolean => s.a > s.c + s.t;

const budget = { income: range(100, 900, 10), alpha: range(0.2, 0.8, 0.05), px: range(2, 20, 1) };
const equilibrium = "evaluation of equilibria";
const consumption = "consumption decisions";
const production = "production decisions";

/**
 * Elements of microeconomics with exact answers: 26, all that the specification gives a formula for. They cover part of the paper's 58: the
 * linear market and its taxes, elasticities, consumer choice, production, monopoly, externalities, choice over time and under risk.
 *
 * The specification neither names nor describes the other 32, so they are not covered. It leaves open, too, the paper's own domains (up to ten;
 * here four), perspectives (five; here third and second person) and question types; `autoSteer` adds domains and perspectives to any element.
 *
 * Linear demand P = a − bQ and supply P = c + dQ unless the text says otherwise. Wrong options are documented slips, such as a
 * forgotten half, revenue taken for loss, the quantity before tax, swapped slopes, or the seller's price for the buyer's.
 *
 * @source steer-me; the formulas are its specification's, the texts ours
 */
export const steerElements: readonly Element[] = [
  defineElement({
    id: "equilibrium quantity",
    setting: equilibrium,
    type: "linear",
    slots: market,
    solve: quantity,
    wrong: [({ a, b, c, d }) => (a + c) / (b + d), ({ a, c, b }) => (a - c) / b, price],
    feasible: ({ a, c }) => a > c,
    texts: texts(`${marketText} How many @units are traded in equilibrium?`),
  }),
  defineElement({
    id: "equilibrium price",
    setting: equilibrium,
    type: "linear",
    slots: market,
    solve: price,
    wrong: [quantity, (s) => s.a - s.d * quantity(s), (s) => s.c + s.b * quantity(s)],
    feasible: ({ a, c }) => a > c,
    texts: texts(`${marketText} What is the price of a @unit in equilibrium?`),
  }),
  defineElement({
    id: "consumer surplus",
    setting: equilibrium,
    type: "linear",
    slots: market,
    solve: (s) => 0.5 * s.b * quantity(s) ** 2,
    wrong: [(s) => s.b * quantity(s) ** 2, (s) => 0.5 * s.d * quantity(s) ** 2, (s) => price(s) * quantity(s)],
    feasible: ({ a, c }) => a > c,
    texts: texts(`${marketText} How large is the consumer surplus in equilibrium?`),
  }),
  defineElement({
    id: "producer surplus",
    setting: equilibrium,
    type: "linear",
    slots: market,
    solve: (s) => 0.5 * s.d * quantity(s) ** 2,
    wrong: [(s) => s.d * quantity(s) ** 2, (s) => 0.5 * s.b * quantity(s) ** 2, (s) => price(s) * quantity(s)],
    feasible: ({ a, c }) => a > c,
    texts: texts(`${marketText} How large is the producer surplus in equilibrium?`),
  }),
  defineElement({
    id: "quantity under a tax",
    setting: equilibrium,
    type: "linear",
    slots: taxed,
    solve: taxQuantity,
    wrong: [quantity, ({ a, b, c, d, t }) => (a - c + t) / (b + d), ({ a, b, c, t }) => (a - c - t) / b],
    feasible: trades,
    texts: texts(`${marketText} A tax of {t} is put on each @unit. How many are traded then?`),
  }),
  defineElement({
    id: "buyers' price under a tax",
    setting: equilibrium,
    type: "linear",
    slots: taxed,
    solve: (s) => s.a - s.b * taxQuantity(s),
    wrong: [(s) => s.c + s.d * taxQuantity(s), price, (s) => price(s) + s.t],
    feasible: trades,
    texts: texts(`${marketText} A tax of {t} is put on each @unit. What do buyers pay for one?`),
  }),
  defineElement({
    id: "tax revenue",
    setting: equilibrium,
    type: "linear",
    slots: taxed,
    solve: (s) => s.t * taxQuantity(s),
    wrong: [(s) => s.t * quantity(s), loss, (s) => 0.5 * s.t * taxQuantity(s)],
    feasible: trades,
    texts: texts(`${marketText} A tax of {t} is put on each @unit. How much does it raise?`),
  }),
  defineElement({
    id: "deadweight loss",
    setting: equilibrium,
    type: "linear",
    slots: taxed,
    solve: loss,
    wrong: [(s) => 2 * loss(s), (s) => s.t * taxQuantity(s), (s) => 0.5 * s.t * quantity(s)],
    feasible: trades,
    texts: texts(`${marketText} A tax of {t} is put on each @unit. How large is the deadweight loss?`),
  }),
  defineElement({
    id: "tax incidence on buyers",
    setting: equilibrium,
    type: "linear",
    slots: taxed,
    solve: ({ b, d }) => b / (b + d),
    wrong: [({ b, d }) => d / (b + d), ({ b, d }) => b / d, ({ b }) => 1 / (1 + b)],
    feasible: trades,
    texts: texts(`${marketText} A tax of {t} is put on each @unit. Which share of it do buyers bear?`),
  }),
  defineElement({
    id: "shortage under a price ceiling",
    setting: equilibrium,
    type: "linear",
    slots: { ...market, ceiling: range(10, 90, 1) },
    solve: ({ a, b, c, d, ceiling }) => (a - ceiling) / b - (ceiling - c) / d,
    wrong: [
      ({ a, b, ceiling }) => (a - ceiling) / b,
      ({ c, d, ceiling }) => (ceiling - c) / d,
      (s) => (s.a - s.ceiling) / s.b - quantity(s),
    ],
    feasible: (s) => s.ceiling < price(s) && s.ceiling > s.c,
    texts: texts(
      `${marketText} The price of a @unit may not exceed {ceiling}. How many are demanded beyond what is supplied?`,
    ),
  }),
  defineElement({
    id: "point elasticity",
    setting: "foundations",
    type: "linear",
    slots: { a: range(50, 150, 1), b: range(0.5, 3, 0.1), p: range(5, 45, 1) },
    solve: ({ a, p }) => -p / (a - p),
    wrong: [({ a, p }) => -(a - p) / p, ({ b }) => -1 / b, ({ a, b, p }) => (-b * p) / (a - p)],
    texts: texts(
      "The demand price of @good is {a} less {b} times the quantity. What is the price elasticity of demand where a @unit costs {p}?",
    ),
  }),
  defineElement({
    id: "arc elasticity",
    setting: "foundations",
    type: "midpoint",
    slots: { p: range(5, 30, 1), r: range(31, 60, 1), q: range(60, 100, 1), s: range(10, 55, 1) },
    solve: ({ p, r, q, s }) => (s - q) / ((s + q) / 2) / ((r - p) / ((r + p) / 2)),
    wrong: [
      ({ p, r, q, s }) => (s - q) / q / ((r - p) / p),
      ({ p, r, q, s }) => (s - q) / (r - p),
      ({ p, r, q, s }) => (r - p) / ((r + p) / 2) / ((s - q) / ((s + q) / 2)),
    ],
    texts: texts(
      "When the price of a @unit of @good rises from {p} to {r}, the quantity falls from {q} to {s}. What is the elasticity by midpoints?",
    ),
  }),
  defineElement({
    id: "Cobb-Douglas demand",
    setting: consumption,
    type: "Cobb-Douglas",
    slots: budget,
    solve: ({ income, alpha, px }) => (alpha * income) / px,
    wrong: [
      ({ income, alpha, px }) => ((1 - alpha) * income) / px,
      ({ income, px }) => income / px,
      ({ income, alpha }) => alpha * income,
    ],
    texts: texts(
      "@who buys @good and other things with an income of {income}. The utility is Cobb-Douglas with the exponent {alpha} on @good (exponents sum to one), and a @unit costs {px}. How many does one buy?",
    ),
  }),
  defineElement({
    id: "Leontief demand",
    setting: consumption,
    type: "Leontief",
    slots: { income: budget.income, px: budget.px, py: range(1, 15, 1), k: range(2, 6, 1) },
    solve: ({ income, px, py, k }) => income / (px + py * k),
    wrong: [
      ({ income, px, py }) => income / (px + py),
      ({ income, px }) => income / px,
      ({ income, px, py, k }) => income / (px * k + py),
    ],
    texts: texts(
      "@who uses each @unit of @good together with exactly {k} cups, never otherwise. The income is {income}, a @unit costs {px} and a cup {py}. How much of @good is bought?",
    ),
  }),
  defineElement({
    id: "perfect substitutes",
    setting: consumption,
    type: "linear",
    slots: { income: budget.income, px: budget.px, py: range(2, 20, 1), m: range(0.5, 3, 0.5) },
    solve: ({ income, px }) => income / px,
    wrong: [
      ({ income, py }) => income / py,
      ({ income, px, py }) => income / (px + py),
      ({ income, px }) => income / (2 * px),
    ],
    feasible: ({ px, py, m }) => m / px > 1 / py,
    corner: () => true,
    texts: texts(
      "To a buyer a @unit of @good is always worth {m} times a substitute. The income is {income}, a @unit costs {px} and the substitute {py}. How much of @good is bought?",
    ),
  }),
  defineElement({
    id: "CES demand",
    setting: consumption,
    type: "CES",
    slots: { income: budget.income, px: budget.px, py: range(2, 20, 1), sigma: range(0.5, 3, 0.5) },
    solve: ({ income, px, py, sigma }) => (income * px ** -sigma) / (px ** (1 - sigma) + py ** (1 - sigma)),
    wrong: [
      ({ income, px }) => income / (2 * px),
      ({ income, px, py }) => income / (px + py),
      ({ income, px, py, sigma }) => (income * py ** -sigma) / (px ** (1 - sigma) + py ** (1 - sigma)),
    ],
    feasible: ({ sigma, px, py }) => sigma !== 1 && px !== py,
    texts: texts(
      "@who spends an income of {income} on @good and on bread, with equal weights in a CES utility of elasticity {sigma}. A @unit costs {px} and a loaf {py}. How much of @good is bought?",
    ),
  }),
  defineElement({
    id: "marginal rate of substitution",
    setting: consumption,
    type: "Cobb-Douglas",
    slots: { alpha: budget.alpha, x: range(2, 40, 1), y: range(2, 40, 1) },
    solve: ({ alpha, x, y }) => (alpha / (1 - alpha)) * (y / x),
    wrong: [
      ({ alpha, x, y }) => ((1 - alpha) / alpha) * (y / x),
      ({ alpha, x, y }) => (alpha / (1 - alpha)) * (x / y),
      ({ x, y }) => y / x,
    ],
    texts: texts(
      "The utility is Cobb-Douglas with the exponent {alpha} on @good and the rest on bread. At {x} @units of @good and {y} loaves, how many loaves is one more @unit worth?",
    ),
  }),
  defineElement({
    id: "compensating variation",
    setting: consumption,
    type: "Cobb-Douglas",
    slots: { ...budget, p2: range(3, 40, 1) },
    solve: ({ income, alpha, px, p2 }) => income * ((p2 / px) ** alpha - 1),
    wrong: [
      ({ income, alpha, px, p2 }) => income * (1 - (px / p2) ** alpha),
      ({ income, alpha, px, p2 }) => ((alpha * income) / px) * (p2 - px),
      ({ income, alpha, px, p2 }) => income * ((p2 / px) ** (1 - alpha) - 1),
    ],
    feasible: ({ px, p2 }) => p2 > px,
    texts: texts(
      "@who has an income of {income} and Cobb-Douglas utility with the exponent {alpha} on @good. The price of a @unit rises from {px} to {p2}. Which extra income keeps the utility as it was?",
    ),
  }),
  defineElement({
    id: "cost minimisation",
    setting: production,
    type: "Cobb-Douglas",
    slots: { q: range(5, 60, 1), w: range(2, 20, 1), r: range(2, 20, 1), alpha: budget.alpha },
    solve: ({ q, w, r, alpha }) => q * ((alpha * r) / ((1 - alpha) * w)) ** (1 - alpha),
    wrong: [
      ({ q, w, r, alpha }) => q * (((1 - alpha) * w) / (alpha * r)) ** alpha,
      ({ q, alpha }) => q * alpha,
      ({ q, w, r }) => (q * r) / w,
    ],
    texts: texts(
      "A firm makes {q} @units of @good from labour and capital, with the exponent {alpha} on labour (exponents sum to one). The wage is {w} and capital costs {r}. How much labour does the cheapest way use?",
    ),
  }),
  defineElement({
    id: "profit maximum",
    setting: production,
    type: "quadratic cost",
    slots: { p: range(40, 120, 1), c: range(5, 35, 1), d: range(0.5, 3, 0.1) },
    solve: ({ p, c, d }) => (p - c) / d,
    wrong: [({ p, c, d }) => (p - c) / (2 * d), ({ p, d }) => p / d, ({ p, c, d }) => (p + c) / d],
    texts: texts(
      "A small firm sells @good at {p} a @unit. Its marginal cost is {c} plus {d} times its output. How much does it make to have the greatest profit?",
    ),
  }),
  defineElement({
    id: "shutdown price",
    setting: production,
    type: "quadratic cost",
    slots: { v: range(20, 80, 1), w: range(1, 6, 0.5), z: range(0.1, 1, 0.05) },
    solve: ({ v, w, z }) => v - w ** 2 / (4 * z),
    wrong: [({ v }) => v, ({ w, z }) => w / (2 * z), ({ v, w, z }) => v - w ** 2 / (2 * z)],
    feasible: ({ v, w, z }) => v - w ** 2 / (4 * z) > 1,
    texts: texts(
      "A small firm sells @good. Its average variable cost is {v} less {w} times its output plus {z} times the square of its output. Below which price of a @unit does it shut down?",
    ),
  }),
  defineElement({
    id: "monopoly quantity",
    setting: production,
    type: "linear",
    slots: market,
    solve: ({ a, b, c, d }) => (a - c) / (2 * b + d),
    wrong: [quantity, ({ a, b, c, d }) => (a - c) / (b + 2 * d), ({ a, b, c }) => (a - c) / (2 * b)],
    feasible: ({ a, c }) => a > c,
    texts: texts(
      "A single seller of @good meets a demand price of {a} less {b} times the quantity, and has a marginal cost of {c} plus {d} times it. How much does the seller offer?",
    ),
  }),
  defineElement({
    id: "Pigouvian tax",
    setting: "externalities",
    type: "linear",
    slots: { ...market, e: range(0.1, 2, 0.1) },
    solve: ({ a, b, c, d, e }) => (e * (a - c)) / (b + d + e),
    wrong: [(s) => s.e * quantity(s), ({ a, b, c, d, e }) => (a - c) / (b + d + e), (s) => 0.5 * s.e * quantity(s)],
    feasible: ({ a, c }) => a > c,
    texts: texts(
      `${marketText} Each further @unit does a damage of {e} times the quantity to others. Which tax on a @unit makes the market choose the best quantity?`,
    ),
  }),
  defineElement({
    id: "choice over time",
    setting: consumption,
    type: "log utility",
    slots: { m1: range(50, 300, 10), m2: range(50, 300, 10), beta: range(0.6, 0.98, 0.02), i: range(0.02, 0.3, 0.01) },
    solve: ({ m1, m2, beta, i }) => (m1 + m2 / (1 + i)) / (1 + beta),
    wrong: [
      ({ m1, m2, beta }) => (m1 + m2) / (1 + beta),
      ({ m1, beta }) => m1 / (1 + beta),
      ({ m1, m2, beta, i }) => (beta * (m1 + m2 / (1 + i))) / (1 + beta),
    ],
    texts: texts(
      "@who earns {m1} this year by selling @good and {m2} the next, has log utility with the discount factor {beta}, and may borrow and lend at a rate of {i} (a share of one). How much is spent this year?",
    ),
  }),
  defineElement({
    id: "expected utility",
    setting: "foundations",
    type: "square-root utility",
    slots: { x: range(100, 900, 10), y: range(5, 90, 5), p: range(0.1, 0.9, 0.05) },
    solve: ({ x, y, p }) => p * Math.sqrt(x) + (1 - p) * Math.sqrt(y),
    wrong: [
      ({ x, y, p }) => Math.sqrt(p * x + (1 - p) * y),
      ({ x, y, p }) => (1 - p) * Math.sqrt(x) + p * Math.sqrt(y),
      ({ x, y, p }) => p * x + (1 - p) * y,
    ],
    texts: texts(
      "A harvest of @good brings {x} with probability {p} and else {y}. What is the expected utility of a seller whose utility is the square root of money?",
    ),
  }),
  defineElement({
    id: "certainty equivalent",
    setting: "foundations",
    type: "square-root utility",
    slots: { x: range(100, 900, 10), y: range(5, 90, 5), p: range(0.1, 0.9, 0.05) },
    solve: ({ x, y, p }) => (p * Math.sqrt(x) + (1 - p) * Math.sqrt(y)) ** 2,
    wrong: [
      ({ x, y, p }) => p * x + (1 - p) * y,
      ({ x, y, p }) => p * Math.sqrt(x) + (1 - p) * Math.sqrt(y),
      ({ x, y, p }) => ((1 - p) * Math.sqrt(x) + p * Math.sqrt(y)) ** 2,
    ],
    texts: texts(
      "A harvest of @good brings {x} with probability {p} and else {y}. For a seller whose utility is the square root of money, which sure amount is as good?",
    ),
  }),
];
