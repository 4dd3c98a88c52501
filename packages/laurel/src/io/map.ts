import { InputError, type InputPlace, UsageError } from "../core/index.ts";
import { isRaw, kindOf, looksLikeMessages, placed, type Raw } from "./messages.ts";
import { didYouMean } from "./near.ts";

/** A compiled column mapping; see `parseMap`. */
export interface RowMap {
  /** The text it was made from. */
  readonly text: string;
  /** The row in Laurel's own form. */
  apply(row: Raw, place: InputPlace): Raw;
}

const every = Symbol("every");

interface Source {
  text: string;
  path: readonly (string | number | typeof every)[];
  optional: boolean;
}

interface Entry {
  target: string;
  name: string | undefined;
  sources: readonly Source[];
}

const targets = [
  "id",
  "prompt",
  "candidates",
  "chosen",
  "rejected",
  "answer",
  "reference",
  "context",
  "labels",
  "subset",
  "cluster",
  "winner",
];
const whole = new Set([
  "id",
  "prompt",
  "candidates",
  "chosen",
  "rejected",
  "answer",
  "cluster",
  "context",
  "reference",
  "subset",
  "winner",
]);
const named = new Set(["reference", "context", "labels", "subset"]);
const lists = new Set(["candidates", "chosen", "rejected", "winner", "reference.texts", "reference.facts"]);

const texts = new Set(["prompt", "candidates", "chosen", "rejected", "reference.texts", "reference.facts"]);

/**
 * Compiles a column mapping such as `prompt=question,answer=ground_truth,candidates=a.solution+b.solution`.
 *
 * Targets: `id`, `prompt`, `candidates`, `chosen`, `rejected`, `winner`, `answer`, `cluster`, `reference` and `reference.X`
 * (`texts`, `facts`, `answer`, ...), `context` and `context.X`, `labels.X` (`correct`, `value`, ...), `subset` and
 * `subset.X`.
 *
 * Sources: a column, or a dotted path into one; `[0]` is an index, `[*]` stands for every member of a list, and
 * `["a.b"]` for a name that holds a dot or another special character. `+` joins several sources: into a list for
 * `candidates`, `chosen`, `rejected`, `labels.X`, `reference.texts` and `reference.facts` (a source that is itself a
 * list adds its members), and into one text, with newlines between, for `prompt` and `answer`. A source that ends in
 * `?` may be missing.
 *
 * Numbers and true or false count as texts where a text is needed (`prompt`, `candidates`, `chosen`, `rejected`).
 *
 * `chosen` and `rejected` put their texts behind those of `candidates`, and label each chosen one as preferred to
 * each rejected one.
 *
 * `winner` is a vote: the number of the best candidate from 1 (or a letter from a), 0 or `tie` for a tie. Several columns
 * are several raters, each named by its column.
 *
 * @throws UsageError for a text that is no mapping; `apply` throws an InputError that lists the columns there are
 * @example parseMap("prompt=question,candidates=answers[*].text,labels.correct=answers[*].ok")
 */
export function parseMap(text: string): RowMap {
  const entries = parseEntries(text);
  const keys = new Set<string>();
  for (const { target, name } of entries) {
    const key = name === undefined ? target : `${target}.${name}`;
    if (keys.has(key)) throw new UsageError(`--map names the target ${key} twice`, "join several columns with +");
    keys.add(key);
  }
  if (keys.has("chosen") !== keys.has("rejected"))
    throw new UsageError(
      "--map needs chosen and rejected together",
      "use candidates= for answers without a preference",
    );
  return { text, apply: (row, place) => applyEntries(entries, row, place) };
}

function parseEntries(text: string): Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  const fail = (reason: string): never => {
    throw new UsageError(
      `--map, character ${at + 1}: ${reason}`,
      "a mapping looks like prompt=question,answer=gold,candidates=a.text+b.text",
    );
  };
  const space = (): void => {
    while (text[at] === " " || text[at] === "\n" || text[at] === "\t") at++;
  };
  const word = (stops: string): string => {
    const start = at;
    while (at < text.length && !stops.includes(text[at]!)) at++;
    return text.slice(start, at).trim();
  };
  const bracket = (): string | number | typeof every => {
    at++;
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(`${quote}]`, at + 1);
      if (end < 0) return fail(`[${quote} is not closed`);
      const name = text.slice(at + 1, end);
      at = end + 2;
      return name;
    }
    const end = text.indexOf("]", at);
    if (end < 0) return fail("[ is not closed");
    const inside = text.slice(at, end).trim();
    at = end + 1;
    if (inside === "*") return every;
    return /^\d{1,9}$/.test(inside) ? Number(inside) : inside;
  };
  const source = (): Source => {
    space();
    const start = at;
    const path: (string | number | typeof every)[] = [];
    for (;;) {
      if (text[at] === "[") path.push(bracket());
      else {
        const name = word(".[+,?");
        if (name === "") fail("a column's name is missing");
        path.push(name);
      }
      space();
      if (text[at] === ".") at++;
      else if (text[at] !== "[") break;
    }
    const shown = text.slice(start, at).trim();
    const optional = text[at] === "?";
    if (optional) at++;
    space();
    return { text: shown, path, optional };
  };
  for (;;) {
    space();
    const target = word("=.,+[");
    if (!targets.includes(target))
      fail(target === "" ? "a target is missing" : `there is no target '${target}'; ${didYouMean(target, targets)}`);
    let name: string | undefined;
    if (text[at] === ".") {
      at++;
      name = word("=,+");
      if (!named.has(target) || name === "" || name === "__proto__") fail(`'${target}.${name}' is no target`);
    } else if (!whole.has(target)) fail(`'${target}' needs a name, such as ${target}.correct`);
    if (text[at] !== "=") fail(`'=' is missing behind ${target}`);
    at++;
    const sources = [source()];
    while (text[at] === "+") {
      at++;
      sources.push(source());
    }
    entries.push({ target, name, sources });
    if (at >= text.length) return entries;
    if (text[at] !== ",") fail("expected ',' or '+'");
    at++;
  }
}

function applyEntries(entries: readonly Entry[], row: Raw, place: InputPlace): Raw {
  const made: Record<string, unknown> = {};
  const groups: Record<string, Record<string, unknown>> = {};
  for (const entry of entries) {
    const value = entryValue(entry, row, place);
    if (value === undefined) continue;
    if (entry.name === undefined) made[entry.target] = value;
    else (groups[entry.target] ??= {})[entry.name] = value;
  }
  for (const [target, group] of Object.entries(groups)) {
    const direct = made[target];
    made[target] = isRaw(direct)
      ? { ...direct, ...group }
      : direct === undefined
        ? group
        : { [target === "subset" ? "subset" : "answer"]: direct, ...group };
  }
  if (made["subset"] !== undefined) {
    made["subsets"] = made["subset"];
    delete made["subset"];
  }
  const { chosen, rejected } = made;
  if (chosen !== undefined || rejected !== undefined) joinPreference(made, chosen, rejected);
  joinWinners(entries, made, place);
  return made;
}

/** Each winner column is a rater's vote: the winner is preferred to every other candidate, a tie counts half. */
function joinWinners(entries: readonly Entry[], made: Record<string, unknown>, place: InputPlace): void {
  const votes = made["winner"];
  delete made["winner"];
  if (!Array.isArray(votes)) return;
  const n = Array.isArray(made["candidates"]) ? made["candidates"].length : 0;
  const raters = entries.find((entry) => entry.target === "winner")!.sources.map((source) => source.text);
  const preferred: unknown[] = [];
  for (const [k, vote] of votes.entries()) {
    const winner = winnerOf(vote, n, place);
    const rater = raters.length > 1 && raters.length === votes.length ? { rater: raters[k] } : {};
    if (winner === "tie") for (let i = 1; i < n; i++) preferred.push({ first: 0, second: i, p: 0.5, ...rater });
    else for (let i = 0; i < n; i++) if (i !== winner) preferred.push({ first: winner, second: i, p: 1, ...rater });
  }
  const labels = isRaw(made["labels"]) ? made["labels"] : {};
  const before = Array.isArray(labels["preferred"]) ? labels["preferred"] : [];
  made["labels"] = { ...labels, preferred: [...before, ...preferred] };
}

function winnerOf(vote: unknown, n: number, place: InputPlace): number | "tie" {
  const text = String(vote).trim().toLowerCase();
  if (/^(?:0|tie.*|both|equal|same)$/.test(text)) return "tie";
  const letter = /^(?:model_|response_|answer_|output_)?([a-z])$/.exec(text)?.[1];
  const index =
    letter === undefined ? Number(/^(?:[a-z]+_)?(\d{1,6})$/.exec(text)?.[1]) - 1 : letter.charCodeAt(0) - 97;
  if (index >= 0 && index < n) return index;
  throw new InputError(
    placed(place, "winner"),
    `expected a number from 1 to ${n}, a letter from a, or 0 or 'tie' for a tie, found ${kindOf(vote)}`,
  );
}

function joinPreference(made: Record<string, unknown>, chosen: unknown, rejected: unknown): void {
  const better = Array.isArray(chosen) ? chosen : [];
  const worse = Array.isArray(rejected) ? rejected : [];
  const before = Array.isArray(made["candidates"]) ? made["candidates"] : [];
  const labels = isRaw(made["labels"]) ? made["labels"] : {};
  made["candidates"] = [...before, ...better, ...worse];
  made["labels"] = {
    ...labels,
    preferred: better.flatMap((_, i) =>
      worse.map((_, k) => ({ first: before.length + i, second: before.length + better.length + k, p: 1 })),
    ),
  };
  delete made["chosen"];
  delete made["rejected"];
}

/** Numbers and true or false in a column of texts: files that were once CSV hold an answer `true` as a boolean. */
function asText(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? value.map(asText) : value;
}

function entryValue(entry: Entry, row: Raw, place: InputPlace): unknown {
  const key = entry.name === undefined ? entry.target : `${entry.target}.${entry.name}`;
  const values: unknown[] = [];
  for (const source of entry.sources) {
    const found = follow(source, row, place, key);
    const value = texts.has(key) ? asText(found) : found;
    if (value !== undefined && !(value === null && source.optional)) values.push(value);
  }
  if (values.length === 0) return undefined;
  if (lists.has(key) || (entry.target === "labels" && entry.name !== "extra")) {
    // a list of messages is one candidate, any other list is several
    return values.flatMap((value) => (Array.isArray(value) && !looksLikeMessages(value) ? value : [value]));
  }
  if (values.length === 1) return values[0];
  if (values.every((value) => typeof value === "string" || typeof value === "number")) return values.join("\n");
  throw new InputError(placed(place, key), "only texts and numbers can be joined with + here");
}

function follow(source: Source, row: Raw, place: InputPlace, key: string): unknown {
  let value: unknown = row;
  for (const [depth, step] of source.path.entries()) {
    if (step === every) {
      if (!Array.isArray(value)) {
        if (source.optional && (value === undefined || value === null)) return undefined;
        throw missing(source, depth, value, place, key);
      }
      const rest: Source = { ...source, path: source.path.slice(depth + 1) };
      return value.map((one: unknown) => (rest.path.length === 0 ? one : follow(rest, one as Raw, place, key)));
    }
    const inside: unknown =
      Array.isArray(value) && typeof step === "number"
        ? value[step]
        : isRaw(value) && Object.hasOwn(value, step)
          ? value[step]
          : undefined;
    if (inside === undefined) {
      if (source.optional) return undefined;
      throw missing(source, depth, value, place, key);
    }
    value = inside;
  }
  return value;
}

function missing(source: Source, depth: number, found: unknown, place: InputPlace, key: string): InputError {
  const names = isRaw(found) ? Object.keys(found) : [];
  const step = source.path[depth];
  const wanted = step === every ? "[*]" : String(step);
  const what =
    depth === 0 ? `there is no column '${wanted}'` : `'${source.text}' does not exist ('${wanted}' is missing)`;
  const has = isRaw(found)
    ? `${depth === 0 ? "the columns are" : "there is"} ${names.slice(0, 40).join(", ") || "nothing"}`
    : Array.isArray(found)
      ? `there is a list of ${found.length}`
      : "there is no object";
  const close = didYouMean(wanted, names);
  return new InputError(
    placed(place, key),
    `${what}; ${has}`,
    [close.startsWith("did") ? close : "", `a column that may be missing is written ${source.text}?`]
      .filter(Boolean)
      .join(" "),
  );
}
