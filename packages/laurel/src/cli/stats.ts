import { seedFrom, UsageError } from "../core/index.ts";
import { didYouMean } from "../io/index.ts";
import { Columns, type Line, type Method, methods, type Result, readColumns, Settings } from "../run/table/index.ts";
import { ends, pText } from "./figures.ts";
import { writeStatsReport } from "./stats-report.ts";
import { paint, plain, short, table, whole } from "./terminal.ts";

interface Options {
  seed: string;
  level: number;
  json?: boolean;
  report?: string;
}

/** `laurel stats`: the list of methods, one method's settings, or its result on a table. */
export async function stats(name: string | undefined, rest: readonly string[], options: Options): Promise<void> {
  if (name === undefined) {
    list(options.json === true);
    return;
  }
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined)
    throw new UsageError(
      `there is no method '${name}'`,
      didYouMean(name, Object.keys(methods)) || "laurel stats lists all",
    );
  const given = new Map<string, string>();
  const files: string[] = [];
  for (const one of rest) {
    const at = /^[\w-]+=/.exec(one);
    if (at === null) files.push(one);
    else given.set(one.slice(0, at[0].length - 1), one.slice(at[0].length));
  }
  const settings = new Settings(given, seedFrom(options.seed), options.level);
  settings.check(name, Object.keys(method.settings));
  const wantsTable = method.table !== false;
  if (files.length > (wantsTable ? 1 : 0))
    throw new UsageError(`'${files[wantsTable ? 1 : 0]}' is neither a table nor a setting`, "a setting is NAME=VALUE");
  if (wantsTable ? files.length === 0 : given.size === 0) {
    describe(name, method);
    return;
  }
  const columns = wantsTable ? await readColumns(files[0]!) : new Columns("", [], []);
  const result = method.run(columns, settings);
  if (options.report !== undefined)
    await writeStatsReport(`${name} of ${columns.file || "a plan"}`, result, options.report);
  showResult(name, result, options.json === true);
}

/** Prints a result: its table and notes, or one object of JSON. */
export function showResult(name: string, { lines, notes = [] }: Result, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ v: 1, method: name, results: lines, notes }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${resultText(lines)}\n${notes.map((note) => `${note}\n`).join("")}`);
}

function resultText(lines: readonly Line[]): string {
  const withP = lines.some((line) => line.p !== undefined);
  const header = ["", "value", "interval", "n", "unscored", ...(withP ? ["p"] : []), "how"];
  return table(
    header,
    lines.map(({ name, estimate, p, value }) => [
      plain(name, 60),
      estimate === undefined ? shownValue(value) : short(estimate.value, 4),
      estimate === undefined ? "" : ends(estimate, 4),
      estimate === undefined ? "" : whole(estimate.n),
      estimate === undefined ? "" : whole(estimate.unscored),
      ...(withP ? [p === undefined ? "" : pText(p)] : []),
      estimate === undefined ? "" : `${short(estimate.level * 100)} %, ${estimate.method}`,
    ]),
  );
}

function shownValue(value: Line["value"]): string {
  if (value === undefined || value === null) return "";
  return typeof value === "number" ? short(value, 4) : value;
}

function list(json: boolean): void {
  if (json) {
    const all = Object.entries(methods).map(([name, { about, group, settings, table: needs }]) => ({
      name,
      group,
      about,
      settings,
      table: needs !== false,
    }));
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  const groups = Map.groupBy(Object.entries(methods), ([, { group }]) => group);
  for (const [group, members] of groups)
    process.stdout.write(
      `${table(
        [group, ""],
        members.map(([name, { about }]) => [name, about]),
      )}\n\n`,
    );
  process.stdout.write("laurel stats METHOD shows its settings\n");
}

function describe(name: string, method: Method): void {
  const from = method.table === false ? "" : " TABLE";
  const rows = Object.entries(method.settings).map(([setting, about]) => [`${setting}=`, about]);
  process.stdout.write(
    `${method.about}\n\n${paint("bold", `laurel stats ${name}${from} NAME=VALUE …`)}\n${table(["setting", ""], rows)}\n`,
  );
}
