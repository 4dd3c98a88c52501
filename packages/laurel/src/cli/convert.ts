import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "../core/index.ts";
import { type ConversionReport, type Counted, convertRows, openAppend, openSource, schemas } from "../io/index.ts";
import { badRowText, type InputOptions } from "./input.ts";
import { shown } from "./paths.ts";
import { counted, table, whole } from "./terminal.ts";

interface Options extends Pick<InputOptions, "onBadRow"> {
  to?: string;
  from?: string;
  out?: string;
  overwrite?: boolean;
  strictLoss?: boolean;
  json?: boolean;
}

/** `laurel convert`: rows of one format as rows of another, with an account of what gets lost. */
export async function convert(file: string | undefined, options: Options): Promise<void> {
  if (file === undefined || options.to === undefined) {
    if (file !== undefined) throw new UsageError("--to is missing", "laurel convert without a file lists the formats");
    const rows = schemas.map(({ id, about, write }) => [id, write === undefined ? "read" : "read, write", about]);
    process.stdout.write(`${table(["format", "", "rows"], rows)}\n`);
    return;
  }
  const out = options.out === undefined ? undefined : resolve(options.out);
  if (out !== undefined && !/\.(jsonl|ndjson)$/.test(out))
    throw new UsageError("rows are written as JSON lines", `--out ${options.out!.replace(/\.\w+$/, "")}.jsonl`);
  if (out !== undefined && existsSync(out) && options.overwrite !== true)
    throw new UsageError(`${shown(out)} is there already`, "--overwrite writes over it");
  const onBadRow =
    options.onBadRow === "stop"
      ? undefined
      : (bad: Parameters<typeof badRowText>[0]): void => {
          if (options.onBadRow === "report") process.stderr.write(`${badRowText(bad)}\n`);
        };
  const { rows, report } = convertRows(await openSource(file), { from: options.from, to: options.to, onBadRow });
  const strict = options.strictLoss === true;
  const waiting = out === undefined ? undefined : `${out}.partial`;
  // with --strict-loss nothing may reach standard output before it is known that nothing is lost
  const held: string[] = [];
  if (waiting === undefined)
    for await (const batch of rows) {
      const text = batch.map((row) => `${JSON.stringify(row)}\n`).join("");
      if (strict) held.push(text);
      else process.stdout.write(text);
    }
  else {
    await rm(waiting, { force: true });
    await using writer = await openAppend(waiting);
    for await (const batch of rows) await writer.append(batch.map((row) => JSON.stringify(row)));
    await writer.close();
  }
  const loses = report.lost.length > 0 || report.unwritable.length > 0;
  if (strict && loses) {
    if (waiting !== undefined) await rm(waiting, { force: true });
    process.exitCode = 2;
  } else {
    if (waiting !== undefined) await rename(waiting, out!);
    for (const text of held) process.stdout.write(text);
  }
  if (report.bad > 0 && options.onBadRow === "report") process.exitCode = 2;
  const say = out === undefined ? process.stderr : process.stdout;
  if (options.json === true) say.write(`${JSON.stringify({ v: 1, ...copyOf(report) })}\n`);
  else say.write(`${accountOf(report, strict && loses, out).join("\n")}\n`);
}

function copyOf(report: ConversionReport): ConversionReport {
  const { unwritable, lost, derived } = report;
  return { ...report, unwritable, lost, derived };
}

function accountOf(report: ConversionReport, refused: boolean, out: string | undefined): string[] {
  const list = (title: string, found: readonly Counted[]): string[] =>
    found.length === 0 ? [] : [title, ...found.map(({ what, rows }) => `  ${what} (${counted(rows, "rows")})`)];
  const lines = [
    `${report.from} to ${report.to}: ${counted(report.rowsIn, "rows")} in, ${whole(report.rowsOut)} out${report.bad > 0 ? `, ${counted(report.bad, "bad ones")} skipped` : ""}`,
    ...list("lost:", report.lost),
    ...list("rows without a form in the target:", report.unwritable),
    ...list("worked out, as the source does not state it:", report.derived),
  ];
  if (report.lost.length === 0 && report.unwritable.length === 0) lines.push("nothing is lost");
  if (refused) lines.push("nothing was written, because of --strict-loss");
  else if (out !== undefined) lines.push(`written: ${shown(out)}`);
  return lines;
}
