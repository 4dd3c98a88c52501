import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  auditGold,
  type Chosen,
  checkPair,
  formsOf,
  type GoldAudit,
  generatorOf,
  generators,
  pairsOfTopic,
  pairTopics,
  topicsOf,
} from "../bench/index.ts";
import { type Example, type JsonObject, NotEnoughDataError, seedFrom, split, UsageError } from "../core/index.ts";
import { nativeRow } from "../io/schemas/native.ts";
import { writeRows } from "../io/write-rows.ts";
import { figure } from "./figures.ts";
import { shown } from "./paths.ts";
import { counted, paint, plain, table, whole } from "./terminal.ts";

/** What `laurel bench make` takes for its generators' parameters. */
export interface GeneratorOptions {
  depth?: string;
  operands?: string;
  elements?: string;
  only?: readonly string[];
  forms?: string;
}

interface Options extends GeneratorOptions {
  n?: number;
  seed: string;
  out?: string;
  overwrite?: boolean;
  questionsOnly?: boolean;
  json?: boolean;
}

/** `a, b` as a list. */
export function listed(text: string | undefined): string[] | undefined {
  return text
    ?.split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** What was chosen of a generator's parameters: `--only NAME=VALUE,…` for any, and short forms for the commonest. */
export function chosenOf(options: GeneratorOptions): Chosen {
  const chosen: Record<string, readonly string[]> = {};
  for (const name of ["depth", "operands", "elements"] as const) {
    const values = listed(options[name]);
    if (values !== undefined) chosen[name] = values;
  }
  for (const text of options.only ?? []) {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--only ${text} names no parameter`, "write --only NAME=VALUE,…");
    chosen[text.slice(0, at)] = listed(text.slice(at + 1)) ?? [];
  }
  for (const [name, values] of Object.entries(chosen))
    if (values.length === 0) throw new UsageError(`no value is given for ${name}`);
  return chosen;
}

/** Refuses to write over a file without being told to. */
export function mayWrite(path: string, overwrite: boolean | undefined): void {
  if (path !== "-" && overwrite !== true && existsSync(path))
    throw new UsageError(
      `${path} is there already`,
      "write over it with --overwrite, or name another file after --out",
    );
}

/** `laurel bench make GENERATOR`: fresh pairs, or questions alone. */
export async function benchMake(name: string, options: Options): Promise<void> {
  const generator = generatorOf(name);
  const topics = pairTopics(generator, topicsOf(generator, chosenOf(options)), formsOf(listed(options.forms)));
  const { n: all = 100, out = `${name}.jsonl` } = options;
  mayWrite(out, options.overwrite);
  const seed = seedFrom(options.seed);
  const examples: Example[] = [];
  // as equal shares as n allows, the first topics one more
  for (const [i, topic] of topics.entries()) {
    const n = Math.floor(all / topics.length) + (i < all % topics.length ? 1 : 0);
    if (n === 0) break;
    for await (const one of pairsOfTopic(topic, { n, seed: split(seed, topic.name) })) examples.push(one);
  }
  if (examples.length === 0) throw new NotEnoughDataError("no question fits the forms that were chosen");
  const audit = await auditGold(
    examples.map((example) => ({ example, credits: [], half: "report" as const })),
    checkPair,
    { sample: 1000, seed },
  );
  const rows = examples.map((one) => nativeRow(options.questionsOnly === true ? bare(one) : one));
  await writeRows(
    out,
    (async function* () {
      yield rows;
    })(),
  );
  if (out === "-") return;
  const counts = Map.groupBy(examples, ({ subsets }) => `${subsets["topic"]}\u0000${subsets["form"]}`);
  if (options.json === true) {
    const made = [...counts].map(([key, some]) => {
      const [topic, form] = key.split("\u0000");
      return { topic, form, n: some.length };
    });
    process.stdout.write(
      `${JSON.stringify({ v: 1, generator: name, seed, out, rows: rows.length, topics: made, gold: goldJson(audit) }, null, 2)}\n`,
    );
    return;
  }
  const byTopic = Map.groupBy(examples, ({ subsets }) => subsets["topic"]!);
  const lines = [
    `${paint("bold", shown(resolve(out)))}: ${counted(rows.length, options.questionsOnly === true ? "questions" : "pairs")} of ${counted(byTopic.size, "topics")}, by ${name} from seed ${options.seed}`,
    `  ${goldText(audit)}`,
    "",
    table(
      ["topic", "rows"],
      [...byTopic].slice(0, 30).map(([topic, some]) => [plain(topic, 60), whole(some.length)]),
    ),
    ...(byTopic.size > 30 ? [`… and ${whole(byTopic.size - 30)} more`] : []),
    "",
    `Next: laurel eval ${shown(out)} --reward SPEC   or   laurel bench run made ${shown(out)} --reward SPEC`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** The question without its answers, for those who sample their own; its reference stays. */
function bare({ task, subsets, cluster }: Example): Example {
  const { form: _, ...own } = subsets;
  return { task: { ...task, candidates: [] }, labels: {}, cluster, subsets: own };
}

/** An audit as JSON. */
export function goldJson(audit: GoldAudit): JsonObject {
  return audit as unknown as JsonObject;
}

/** What an audit of gold says, in a line. */
export function goldText(audit: GoldAudit): string {
  if (audit.wrong === undefined)
    return "gold answers: not audited, since no second way of finding them is known here; have a person look at a sample";
  const undecided = audit.undecided === 0 ? "" : `, ${whole(audit.undecided)} undecided`;
  return `wrong gold ${figure(audit.wrong)} of ${counted(audit.checked, "pairs")} checked a second way${undecided}`;
}

/** `laurel bench make --list`: generators with their parameters, and forms. */
export function benchMakeList(options: { json?: boolean }): void {
  const all = generators.map(({ name, about, parameters }) => ({
    name,
    about,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, { about: what, values, default: standard }]) => [
        key,
        { about: what, values, default: standard ?? values },
      ]),
    ),
  }));
  const forms = formsOf().map(({ name, about }) => ({ name, about }));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ v: 1, generators: all, forms }, null, 2)}\n`);
    return;
  }
  const lines: string[] = [];
  for (const { name, about, parameters } of all) {
    lines.push(`${paint("bold", name)}  ${about}`);
    for (const [key, { about: what, values }] of Object.entries(parameters)) {
      const range = typeof values[0] === "number" ? `${values[0]} to ${values[1]}` : values.join(", ");
      lines.push(`  ${key}: ${what}: ${range}`);
    }
    lines.push("");
  }
  lines.push(
    paint("bold", "forms of the two answers"),
    table(
      ["form", "what differs"],
      forms.map(({ name, about }) => [name, about]),
    ),
  );
  process.stdout.write(`${lines.join("\n")}\n`);
}
