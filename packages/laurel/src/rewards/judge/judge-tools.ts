import {
  type Candidate,
  type Context,
  type Json,
  type JsonObject,
  type LanguageModel,
  type Reward,
  sha256,
  type Task,
} from "../../core/index.ts";
import { askAll, drawOf } from "./ask.ts";
import { calculation } from "./calculator.ts";
import { dayDifference, targetDay, weekDay } from "./calendar.ts";
import { type CorpusText, corpusIndex } from "./corpus-search.ts";
import { prompt } from "./prompt.ts";

/** What a tool may see besides its input. */
export interface ToolContext {
  task: Task;
  candidate: Candidate;
  ctx: Context;
}

/** Something that a judge may call. */
export interface Tool {
  readonly name: string;
  /** One line for the judge. */
  readonly description: string;
  /** JSON Schema of the input. */
  readonly parameters: JsonObject;
  /** Changes when the same input may be answered otherwise; enters the judge's fingerprint. Null: no cache of scores. */
  readonly version: string | number | null;
  /** Does it depend on time or chance, so that an answer must not be used twice? */
  readonly volatile?: boolean | undefined;
  /** Does it depend on the candidate, so that an answer is good for that candidate only? */
  readonly perCandidate?: boolean | undefined;
  /** The observation; a thrown error becomes an observation too. */
  run(input: JsonObject, about: ToolContext): string | Promise<string>;
}

const object = (properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject => ({
  type: "object",
  properties,
  required: [...required],
});
const text: JsonObject = { type: "string" };

function textIn(input: JsonObject, key: string): string {
  const value: Json | undefined = input[key];
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw new Error(`the input needs "${key}"`);
}

/** Exact arithmetic, and whether stated equations are right. */
export function calculatorTool(): Tool {
  return {
    name: "calculator",
    description: "evaluates arithmetic exactly, or checks equations such as 3*4=12 (several on separate lines)",
    parameters: object({ expression: text }),
    version: 1,
    run: (input) => calculation(textIn(input, "expression")),
  };
}

/** Weekdays, dates some days away, and days between dates; and today's date if it is given. */
export function calendarTool(options: { today?: string | undefined } = {}): Tool {
  const { today } = options;
  return {
    name: "calendar",
    description: `dates as YYYY-MM-DD: {"date"} gives its weekday, {"date", "days"} the date so many days later, {"from", "to"} the days between${today === undefined ? "" : ', {"today": true} the current date'}`,
    parameters: object({ date: text, days: { type: "number" }, from: text, to: text }, []),
    version: `1:${today ?? ""}`,
    run(input) {
      const none = "error: there is no such day; dates are YYYY-MM-DD";
      if (input["today"] === true && today !== undefined) return `${today}, ${weekDay(today) ?? none}`;
      if (input["from"] !== undefined) {
        const between = dayDifference(textIn(input, "from"), textIn(input, "to"));
        return between === undefined ? none : `${between} days`;
      }
      const date = textIn(input, "date");
      if (input["days"] === undefined) return weekDay(date) ?? none;
      const other = targetDay(date, Number(input["days"]));
      return other === undefined ? none : `${other}, ${weekDay(other)}`;
    },
  };
}

/** The best passages of a given corpus by BM25. */
export function searchTool(corpus: readonly CorpusText[], options: { top?: number; maxChars?: number } = {}): Tool {
  const { top = 3, maxChars = 1000 } = options;
  const find = corpusIndex(corpus);
  return {
    name: "search",
    description: "finds passages in a collection by words",
    parameters: object({ query: text }),
    version: sha256(JSON.stringify([1, top, maxChars, corpus.map((one) => one.text)])).slice(0, 32),
    run(input) {
      const found = find(textIn(input, "query"), top);
      if (found.length === 0) return "nothing was found";
      return found.map(({ index }, k) => `${k + 1}. ${corpus[index]!.text.slice(0, maxChars)}`).join("\n");
    },
  };
}

/** Facts by key, whatever the case; unknown keys say so. */
export function lookupTool(
  table: Readonly<Record<string, string>>,
  options: { name?: string; description?: string } = {},
): Tool {
  const facts = new Map(Object.entries(table).map(([key, value]) => [key.toLowerCase().trim(), value]));
  return {
    name: options.name ?? "lookup",
    description: options.description ?? "looks up a fact by its key",
    parameters: object({ key: text }),
    version: sha256(JSON.stringify([1, [...facts]])).slice(0, 32),
    run: (input) => facts.get(textIn(input, "key").toLowerCase().trim()) ?? "there is no entry",
  };
}

/**
 * A search elsewhere (a web search, a database), which sees the network if its function does: it must be passed explicitly.
 * @param options.volatile default true
 */
export function webSearchTool(
  find: (query: string, signal: AbortSignal) => Promise<string>,
  options: { version?: string | number | null; volatile?: boolean } = {},
): Tool {
  return {
    name: "web_search",
    description: "searches the web and gives a snippet",
    parameters: object({ query: text }),
    version: options.version ?? null,
    volatile: options.volatile ?? true,
    run: (input, { ctx }) => find(textIn(input, "query"), ctx.signal),
  };
}

/**
 * Any reward as a tool that scores the candidate in view: with `verify.code`, the candidate's program is run against the
 * task's tests in the sandbox, and the observation says how many were passed.
 *
 * @example rewardTool("run_tests", "runs the answer's program against the tests", code({ credit: "fraction" }))
 */
export function rewardTool(name: string, description: string, reward: Reward): Tool {
  return {
    name,
    description,
    parameters: object({}),
    version: reward.fingerprint,
    perCandidate: true,
    async run(_input, { task, candidate, ctx }) {
      const [row] = await ctx.score(reward, [{ ...task, candidates: [candidate] }]);
      const score = row![0]!;
      if (score.unscored !== undefined) return `error: ${score.unscored.message}`;
      const tests = score.facts?.["tests"];
      const passed = Array.isArray(tests)
        ? `; ${tests.filter((test) => (test as JsonObject | null)?.["passed"] === true).length} of ${tests.length} tests passed`
        : "";
      return `score ${score.value}${score.fault === undefined ? "" : ` (${score.fault})`}${passed}`;
    },
  };
}

const translating = prompt({
  name: "translate",
  version: 1,
  system: "You translate text into {{language}}. Write the translation only.",
  user: "{{quote text}}",
});

/** Translation by a language model, greedy. */
export function translateTool(model: LanguageModel): Tool {
  return {
    name: "translate",
    description: "translates a text into a language",
    parameters: object({ text, language: text }),
    version: model.fingerprint,
    async run(input, { ctx }) {
      const language = textIn(input, "language");
      if (!/^[\p{L} ()-]{2,40}$/u.test(language)) return "error: that is no language";
      const rendered = translating.render({ text: textIn(input, "text"), language });
      if (rendered.tooLong !== undefined) return "error: the text is too long";
      const [answer] = await askAll(
        model,
        [
          {
            messages: rendered.messages,
            grammar: { id: "text-1", form: "", read: (reply: string) => reply.trim() },
            seed: ctx.seed,
          },
        ],
        drawOf({ model }),
        ctx,
      );
      const [vote] = answer!.votes;
      return vote === undefined ? `error: ${answer!.lost[0]?.unscored.message ?? "no reply"}` : vote.verdict;
    },
  };
}

/** The tools that need nothing from outside. */
export function builtinTools(): readonly Tool[] {
  return [calculatorTool(), calendarTool()];
}
