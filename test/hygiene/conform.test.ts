import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { missing, where } from "../code/sandbox.ts";
import { folder, laurel } from "../laurel.ts";

describe("laurel conform", () => {
  it("prints the errors by class with bounds, and exits with 1 where a bound is above what is allowed", () => {
    using place = folder();
    const args = ["conform", "verify.tools", "--n", "500", "--workers", "1"];
    const ended = laurel([...args, "--max-false-positive", "0.02", "--max-false-negative", "0.02"], {
      cwd: place.path,
    });
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toMatch(/^all +0 +\d+ +1\.\d\d% +0 +\d+ +1\.\d\d%$/m);
    const strict = laurel([...args, "--max-false-positive", "0.001", "--json"], { cwd: place.path });
    expect(strict.code).toBe(1);
    expect(strict.err).toContain("false positives: the bound");
    expect(JSON.parse(strict.out)).toMatchObject({
      suite: "tools",
      exceeded: ["false positives"],
      all: { unscored: 0 },
    });
  });

  it("tests anybody's verifier over standard input and output", () => {
    using place = folder();
    writeFileSync(
      place.file("verbatim.mjs"),
      `import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { gold, candidate } = JSON.parse(line);
  console.log(JSON.stringify({ value: candidate.includes("\\\\boxed{" + gold + "}") ? 1 : 0 }));
}`,
    );
    const command = `"${process.execPath}" verbatim.mjs`;
    const ended = laurel(["conform", "math", "--cmd", command, "--n", "400", "--json"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    const { all } = JSON.parse(ended.out) as Record<"all", Record<string, { rate: number }>>;
    expect(all!["falsePositives"]!.rate).toBe(0);
    expect(all!["falseNegatives"]!.rate).toBeGreaterThan(0.9);
    expect(laurel(["conform", "math", "--cmd", "echo hello", "--n", "10"], { cwd: place.path })).toMatchObject({
      code: 2,
    });
  });

  it.skipIf(missing !== undefined).each([
    ["verify.code", "code", "300"],
    ["{ kind: verify.code, language: javascript }", "javascript", "100"],
  ])(`accepts all right programs and no mutant or trick: %s${where}`, { timeout: 180_000 }, (spec, suite, n) => {
    using place = folder();
    const ended = laurel(["conform", spec, "--n", n, "--json"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    const half = Number(n) / 2;
    expect(JSON.parse(ended.out)).toMatchObject({
      suite,
      all: { falsePositives: { errors: 0, n: half }, falseNegatives: { errors: 0, n: half }, unscored: 0 },
    });
  });

  it("draws BFCL cases from the rows of a file, and says what is wrong with a file or its use", () => {
    using place = folder();
    const row = {
      function: [
        {
          name: "add",
          parameters: { type: "dict", properties: { a: { type: "integer" } }, required: ["a"] },
        },
      ],
      ground_truth: [{ add: { a: [1, 2] } }],
    };
    writeFileSync(place.file("rows.jsonl"), `${JSON.stringify(row)}\n`);
    writeFileSync(place.file("bad.jsonl"), `${JSON.stringify({ question: "?" })}\n`);
    const bfcl = ["conform", "{ kind: verify.tools, rule: bfcl }", "--n", "40", "--workers", "1", "--json", "--rows"];
    const ended = laurel([...bfcl, "rows.jsonl"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    expect(JSON.parse(ended.out)).toMatchObject({
      suite: "bfcl",
      all: { falsePositives: { errors: 0 }, falseNegatives: { errors: 0 }, unscored: 0 },
    });
    for (const [args, said] of [
      [[...bfcl, "bad.jsonl"], "line 1"],
      [[...bfcl, "none.jsonl"], "none.jsonl"],
      [["conform", "verify.math", "--rows", "rows.jsonl"], "--suite bfcl"],
    ] as const) {
      const failed = laurel(args, { cwd: place.path });
      expect(failed.code).toBe(2);
      expect(failed.err).toContain(said);
    }
  });
});

describe("laurel audit reward", () => {
  it("reads labelled rows, writes a report, and exits with 1 where an exploit evades a verdict", () => {
    using place = folder();
    writeFileSync(
      place.file("rows.jsonl"),
      Array.from({ length: 12 }, (_, i) =>
        JSON.stringify({
          prompt: `What is ${i} plus ${i}?`,
          candidates: [`It is ${2 * i}.`, `It is ${2 * i + 1}.`],
          answer: String(2 * i),
          labels: { correct: [true, false] },
        }),
      ).join("\n"),
    );
    const ended = laurel(
      ["audit", "reward", "rows.jsonl", "--reward", "verify.math", "--report", "audit.html", "--workers", "1"],
      { cwd: place.path },
    );
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toContain("false positives (wrong answers accepted): 0%");
    const report = readFileSync(place.file("audit.html"), "utf8");
    for (const name of ["empty answer", "both answers, wrong first", "full-width digits"])
      expect(report).toContain(name);
    expect(report).not.toMatch(/<script|(?:src|href)="http/);

    writeFileSync(
      place.file("shy.ts"),
      'import { answerText, pointwise, unscored } from "laurel";\nexport const shy = pointwise("shy", (c) => (answerText(c) === "" ? unscored("undecided", "nothing to see") : 1), { version: 1, range: [0, 1] });\n'.replace(
        '"laurel"',
        JSON.stringify(new URL("../../packages/laurel/src/index.ts", import.meta.url).pathname),
      ),
    );
    const evaded = laurel(["audit", "reward", "rows.jsonl", "--reward", "./shy.ts#shy", "--json"], { cwd: place.path });
    expect(evaded.code, evaded.err).toBe(1);
    expect(evaded.err).toContain('unscored under "empty answer"');
    const audit = JSON.parse(evaded.out) as { exploits: { exploit: string; failed: boolean }[] };
    expect(audit.exploits.filter(({ failed }) => failed).map(({ exploit }) => exploit)).toEqual(["empty answer"]);
  });
});
