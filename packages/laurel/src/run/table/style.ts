import { UsageError } from "../../core/index.ts";
import { charactersOf, textStyle } from "../../rewards/judge/index.ts";
import { lengthControlledWinRate, type StyleColumn, styleControl } from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import type { Line, Method, Settings } from "./method.ts";
import { gameSettings, gamesFrom, sorted } from "./ranking.ts";

const textStyles = ["length", "headers", "lists", "bold"] as const;

/** The styles of both sides: counted in texts, or read from columns NAME_first and NAME_second. */
function stylesOf(columns: Columns, settings: Settings): StyleColumn[] {
  const names = settings.list("styles");
  const [first, second] = [settings.text("text-first", "text_first"), settings.text("text-second", "text_second")];
  if (columns.has(first) || columns.has(second)) {
    const wanted = names ?? [...textStyles];
    const [own, other] = [first, second].map((name) =>
      columns.cells(name).map((cell) => textStyle(cell === null ? "" : String(cell))),
    );
    return wanted.map((name) => {
      const style = textStyles.find((one) => one === name);
      if (style === undefined)
        throw new UsageError(`'${name}' is no style of texts`, `they are ${textStyles.join(", ")}`);
      return { name, first: own!.map((one) => one[style]), second: other!.map((one) => one[style]) };
    });
  }
  const found = names ?? columns.names.flatMap((name) => (name.endsWith("_first") ? [name.slice(0, -6)] : []));
  if (found.length === 0)
    throw new UsageError(
      `${columns.file} has neither texts nor counts of both sides`,
      `columns ${first} and ${second}, or NAME_first and NAME_second with counts`,
    );
  return found.map((name) => ({
    name,
    first: columns.numbers(`${name}_first`, "error"),
    second: columns.numbers(`${name}_second`, "error"),
  }));
}

const control: Method = {
  about: "Arena's style control: ratings of systems with the part of length, headers, lists and bold taken out",
  group: "ranking",
  settings: {
    first: gameSettings.first,
    second: gameSettings.second,
    result: gameSettings.result,
    "text-first": "column of the first's text (default: text_first); its length and markdown are counted",
    "text-second": "column of the second's (default: text_second)",
    styles: "length+headers+lists+bold (default: all); or, without texts, counts in columns NAME_first and NAME_second",
    centre: "yes (default, as the Arena) or no: where one system always stands on one side",
    cluster: "column of the prompt (default: cluster, if there is one)",
  },
  run(columns, settings) {
    const { games, names } = gamesFrom(columns, settings);
    if (games.first.length !== columns.size) throw new UsageError("style control needs a row a battle, not a matrix");
    const options = {
      clusters: settings.clusters(columns),
      level: settings.level,
      centre: settings.choice("centre", ["yes", "no"], "yes") === "yes",
    };
    const plain = styleControl(games, names.length, [], options);
    const { ratings, styles } = styleControl(games, names.length, stylesOf(columns, settings), options);
    const before = sorted(names, plain.ratings);
    const after = sorted(names, ratings);
    const place = (lines: readonly Line[], name: string): number => lines.findIndex((one) => one.name === name) + 1;
    const moved = after.flatMap(({ name }) => {
      const [from, to] = [place(before, name), place(after, name)];
      return from === to ? [] : [`${name} from ${from} to ${to}`];
    });
    return {
      lines: [
        ...after,
        ...before.map((line) => ({ ...line, name: `${line.name}, uncontrolled` })),
        ...styles.map(({ name, effect }) => ({ name: `effect of ${name}`, estimate: effect })),
      ],
      notes: [
        moved.length === 0 ? "no system changes its place" : `places that change: ${moved.join(", ")}`,
        "an effect above 0: the judge prefers more of it, in log-odds a standard deviation of the difference",
      ],
    };
  },
};

/** A column of lengths, or the lengths of a column of texts. */
function lengthsOf(columns: Columns, settings: Settings, length: string, text: string, fallback: string): number[] {
  const named = settings.text(length, length.replaceAll("-", "_"));
  if (settings.has(length) || columns.has(named)) return columns.numbers(named, "error");
  return columns.cells(settings.text(text, fallback)).map((cell) => charactersOf(cell === null ? "" : String(cell)));
}

const alpaca: Method = {
  about: "AlpacaEval 2's length-controlled win rate against a baseline",
  group: "ranking",
  settings: {
    preference:
      "P(the model wins) from 0 to 1, or AlpacaEval's 1 to 2 with 0 for a tie (default: preference); may be empty",
    text: "column of the model's text (default: output_2)",
    "baseline-text": "column of the baseline's (default: output_1)",
    length: "or: column of the model's length in characters (default: length, if there is one)",
    "baseline-length": "or: column of the baseline's (default: baseline_length, if there is one)",
    difficulty: "column of the instruction's difficulty, the same for all models (default: none)",
    model: "column of the model, where there are several (default: generator_2, if there is one)",
    penalty: "cv (default), none, or C",
    cluster: "column of the prompt (default: cluster, if there is one)",
  },
  run(columns, settings) {
    const raw = columns.numbers(settings.text("preference", "preference"), "null");
    const two = raw.some((one) => one !== null && one > 1);
    const preference = raw.map((one) => (one === null ? null : !two ? one : one === 0 ? 0.5 : one - 1));
    const length = lengthsOf(columns, settings, "length", "text", "output_2");
    const baselineLength = lengthsOf(columns, settings, "baseline-length", "baseline-text", "output_1");
    const difficulty = settings.has("difficulty")
      ? columns.numbers(settings.text("difficulty", "difficulty"), "error")
      : undefined;
    const named = settings.text("model", "generator_2");
    const models = settings.has("model") || columns.has(named) ? columns.texts(named) : raw.map(() => "model");
    const clusters = settings.clusters(columns);
    const given = settings.text("penalty", "cv");
    const penalty = given === "cv" || given === "none" ? given : settings.number("penalty");
    const found = [...Map.groupBy(models.keys(), (i) => models[i]!)].map(([name, rows]) => {
      const at = <T>(column: ArrayLike<T>): T[] => rows.map((i) => column[i]!);
      return {
        name,
        fit: lengthControlledWinRate(
          {
            preference: at(preference),
            length: at(length),
            baselineLength: at(baselineLength),
            difficulty: difficulty === undefined ? undefined : at(difficulty),
          },
          {
            seed: settings.seed,
            level: settings.level,
            penalty,
            clusters: clusters === undefined ? undefined : at(clusters),
          },
        ),
      };
    });
    const order = found.sort((a, b) => b.fit.winRate.value - a.fit.winRate.value);
    return {
      lines: [
        ...order.map(({ name, fit }) => ({ name, estimate: fit.winRate })),
        ...order.map(({ name, fit }) => ({ name: `${name}, uncontrolled`, estimate: fit.raw })),
        ...order.map(({ name, fit }) => ({
          name: `${name}: log-odds of much longer answers`,
          value: fit.coefficients.length,
        })),
      ],
      notes: [
        difficulty === undefined
          ? "without difficulties and AlpacaEval's gamed rows this is its length_controlled_minimal, not the figure on its leaderboard"
          : "without AlpacaEval's gamed rows this is its length_controlled_noreg, not the figure on its leaderboard",
      ],
    };
  },
};

/** Methods that take style out of a ranking. */
export const style: Readonly<Record<string, Method>> = { "style-control": control, "length-control": alpaca };
