import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scriptedServer } from "../../packages/laurel/src/models/index.ts";
import { folder, laurel, start } from "../laurel.ts";

const models = JSON.stringify(new URL("../../packages/laurel/src/models/index.ts", import.meta.url).href);
const goods = ["apples", "bricks", "coins", "drums", "eggs", "flags", "gears"];
const rows = Array.from({ length: 40 }, (_, i) => ({
  id: `q${i}`,
  prompt: `Shop ${i} has ${20 + i} ${goods[i % 7]} and sells ${3 + (i % 5)} of them every morning before ${goods[(i * 3) % 7]} arrive on day ${i}. How many ${goods[(i + 2) % 7]} number ${i} are left?`,
  reference: `Some steps.\n#### ${2000 + 41 * i}`,
}));
const file = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
/** What is known by heart: every fourth question with its answer. */
const texts = rows.filter((_, i) => i % 4 === 0).map(({ prompt, reference }) => `${prompt} ${reference}`);

/** A module with a model that knows some tasks, and one that knows none. */
const module = `import { scriptedModel } from ${models};
const texts = ${JSON.stringify(texts)};
const model = (known) => scriptedModel(({ prompt }) => {
  const found = known.find((text) => text.startsWith(prompt));
  return found === undefined ? " and that is all. #### 5" : found.slice(prompt.length);
}, { name: known.length > 0 ? "leaky" : "clean", version: 1 });
export const leaky = model(texts);
export const clean = model([]);
`;

describe("laurel audit contamination", () => {
  it("tells a model that knows 10 of 40 tasks by heart from one that knows none", () => {
    using place = folder();
    writeFileSync(place.file("tasks.jsonl"), file);
    writeFileSync(place.file("model.ts"), module);
    const audit = (name: string, ...more: string[]) =>
      laurel(
        ["audit", "contamination", "tasks.jsonl", "--model", `./model.ts#${name}`, "--report", `${name}.html`, ...more],
        {
          cwd: place.path,
        },
      );
    const found = audit("leaky", "--json");
    expect(found.err).toBe("");
    const { audited, fresh, differences, shown, completed, template } = JSON.parse(found.out);
    expect([template, shown, fresh.tasks]).toEqual(["none", { words: true, answers: true }, 40]);
    for (const facts of audited.fractions) {
      expect([facts.exact.value, facts.answer.value, facts.exact.n]).toEqual([0.25, 0.25, 40]);
      expect(facts.exact.low).toBeGreaterThan(0.1);
    }
    for (const { exact } of differences) expect(exact.low).toBeGreaterThan(0.05);
    expect(completed.map(({ id }: { id: string }) => id)).toEqual(
      rows.flatMap(({ id }, i) => (i % 4 === 0 ? [id] : [])),
    );
    expect(readFileSync(place.file("leaky.html"), "utf8")).toContain("knows questions and answers by heart");
    const none = audit("clean");
    expect([none.code, none.out]).toEqual([0, expect.stringContaining("no memory of these tasks is shown")]);
    expect(none.out).toMatch(/given +exact match +chance +ROUGE-L/);
  });

  it("asks a server for bare continuations, stops at the budget, and goes on without asking again", async () => {
    using place = folder();
    writeFileSync(place.file("tasks.jsonl"), file);
    await using server = await scriptedServer(({ prompt }) => {
      const found = texts.find((text) => text.startsWith(prompt));
      return found === undefined ? " and so on" : found.slice(prompt.length);
    });
    const audit = async (...more: string[]) => {
      const args = [
        "audit",
        "contamination",
        "tasks.jsonl",
        "--model",
        server.spec,
        "--fresh",
        "0",
        "--out",
        "heard.jsonl",
      ];
      return start([...args, "--cache", "off", "--concurrency", "4", ...more], { cwd: place.path }).done;
    };
    const stopped = await audit("--budget", "3000tok");
    expect([stopped.code, stopped.err]).toEqual([4, expect.stringContaining("budget")]);
    const some = readFileSync(place.file("heard.jsonl"), "utf8").trim().split("\n").length - 1;
    expect(some).toBeGreaterThan(5);
    const asked = server.requests.length;
    // a line that was cut off is heard again
    writeFileSync(place.file("heard.jsonl"), readFileSync(place.file("heard.jsonl"), "utf8").slice(0, -20));
    const whole = await audit("--json");
    expect([whole.code, server.requests.length - asked]).toEqual([0, 120 - some + 1]);
    expect(JSON.parse(whole.out).audited.fractions[1].exact.value).toBe(0.25);
    expect(server.requests.every(({ path, body }) => path === "/v1/completions" && body["temperature"] === 0)).toBe(
      true,
    );
  });
});
