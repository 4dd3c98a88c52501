import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Example, NotEnoughDataError, UsageError } from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { readExamples } from "../run/index.ts";
import { exportPairs } from "./export-rows.ts";
import { trainers } from "./export-trainers.ts";
import { mapOf, onBadRow } from "./input.ts";
import { shown } from "./paths.ts";
import type { FormatOptions } from "./scored.ts";
import { counted } from "./terminal.ts";

interface Options extends FormatOptions {
  out: string;
  model: string;
  maxLength: number;
  heldOut: number;
  margin?: boolean;
  overwrite?: boolean;
  json?: boolean;
}

function save(path: string, content: string, executable: boolean): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, executable ? { mode: 0o755 } : {});
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}

/** `laurel export`: preference rows with a launch configuration for full fine-tuning elsewhere. */
export async function exportCommand(name: string, file: string, options: Options): Promise<void> {
  const trainer = trainers[name];
  if (trainer === undefined)
    throw new UsageError(`there is no export to '${name}'`, `there is ${Object.keys(trainers).join(", ")}`);
  if (options.heldOut >= 1) throw new UsageError("--held-out leaves nothing to train on", "a share below 1");
  const out = resolve(options.out);
  if (existsSync(join(out, "README.md")) && options.overwrite !== true)
    throw new UsageError(`${shown(out)} holds an export already`, "--overwrite writes over it");
  const examples: Example[] = [];
  for await (const batch of readExamples(file, {
    map: mapOf(options),
    from: options.from,
    limit: options.limit,
    onBad: onBadRow(options),
  }))
    examples.push(...batch);
  const { pairs, counts } = exportPairs(examples, { heldOut: options.heldOut, margin: options.margin === true });
  if (counts.train === 0)
    throw new NotEnoughDataError(
      `none of ${examples.length} rows gives a pair to train on${Object.entries(counts.left)
        .map(([why, n]) => `; ${n} pairs: ${why}`)
        .join("")}`,
    );
  if (options.margin === true && counts.margins === 0)
    throw new UsageError("not every label states its strength, which --margin needs", "leave --margin out");
  const text = (part: "train" | "test"): string =>
    pairs
      .filter((one) => one.part === part)
      .map(({ row }) => `${JSON.stringify(row)}\n`)
      .join("");
  const files: Record<string, string> = {
    "data/train.jsonl": text("train"),
    ...(counts.test > 0 ? { "data/test.jsonl": text("test") } : {}),
    ...trainer.files({ model: options.model, maxLength: options.maxLength, counts, source: shown(resolve(file)) }),
  };
  for (const [path, content] of Object.entries(files)) save(join(out, path), content, path.endsWith(".sh"));
  const written = { v: 1, trainer: name, version: trainer.version, out, files: Object.keys(files), ...counts };
  if (options.json === true) process.stdout.write(`${JSON.stringify(written, null, 2)}\n`);
  else
    process.stdout.write(
      `${[
        `${shown(out)}: ${counted(counts.train, "pairs")} to train on, ${counted(counts.test, "pairs")} held out, ${counted(counts.prompts, "prompts")}, for ${trainer.name} ${trainer.version}`,
        ...Object.entries(counts.left).map(([why, n]) => `left out: ${counted(n, "pairs")}: ${why}`),
        ...(counts.hardened > 0 ? [`${counted(counts.hardened, "soft labels")} written as hard ones`] : []),
        `README.md says how to launch it and how the model comes back; ${Object.keys(files).join(", ")}`,
      ].join("\n")}\n`,
    );
}
