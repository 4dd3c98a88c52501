import { type Estimate, UsageError } from "../../core/index.ts";
import { anchorItems, fitIrt, irtFit, normalQuantile } from "../../stats/index.ts";
import type { Line, Method } from "./method.ts";

/** `laurel stats irt`: what items measure, and how able models or judges are. */
export const irt: Method = {
  about: "item response theory: difficulty and discrimination of items, ability of models, judges or persons",
  group: "association",
  settings: {
    person: "column of who answers: model, judge, rater (default: person)",
    item: "column (default: item)",
    right: "column of right (1) or wrong (0); empty where not asked (default: right)",
    kind: "2pl (default), rasch or 3pl",
    prior:
      "sd of normal priors on slope (about 1) and intercept (about 0); 0 for none (default: 0, or 1 for fewer than 100 persons)",
    anchors: "also choose so many items that stand for all (default: 0)",
    items: "how many items to print, hardest first (default: 20)",
    fit: "also print infit and outfit of so many items, and of as many persons, that fit worst (default: 0)",
  },
  run(columns, settings) {
    const [person, item] = ["person", "item"].map((name) => placesOf(columns.texts(settings.text(name, name)))) as [
      Places,
      Places,
    ];
    const right = columns.numbers(settings.text("right", "right"), "null");
    const [persons, items] = [person.names.length, item.names.length];
    const data = new Float64Array(persons * items).fill(Number.NaN);
    for (const [row, value] of right.entries()) {
      const at = person.of[row]! * items + item.of[row]!;
      if (!Number.isNaN(data[at]!))
        throw new UsageError(`${person.names[person.of[row]!]} answers ${item.names[item.of[row]!]} twice`);
      data[at] = value ?? Number.NaN;
    }
    const sd = settings.number("prior", persons < 100 ? 1 : 0);
    const kind = settings.choice("kind", ["rasch", "2pl", "3pl"], "2pl");
    const model = fitIrt({ persons, items, data }, { kind, prior: sd > 0 ? { slope: sd, intercept: sd } : {} });
    const { level } = settings;
    const z = normalQuantile((1 + level) / 2);
    const line = (name: string, value: number, error: number, n: number, method: string): Line => ({
      name,
      estimate: {
        value,
        low: value - z * error,
        high: value + z * error,
        level,
        n,
        unscored: 0,
        method,
      } satisfies Estimate,
    });
    const answered = (p: number): number =>
      data.subarray(p * items, (p + 1) * items).filter((x) => !Number.isNaN(x)).length;
    const abilities = person.names
      .map((name, p) =>
        line(`ability of ${name}`, model.ability[p]!, model.abilityError[p]!, answered(p), "posterior mean and sd"),
      )
      .sort((a, b) => b.estimate!.value - a.estimate!.value);
    const order = [...item.names.keys()].sort((a, b) => model.difficulty[b]! - model.difficulty[a]!);
    const shown = order
      .slice(0, settings.number("items", 20))
      .flatMap((j) => [
        line(
          `difficulty of ${item.names[j]}`,
          model.difficulty[j]!,
          model.error.difficulty[j]!,
          persons,
          `${kind}, other items held`,
        ),
        line(
          `discrimination of ${item.names[j]}`,
          model.slope[j]!,
          model.error.slope[j]!,
          persons,
          `${kind}, other items held`,
        ),
      ]);
    const k = settings.number("anchors", 0);
    const anchors = k === 0 ? undefined : anchorItems(model, k, { seed: settings.seed });
    const chosen = (anchors?.items ?? []).map(
      (j, at): Line => ({ name: `anchor ${item.names[j]}: share`, value: anchors!.weights[at]! }),
    );
    const worst = settings.number("fit", 0);
    const fits = worst === 0 ? undefined : irtFit(model, { persons, items, data }, model.ability);
    const misfits = (["items", "persons"] as const).flatMap((what): Line[] => {
      if (fits === undefined) return [];
      const { infit, outfit } = fits[what];
      const names = what === "items" ? item.names : person.names;
      return [...names.keys()]
        .sort((a, b) => outfit[b]! - outfit[a]!)
        .slice(0, worst)
        .flatMap((at) => [
          { name: `outfit of ${names[at]}`, value: outfit[at]! },
          { name: `infit of ${names[at]}`, value: infit[at]! },
        ]);
    });
    const backward = model.slope.filter((a) => a < 0).length;
    return {
      lines: [...abilities, ...shown, ...misfits, ...chosen],
      notes: [
        `${kind} on ${persons} x ${items}: ${model.converged ? "converged" : "did not converge"} after ${model.iterations} iterations, log-likelihood ${model.logLikelihood.toFixed(2)}${sd > 0 ? `, normal priors of sd ${sd}` : ""}`,
        ...(persons < 30 ? [`${persons} persons say little about single items: the priors carry them`] : []),
        ...(worst === 0
          ? []
          : [
              "fit is about 1 where the model holds; above 1.5 there is noise or a wrong label, below 0.5 an item that repeats others",
            ]),
        ...(backward === 0
          ? []
          : [`${backward} items are answered rightly by the less able (slope below 0): look at their labels`]),
      ],
    };
  },
};

interface Places {
  names: string[];
  of: number[];
}

function placesOf(texts: readonly string[]): Places {
  const places = new Map<string, number>();
  const of = texts.map((text) => {
    let at = places.get(text);
    if (at === undefined) places.set(text, (at = places.size));
    return at;
  });
  return { names: [...places.keys()], of };
}
