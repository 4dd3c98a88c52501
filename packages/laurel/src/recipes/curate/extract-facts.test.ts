import { describe, expect, it } from "vitest";
import { directContext } from "../../core/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { extractFacts, readFacts } from "./extract-facts.ts";

describe("extractFacts (Perception-R1's visual references)", () => {
  it("lists the facts of a solution in order, equal ones once", async () => {
    const prompts: string[] = [];
    const writer = scriptedModel(({ prompt }) => {
      prompts.push(prompt);
      return "<info1>AB = 5</info1>\n<info2>C is a\n right angle</info2><info3>AB = 5</info3>";
    });
    const facts = await extractFacts({ writer })("From the picture AB = 5.<|im_end|>", directContext());
    expect(facts).toEqual(["AB = 5", "C is a right angle"]);
    expect(prompts[0]).toMatch(
      /\[begin solution ([0-9a-f]{16})\]\nFrom the picture AB = 5\.< \|im_end\|>\n\[end solution \1\]/,
    );
  });

  it("asks again for what it cannot read, and then is unscored with the raw text", async () => {
    const once = scriptedModel(["AB is 5", "<info1>AB = 5</info1>"]);
    expect(await extractFacts({ writer: once })("s", directContext())).toEqual(["AB = 5"]);
    const never = scriptedModel(["AB is 5"]);
    expect(await extractFacts({ writer: never })("s", directContext())).toMatchObject({
      unscored: { reason: "judge-unparsable", raw: "AB is 5" },
    });
    const many = scriptedModel([Array.from({ length: 9 }, (_, i) => `<info${i}>f${i}</info${i}>`).join("")]);
    expect(await extractFacts({ writer: many, most: 8, retries: 0 })("s", directContext())).toHaveProperty("unscored");
  });

  it.each([
    ["<none>", []],
    ["<info1></info1>", []],
    ["<info1>a<info2>b</info2>", { unreadable: "<info1> is not closed" }],
    ["<info1>a</info2>", { unreadable: "</info2> closes nothing" }],
    ["<info1>a", { unreadable: "<info1> is not closed" }],
    ["", { unreadable: "there is no <info1>" }],
  ])("reads %j as %j", (text, found) => {
    expect(readFacts(text)).toEqual(found);
  });
});
