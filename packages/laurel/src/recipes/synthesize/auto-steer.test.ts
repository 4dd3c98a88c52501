import { describe, expect, it } from "vitest";
import { directContext, type LanguageModel, promptText, seedFrom, textOf } from "../../core/index.ts";
import { autoSteer } from "./auto-steer.ts";
import { steerElements } from "./steer-me.ts";
import { generate } from "./template.ts";

const ctx = directContext();
const element = steerElements.find(({ id }) => id === "deadweight loss")!;

/** A model that answers from a list, in turn. */
function scripted(answer: (prompt: string, turn: number) => string): LanguageModel {
  let turn = 0;
  return {
    name: "scripted",
    fingerprint: null,
    supports: { n: true, seed: true, logprobs: false, tools: false, images: false, schema: false },
    generate: async (requests) =>
      requests.map(({ messages }) => [
        {
          text: answer(messages.map(textOf).join("\n"), turn++),
          finish: "stop" as const,
          modelId: "scripted",
          usage: { model: "scripted", inputTokens: 0, outputTokens: 0, calls: 1 },
        },
      ]),
  };
}

const good =
  "Tickets sell where demand is {a} less {b} times the number, supply {c} plus {d} times it, and the club pays {t} on each. What is lost?";
const corruptions: readonly ((text: string) => string)[] = [
  (text) => text.replace("{t}", "a tax"),
  (text) => text.replace("{a}", "{b}"),
  (text) => text.replace("{c}", "{c} or {c}"),
  (text) => text.replace("{d}", "{slope}"),
  (text) => text.replace("{b}", "2"),
  (text) => `${text} Assume 10 fans.`,
];

describe("autoSteer", () => {
  it("rejects every rewrite that loses, repeats or invents a slot, or brings a number", async () => {
    const model = scripted((_, turn) => corruptions[turn % corruptions.length]!(good));
    const { element: same, rejected } = await autoSteer(element, model, {
      domains: ["sport"],
      perspectives: ["first person", "second person"],
      ctx,
    });
    expect(rejected).toHaveLength(6);
    expect(new Set(rejected.map(({ text }) => text)).size).toBe(6);
    expect(same.texts).toEqual(element.texts);
  });

  it("keeps a good rewrite, after a retry where needed, and generates from it with the exact answer", async () => {
    const model = scripted((_, turn) => (turn === 0 ? corruptions[0]!(good) : good));
    const { element: steered, rejected } = await autoSteer(element, model, {
      domains: ["sport"],
      perspectives: ["third person"],
      ctx,
    });
    expect(rejected.map(({ because }) => because)).toEqual(["the slot {t} stands 0 times"]);
    for await (const one of generate(steered, { n: 1, seed: seedFrom(1), domain: "sport", options: "hidden" })) {
      expect(promptText(one)).toMatch(/^Tickets sell where demand is \d/);
      expect(Number(one.reference!.answer)).toBeCloseTo(one.context!["value"] as number, 2);
    }
  });

  it("asks a checking model, whose doubt rejects", async () => {
    const model = scripted(() => good);
    const options = { domains: ["sport"], perspectives: ["third person"], ctx, maxRetries: 0 };
    const doubted = await autoSteer(element, model, { ...options, check: scripted(() => "No, it asks for revenue.") });
    expect([Object.keys(doubted.element.texts).includes("sport"), doubted.rejected.length]).toEqual([false, 1]);
    const agreed = await autoSteer(element, model, { ...options, check: scripted(() => "Yes.") });
    expect(agreed.element.texts["sport"]).toEqual({ "third person": good });
    await expect(autoSteer(element, model, { ...options, domains: [] })).rejects.toThrow("at least one domain");
  });
});
