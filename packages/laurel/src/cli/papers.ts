import { writeFileSync } from "node:fs";
import { UsageError } from "../core/index.ts";
import { nearest } from "../io/index.ts";
import {
  type CatalogueBar,
  type CatalogueClaim,
  type CataloguePaper,
  catalogue,
  countCatalogue,
  lookSeeds,
  type PaperLaboratory,
  runAgain,
} from "../papers/index.ts";
import { laboratory } from "./lab-package.ts";
import { paint, plain, short, table } from "./terminal.ts";

/** The stable form of a row: `laurel papers --json`. */
function stable({ slug, title, capability, state, claims }: CataloguePaper) {
  return {
    slug,
    title,
    capability,
    state,
    claims: claims.map(({ statement, evidence, verdict, estimate }) => ({ statement, evidence, verdict, estimate })),
  };
}

/** `laurel papers`: all rows with an honest state. */
export async function papers(options: { state?: string; json?: boolean }): Promise<void> {
  const states = ["planned", "component", "checked"];
  if (options.state !== undefined && !states.includes(options.state))
    throw new UsageError(`there is no state "${options.state}"`, `one of ${states.join(", ")}`);
  const all = catalogue();
  const rows = all.filter((row) => options.state === undefined || row.state === options.state);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(rows.map(stable), null, 2)}\n`);
    return;
  }
  const count = (state: string): number => all.filter((row) => row.state === state).length;
  process.stdout.write(
    `${table(
      ["paper", "capability", "state", "title", "use"],
      rows.map((row) => [row.slug, row.capability, row.state, plain(row.title, 60), row.component.join(", ")]),
    )}\n\n${all.length} papers: ${count("checked")} checked, ${count("component")} with a component, ${count("planned")} planned\n${verdicts(all)}`,
  );
}

/** How the claims came out, each class of evidence apart, and how many would hold by chance. */
function verdicts(rows: readonly CataloguePaper[]): string {
  const { claims, byChance } = countCatalogue(rows);
  const classes = Object.entries(claims);
  if (classes.length === 0) return "";
  const lines = classes.map(
    ([evidence, own]) =>
      `  ${evidence}: ${Object.entries(own)
        .map(([verdict, n]) => `${n} ${verdict}`)
        .join("; ")}`,
  );
  return `\nClaims by evidence:\n${lines.join("\n")}\nIf no claim were true, chance alone would give at most ${short(byChance)} papers a "holds".\n`;
}

function rowOf(slug: string): CataloguePaper {
  const all = catalogue();
  const row = all.find((one) => one.slug === slug);
  if (row !== undefined) return row;
  const near = nearest(
    slug,
    all.map((one) => one.slug),
  );
  throw new UsageError(
    `there is no paper "${slug}"`,
    near.length > 0 ? `did you mean ${near.join(", ")}?` : "laurel papers lists all",
  );
}

/**
 * `laurel papers show SLUG`: its claims, what each was checked in, and every bar with its interval. With `html` a page as
 * well, with each claim's bars and its boundary seed by seed; that needs the laboratory, which has the figures.
 */
export async function showPaper(slug: string, options: { json?: boolean; html?: string }): Promise<void> {
  const row = rowOf(slug);
  if (options.html !== undefined) {
    const lab = await laboratory<Laboratory>();
    const result = lab.readResult(slug);
    if (result === undefined) throw new UsageError(`no claim of ${slug} is checked yet: there is nothing to plot`);
    writeFileSync(options.html, lab.paperPage(await lab.loadPaper(lab.paperModule(slug)), result));
  }
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(row, null, 2)}\n`);
    return;
  }
  const parts = [
    `${paint("bold", row.title)}`,
    `${row.slug} · ${row.capability} · ${row.state}${row.component.length > 0 ? ` · use: ${row.component.join(", ")}` : ""}`,
    ...row.claims.map(claimText),
  ];
  if (row.claims.length === 0) parts.push("No claim of it is checked yet.");
  process.stdout.write(`${parts.join("\n\n")}\n`);
}

function claimText(claim: CatalogueClaim): string {
  const number = (value: number | null): string => (value === null ? "" : String(Number(value.toPrecision(3))));
  return [
    paint("bold", `${claim.verdict.toUpperCase()}: ${claim.statement}`),
    `${claim.evidence}; ${claim.because}`,
    claim.scope,
    table(
      ["bar", "role", "verdict", "value", "95 % interval", "p (Holm)", "detectable"],
      claim.bars.map((bar) => [
        bar.id,
        bar.role,
        barVerdict(bar),
        number(bar.value),
        `[${number(bar.low)}, ${number(bar.high)}]`,
        number(bar.p),
        number(bar.detectable),
      ]),
    ),
  ].join("\n");
}

/** A control or boundary says besides whether it is as it must be: one that must not hold and fails is in order. */
function barVerdict({ verdict, asExpected }: CatalogueBar): string {
  if (verdict === null) return "";
  if (asExpected === null) return verdict;
  return `${verdict}, ${asExpected ? "as it must" : "AS IT MUST NOT"}`;
}

/** What these commands use of the laboratory besides. */
interface Laboratory extends PaperLaboratory {
  loadPaper(module: string): Promise<unknown>;
  readResult(slug: string): object | undefined;
  paperPage(paper: unknown, result: object): string;
}

/**
 * `laurel papers run SLUG`: the checks once more, on the seeds of record. Without `full` the first eight seeds, as a look; with
 * it all of them, and whether the verdicts come out as committed (exit code 1 where they do not).
 */
export async function runPaper(
  slug: string,
  options: { full?: boolean; workers?: number; json?: boolean },
): Promise<void> {
  const row = rowOf(slug);
  const lab = await laboratory<Laboratory>();
  const full = options.full === true;
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once("SIGINT", interrupt);
  let shown = 0;
  const found = await runAgain(lab, slug, {
    full,
    workers: options.workers ?? 1,
    journal: `.laurel/papers/${slug}.jsonl`,
    signal: stop.signal,
    onProgress({ done, total, claim, setting, index }) {
      if (done < total && Date.now() - shown < 2000) return;
      shown = Date.now();
      process.stderr.write(`${done} of ${total}: ${claim}, ${setting} setting, seed ${index}\n`);
    },
  }).finally(() => process.off("SIGINT", interrupt));
  const claims = found.map((claim, i) => ({ ...claim, committed: row.claims[i]?.verdict ?? null }));
  const moved = claims.filter((claim) => full && claim.committed !== null && claim.verdict !== claim.committed);
  if (moved.length > 0) process.exitCode = 1;
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ slug, full, claims }, null, 2)}\n`);
    return;
  }
  const number = (value: number): string => String(Number(value.toPrecision(3)));
  for (const claim of claims) {
    const verdict = claim.verdict ?? `a look at ${lookSeeds} seeds, no verdict`;
    const rows = claim.bars.map((bar) => {
      const { value, low, high } = bar.estimate;
      return [bar.id, bar.role, number(value), `[${number(low)}, ${number(high)}]`];
    });
    process.stdout.write(
      `${paint("bold", claim.statement)}\n${verdict}; committed: ${claim.committed ?? "nothing yet"}\n${table(["bar", "role", "value", "95 % interval"], rows)}\n\n`,
    );
  }
  if (moved.length > 0) process.stdout.write(`Not as committed: ${moved.map((claim) => claim.id).join(", ")}\n`);
}
