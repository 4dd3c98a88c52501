/** What of a reward can be named from outside: a spec that was typed, or a reward that a server has. */
export type Named = { spec: unknown } | { served: string; group: boolean; keyed: boolean; url: string };

/** A task as the page holds it: in Laurel's own form. */
export type TaskRow = Readonly<Record<string, unknown>>;

/** A text that a POSIX shell reads back as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function specOf(named: Named): unknown {
  if ("spec" in named) return named.spec;
  const { url, served, group, keyed } = named;
  return {
    kind: "remote",
    url,
    protocol: "laurel",
    reward: served,
    ...(group ? { group: true } : {}),
    ...(keyed ? { keyFrom: "LAUREL_KEY" } : {}),
  };
}

/** The command that scores the task: a served reward is asked at its server. */
export function asCommand(named: Named, task: TaskRow): string {
  const spec = specOf(named);
  const reward = typeof spec === "string" ? spec : quoted(JSON.stringify(spec));
  return `cat > task.jsonl <<'END'\n${JSON.stringify(task)}\nEND\nlaurel score task.jsonl --reward ${reward} --json\n`;
}

/** A module that scores the task. */
export function asTypeScript(named: Named, task: TaskRow): string {
  return [
    'import { rewardFrom, score } from "laurel";',
    'import { parseTaskRow } from "laurel/io";',
    "",
    `const reward = await rewardFrom(${JSON.stringify(specOf(named), null, 2)});`,
    `const { task } = parseTaskRow(${JSON.stringify(task, null, 2)}, { line: 1 });`,
    "console.log(await score(reward, task));",
    "",
  ].join("\n");
}

/** Requests to this server; a reward from a spec is made first. */
export function asCurl(named: Named & { id: string }, task: TaskRow, url: string, keyed: boolean): string {
  const post = (path: string, body: unknown): string =>
    [
      `curl -sS ${quoted(url + path)}`,
      ...(keyed ? ['-H "Authorization: Bearer $LAUREL_KEY"'] : []),
      "-H 'content-type: application/json'",
      `-d ${quoted(JSON.stringify(body))}`,
    ].join(" \\\n  ");
  const make = "spec" in named ? `${post("/v1/rewards", { spec: named.spec })}\necho\n` : "";
  return `${make}${post("/v1/score", { reward: named.id, tasks: [task] })}\necho\n`;
}
