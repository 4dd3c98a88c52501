import { describe, expect, it } from "vitest";
import { commandVerdicts } from "./command.ts";
import { suiteOf } from "./suites.ts";

const suite = suiteOf("math");
const cases = [...suite.cases({ count: 300 })];
const node = (body: string): string =>
  `"${process.execPath}" -e '${`const r = require("node:readline").createInterface({ input: process.stdin });${body}`.replaceAll("'", "'\\''")}'`;
const answer = (expression: string): string =>
  node(`r.on("line", (line) => { const { gold, candidate } = JSON.parse(line); console.log(${expression}); });`);

describe("commandVerdicts", () => {
  it("hands each case to the command and reads numbers, truth values, objects and null", async () => {
    const verbatim = cases.map(({ input }) => input.candidate.includes(`\\boxed{${String(input.gold)}}`));
    const check = 'candidate.includes("\\\\boxed{" + gold + "}")';
    expect(await commandVerdicts(answer(check), cases)).toEqual(verbatim);
    expect(await commandVerdicts(answer(`Number(${check})`), cases)).toEqual(verbatim);
    expect(await commandVerdicts(answer(`JSON.stringify({ value: 2 * (${check}) })`), cases, { threshold: 2 })).toEqual(
      verbatim,
    );
    expect(await commandVerdicts(answer("null"), cases.slice(0, 2))).toEqual([undefined, undefined]);
  });

  it("says so when the command ends early, falls silent, or writes something else", async () => {
    await expect(commandVerdicts("head -n 0", cases)).rejects.toThrow(
      "answered 0 of 300 cases and ended (exit code 0)",
    );
    await expect(commandVerdicts("sleep 30", cases, { patience: 300 })).rejects.toThrow(
      "no answer for 0.3 s after 0 of 300",
    );
    await expect(commandVerdicts("echo loading model", cases)).rejects.toThrow("line 1: this is not JSON");
    await expect(commandVerdicts(answer('"[1]"'), cases)).rejects.toThrow(
      'expected a number, true, false, null or { "value": … }',
    );
    await expect(commandVerdicts("exit 3", cases)).rejects.toThrow("exit code 3");
    await expect(commandVerdicts("no-such-program-here", cases)).rejects.toThrow("exit code 127");
  });

  it("takes more cases than a pipe holds from a command that answers at its end", async () => {
    const many = Array.from({ length: 8000 }, (_, i) => cases[i % cases.length]!);
    const late = node('let n = 0; r.on("line", () => n++); r.on("close", () => console.log("1\\n".repeat(n)));');
    expect(await commandVerdicts(late, many)).toHaveLength(8000);
  });
});
