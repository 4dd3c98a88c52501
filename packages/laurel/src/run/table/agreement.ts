import { UsageError } from "../../core/index.ts";
import { cohenKappa, fleissKappa, gwetAC, krippendorffAlpha, type Label } from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import type { Method, Settings } from "./method.ts";

type Rows = readonly (readonly (Label | null)[])[];

const ratingSettings = {
  raters: "columns with a rating each, joined by + (default: all but id)",
  unit: "or, a row a rating: column of the unit (default: unit)",
  rater: "column of the rater (default: rater)",
  rating: "column of the rating (default: rating)",
  labels: "categories in order, joined by + (default: sorted)",
};

/** Ratings as units by raters, from a row a unit or a row a rating. */
function ratingsFrom(columns: Columns, settings: Settings): { rows: Rows; labels: Label[] | undefined } {
  const given = settings.list("labels");
  const [unit, rater, rating] = ["unit", "rater", "rating"].map((name) => settings.text(name, name)) as [
    string,
    string,
    string,
  ];
  const long =
    settings.has("rating") ||
    (settings.list("raters") === undefined && [unit, rater, rating].every((n) => columns.has(n)));
  let rows: (string | number | null)[][];
  if (long) {
    const units = columns.texts(unit);
    const raters = columns.texts(rater);
    const [values] = columns.labels(rating);
    const places = new Map<string, number>();
    for (const one of raters) if (!places.has(one)) places.set(one, places.size);
    const byUnit = new Map<string, (string | number | null)[]>();
    for (const [i, one] of units.entries()) {
      let row = byUnit.get(one);
      if (row === undefined) byUnit.set(one, (row = new Array<null>(places.size).fill(null)));
      const place = places.get(raters[i]!)!;
      if (row[place] !== null) throw new UsageError(`the rater '${raters[i]}' rated the unit '${one}' twice`);
      row[place] = values![i]!;
    }
    rows = [...byUnit.values()];
  } else {
    const names = settings.list("raters") ?? columns.names.filter((name) => name !== "id");
    const wide = columns.labels(...names);
    rows = Array.from({ length: columns.size }, (_, i) => wide.map((column) => column[i]!));
  }
  const numeric = rows.every((row) => row.every((one) => one === null || typeof one === "number"));
  return { rows, labels: given?.map((label) => (numeric ? Number(label) : label)) };
}

const krippendorff: Method = {
  about: "Krippendorff's alpha of any number of raters, with missing ratings",
  group: "agreement",
  settings: { ...ratingSettings, measure: "nominal (default), ordinal or interval", reps: "resamples (default: 1000)" },
  run(columns, settings) {
    const { rows, labels } = ratingsFrom(columns, settings);
    const estimate = krippendorffAlpha(rows, {
      measure: settings.choice("measure", ["nominal", "ordinal", "interval"], "nominal"),
      labels,
      seed: settings.seed,
      reps: settings.number("reps", 1000),
      level: settings.level,
    });
    return { lines: [{ name: "alpha", estimate }] };
  },
};

const weights = "none (default), linear or quadratic";
const weighting = (settings: Settings) => settings.choice("weights", ["none", "linear", "quadratic"], "none");

function many(about: string, name: string, of: typeof fleissKappa): Method {
  return {
    about,
    group: "agreement",
    settings: { ...ratingSettings, weights },
    run(columns, settings) {
      const { rows, labels } = ratingsFrom(columns, settings);
      return { lines: [{ name, estimate: of(rows, { labels, weights: weighting(settings), level: settings.level }) }] };
    },
  };
}

const cohen: Method = {
  about: "Cohen's kappa of two raters",
  group: "agreement",
  settings: {
    a: "column of the first (default: a)",
    b: "column of the second (default: b)",
    labels: ratingSettings.labels,
    weights,
  },
  run(columns, settings) {
    const [a, b] = columns.labels(settings.text("a", "a"), settings.text("b", "b"));
    const numeric = [...a!, ...b!].every((one) => one === null || typeof one === "number");
    const labels = settings.list("labels")?.map((label) => (numeric ? Number(label) : label));
    return {
      lines: [
        {
          name: "kappa",
          estimate: cohenKappa(a!, b!, { labels, weights: weighting(settings), level: settings.level }),
        },
      ],
    };
  },
};

/** Methods about how well raters agree. */
export const agreement: Readonly<Record<string, Method>> = {
  krippendorff,
  cohen,
  fleiss: many("Fleiss' kappa of many raters", "kappa", fleissKappa),
  gwet: many("Gwet's AC1 or AC2 of many raters", "AC", gwetAC),
};
