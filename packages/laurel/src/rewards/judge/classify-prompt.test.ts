import { describe, expect, it } from "vitest";
import { directContext, task } from "../../core/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { classifyPrompt } from "./classify-prompt.ts";

const { prompt } = task("What is the capital of Peru?", []);

describe("classifyPrompt", () => {
  it("gives the class that the model names, and quotes the prompt", async () => {
    const asked: string[] = [];
    const model = scriptedModel((call) => {
      asked.push(call.prompt);
      return "One city is right. [[Closed]]";
    });
    expect(await classifyPrompt({ model })(prompt, directContext())).toBe("closed");
    expect(asked[0]).toMatch(/\[begin prompt ([0-9a-f]{16})\]\nWhat is the capital of Peru\?\n\[end prompt \1\]/);
  });

  it.each([["open, I think"], ["[[open]] or [[closed]]"], ["[[half]]"]])("never guesses: %s", async (reply) => {
    const said = await classifyPrompt({ model: scriptedModel([reply]), retries: 0 })(prompt, directContext());
    expect(said).toMatchObject({ unscored: { reason: "judge-unparsable", raw: reply } });
  });

  it("takes labels of one's own, two or more of different names", async () => {
    const labels = ["code", "chat"].map((name) => ({ name, definition: name }));
    const model = scriptedModel(["hm", "[[chat]]"]);
    expect(await classifyPrompt({ model, labels })(prompt, directContext())).toBe("chat");
    expect(() => classifyPrompt({ model, labels: labels.slice(1) })).toThrow(/two or more/);
    expect(() => classifyPrompt({ model, labels: [labels[0]!, labels[0]!] })).toThrow(/different names/);
  });
});
