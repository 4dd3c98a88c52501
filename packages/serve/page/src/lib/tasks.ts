/** A task in the fields of the playground. */
export interface Fields {
  prompt: string;
  answer: string;
  candidates: string[];
}

type Row = Readonly<Record<string, unknown>>;

const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);

function onlyText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || value.length !== 1) return undefined;
  const [message] = value as [unknown];
  if (!isRow(message) || typeof message["content"] !== "string") return undefined;
  return message["role"] === "user" || message["role"] === "assistant" ? message["content"] : undefined;
}

/** A row of a file as a task: a preference's sides become candidates, labels and other columns stay behind. */
export function taskOf(row: Row): Row {
  const { id, prompt, candidates, reference, answer, context, chosen, rejected } = row;
  const sides = candidates ?? (chosen !== undefined && rejected !== undefined ? [chosen, rejected] : undefined);
  return Object.fromEntries(
    Object.entries({ id, prompt, candidates: sides, reference, answer, context }).filter(
      ([, value]) => value !== undefined && value !== null,
    ),
  );
}

/** The task's fields; undefined where it has more than fields can show (messages, steps, a reference of several parts). */
export function fieldsOf(task: Row): Fields | undefined {
  const { id: _, prompt, candidates, answer = "", ...more } = task;
  if (Object.keys(more).length > 0 || !Array.isArray(candidates)) return undefined;
  if (typeof answer !== "string" && typeof answer !== "number") return undefined;
  const texts = candidates.map(onlyText);
  const asked = onlyText(prompt);
  if (asked === undefined || texts.some((text) => text === undefined)) return undefined;
  return { prompt: asked, answer: String(answer), candidates: texts as string[] };
}

/** The task that fields stand for. */
export function taskOfFields({ prompt, answer, candidates }: Fields, steps: "none" | "lines" | "paragraphs"): Row {
  const filled = candidates.filter((text) => text !== "");
  const made = filled.map((text) => {
    if (steps === "none") return text;
    const parts = text.split(steps === "lines" ? /\n+/ : /\n\s*\n/).filter((part) => part.trim() !== "");
    return { text, steps: parts };
  });
  return { prompt, candidates: made, ...(answer === "" ? {} : { answer }) };
}

/** Does a pasted text hold rows of tasks rather than words? */
export function looksLikeTasks(text: string): boolean {
  const start = text.trimStart();
  if (!start.startsWith("{")) return false;
  try {
    const row: unknown = JSON.parse(start.split("\n", 1)[0]!);
    return isRow(row) && row["prompt"] !== undefined;
  } catch {
    return false;
  }
}

/** The lines of a file that hold something. */
export function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
