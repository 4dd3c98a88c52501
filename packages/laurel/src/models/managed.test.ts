import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, type Generation, type Json, type LaurelError, type Usage, unscored } from "../core/index.ts";
import { type Clock, withLimits } from "./around/limit.ts";
import type { Call, Traits } from "./call.ts";
import { Budget, type CallCache, type ModelRun, managed, parseBudget, scriptedModel, withModelRun } from "./index.ts";

const ask = (text: string) => ({ messages: [{ role: "user" as const, content: text }] });

function memory(): CallCache & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getCalls: (keys) => keys.map((key) => (kept.has(key) ? (JSON.parse(kept.get(key)!) as Json) : undefined)),
    putCalls: (entries) => {
      for (const [key, answers] of entries) kept.set(key, JSON.stringify(answers));
    },
  };
}

function runOf(more: Partial<ModelRun> = {}): ModelRun & { halted: LaurelError[] } {
  const halted: LaurelError[] = [];
  return { identities: new Map(), halt: (error) => halted.push(error), halted, ...more };
}

describe("the cache of model calls", () => {
  it("gives the same answer again without asking or spending, by model, request, seed and repeat", async () => {
    let asked = 0;
    const model = managed(scriptedModel(() => `answer ${asked++}`, { version: 1 }));
    const used: Usage[] = [];
    const run = runOf({ cache: memory() });
    const ctx = (repeat = 0) => withModelRun(directContext({ repeat, spend: (usage) => used.push(usage) }), run);
    const text = async (request: object, repeat = 0) =>
      ((await model.generate([{ ...ask("a"), ...request }], ctx(repeat)))[0]![0] as Generation).text;
    expect(await text({})).toBe("answer 0");
    expect(await text({})).toBe("answer 0");
    expect(used).toHaveLength(1);
    expect(await text({ seed: 1 })).toBe("answer 1");
    expect(await text({ temperature: 0 })).toBe("answer 2");
    expect(await text({}, 1)).toBe("answer 3");
    expect(await text({}, 1)).toBe("answer 3");
    const other = managed(scriptedModel(() => "other", { version: 2 }));
    expect((await other.generate([ask("a")], ctx()))[0]![0]).toMatchObject({ text: "other" });
    const unnamed = managed(scriptedModel(() => `x${asked++}`));
    const twice = [await unnamed.generate([ask("a")], ctx()), await unnamed.generate([ask("a")], ctx())];
    expect(JSON.stringify(twice[0])).not.toBe(JSON.stringify(twice[1]));
  });

  it("keeps no failure, and uses no answer of another identity than the run's", async () => {
    const cache = memory();
    let refuse = true;
    const model = managed(
      scriptedModel(() => (refuse ? { refusal: "no" } : { text: "x", modelId: "m-1" }), { version: 1 }),
    );
    await model.generate([ask("a")], withModelRun(directContext(), runOf({ cache })));
    expect(cache.kept.size).toBe(0);
    refuse = false;
    await model.generate([ask("a")], withModelRun(directContext(), runOf({ cache })));
    expect(cache.kept.size).toBe(1);
    const moved = managed(scriptedModel(() => ({ text: "y", modelId: "m-2" }), { version: 1 }));
    const run = runOf({ cache, identities: new Map([["scripted", "m-2"]]) });
    expect((await moved.generate([ask("a")], withModelRun(directContext(), run)))[0]![0]).toMatchObject({ text: "y" });
    const fresh = runOf({ cache: memory(), identities: new Map([["scripted", "m-1"]]) });
    expect((await moved.generate([ask("b")], withModelRun(directContext(), fresh)))[0]![0]).toHaveProperty("unscored");
    expect(fresh.halted.map(({ exitCode }) => exitCode)).toEqual([4]);
  });
});

describe("a budget", () => {
  it("reads amounts, and nothing else", () => {
    expect(parseBudget("2usd")).toMatchObject({ usd: 2, tokens: undefined });
    expect(parseBudget("1e6tok, 0.5usd")).toMatchObject({ usd: 0.5, tokens: 1e6 });
    for (const text of ["", "2", "2eur", "-1usd", "0usd", "1e999tok", "1usd,2usd", "NaNusd"])
      expect(() => parseBudget(text), text).toThrow("budget");
  });

  it("is not exceeded, whatever calls cost within their bounds and however many are in flight, and is used until the next might not fit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            most: fc.integer({ min: 1, max: 50 }),
            share: fc.double({ min: 0, max: 1, noNaN: true }),
            wait: fc.integer({ min: 0, max: 3 }),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        fc.integer({ min: 1, max: 300 }),
        async (calls, limit) => {
          const budget = new Budget({ tokens: limit });
          let refused = 0;
          await Promise.all(
            calls.map(async ({ most, share, wait }) => {
              const held = await budget.reserve({ tokens: most }, "m");
              if (held instanceof Error) {
                refused++;
                expect(budget.spent.tokens + most).toBeGreaterThan(limit);
                return;
              }
              for (let i = 0; i < wait; i++) await Promise.resolve();
              held.settle({ tokens: Math.floor(share * most) });
              expect(budget.spent.tokens).toBeLessThanOrEqual(limit);
            }),
          );
          const largest = calls.reduce((sum, { most }) => sum + most, 0);
          if (largest <= limit) expect(refused).toBe(0);
        },
      ),
    );
  });

  it("refuses the call that does not fit, ends the run, and charges what a silent server can have used at most", async () => {
    const budget = new Budget({ tokens: 1000 });
    const run = runOf({ budget });
    const silent = managed(
      scriptedModel(() => ({ text: "x", usage: { inputTokens: 0, outputTokens: 0 } }), { version: 1 }),
    );
    const request = { ...ask("hello"), maxTokens: 10 };
    const first = await silent.generate([request], withModelRun(directContext(), run));
    expect(first[0]![0]).toMatchObject({ text: "x" });
    expect(budget.spent.tokens).toBeGreaterThan(10);
    for (let i = 0; i < 5; i++) await silent.generate([{ ...request, seed: i }], withModelRun(directContext(), run));
    expect(budget.spent.tokens).toBeLessThanOrEqual(1000);
    expect(run.halted[0]).toMatchObject({ exitCode: 4 });
    const last = await silent.generate([{ ...request, seed: 9 }], withModelRun(directContext(), run));
    expect(last[0]![0]).toMatchObject({ unscored: { reason: "budget", transient: false } });
  });
});

describe("limits", () => {
  const traits: Traits<number, { tokens: number }> = {
    key: (request) => request,
    bound: (request) => ({ input: request * 4, output: 0 }),
    usage: (answers) => ({
      inputTokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
      outputTokens: 0,
      calls: 1,
    }),
    identity: () => undefined,
    pack: () => null,
    unpack: () => [],
  };

  /** A clock that goes on only while somebody waits. */
  function clock(): Clock & { time: number } {
    const own = {
      time: 1_000_000,
      now: () => own.time,
      sleep: async (milliseconds: number) => {
        await Promise.resolve();
        own.time += milliseconds;
      },
    };
    return own;
  }

  it("keeps the number of calls in flight", async () => {
    let running = 0;
    let most = 0;
    const call: Call<number, { tokens: number }> = async () => {
      most = Math.max(most, ++running);
      for (let i = 0; i < 5; i++) await Promise.resolve();
      running--;
      return [{ tokens: 1 }];
    };
    const limited = withLimits(call, traits, { concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, (_, i) => limited(i, directContext())));
    expect(most).toBe(3);
  });

  it("begins no more requests and tokens than allowed within any minute, and no call too late", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 40, max: 100 }),
        async (sizes, requestsPerMinute, tokensPerMinute) => {
          const time = clock();
          const begun: { at: number; tokens: number }[] = [];
          const call: Call<number, { tokens: number }> = async (tokens) => {
            begun.push({ at: time.now(), tokens });
            return [{ tokens }];
          };
          const limited = withLimits(call, traits, { concurrency: 100, requestsPerMinute, tokensPerMinute }, time);
          await Promise.all(sizes.map((size) => limited(size, directContext())));
          expect(begun.map(({ tokens }) => tokens)).toEqual(sizes);
          for (const { at } of begun) {
            const within = begun.filter((one) => one.at > at - 60_000 && one.at <= at);
            expect(within.length).toBeLessThanOrEqual(requestsPerMinute);
            expect(within.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(tokensPerMinute);
          }
          // a call begins as soon as the windows have room: just before, one of them had none
          for (const [i, { at, tokens }] of begun.entries()) {
            if (i === 0 || at === begun[i - 1]!.at) continue;
            const before = begun.slice(0, i).filter((one) => one.at > at - 60_001);
            const full = before.length + 1 > requestsPerMinute;
            expect(full || before.reduce((sum, one) => sum + one.tokens, tokens) > tokensPerMinute).toBe(true);
          }
        },
      ),
    );
  });

  it("lets a request that is larger than a minute's tokens pass when nothing else was begun", async () => {
    const time = clock();
    const limited = withLimits(async (tokens: number) => [{ tokens }], traits, { tokensPerMinute: 10 }, time);
    expect(await limited(50, directContext())).toEqual([{ tokens: 50 }]);
    await limited(1, directContext());
    expect(time.now()).toBe(1_060_000);
  });

  it("holds all calls back while a server asks to wait", async () => {
    const time = clock();
    const begun: number[] = [];
    const call: Call<number, { tokens: number }> = async () => {
      begun.push(time.now());
      const late = { ...unscored("rate-limit", "later"), retryAfter: 5000 };
      return [begun.length === 1 ? late : { tokens: 1 }];
    };
    const limited = withLimits(call, traits, {}, time);
    await limited(1, directContext());
    await Promise.all([limited(2, directContext()), limited(3, directContext())]);
    expect(begun).toEqual([1_000_000, 1_005_000, 1_005_000]);
  });
});
