import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CodeTest,
  directContext,
  type JsonObject,
  type Reward,
  type Score,
  seedFrom,
  type Task,
  task,
} from "../../packages/laurel/src/core/index.ts";
import {
  code,
  humanEvalTask,
  labelLines,
  mbppTask,
  mutateLines,
  openSandbox,
  remoteSandbox,
  ruleMutator,
  type Sandbox,
  SandboxError,
} from "../../packages/laurel/src/rewards/verify/code/index.ts";
import { missing, where } from "./sandbox.ts";

const ctx = directContext();
const limits = { seconds: 20, loadSeconds: 20 };

async function scores(
  reward: Reward,
  answers: readonly string[],
  tests: readonly CodeTest[],
  more: Partial<Task> = {},
): Promise<readonly Score[]> {
  const one = { ...task("p", answers, { tests }), ...more };
  return (await reward.score([one], ctx))[0]!;
}

const summary = (score: Score): unknown =>
  score.unscored === undefined ? [score.value, score.fault] : score.unscored.reason;

describe.skipIf(missing !== undefined)(`verify.code${where}`, () => {
  const reward = code({ limits });
  const share = code({ limits, credit: "fraction" });
  afterAll(async () => {
    await reward[Symbol.asyncDispose]?.();
    await share[Symbol.asyncDispose]?.();
  });

  it("grades printed output, calls and assertions in one task", async () => {
    const tests: readonly CodeTest[] = [
      { kind: "call", name: "add", args: [1, 2], result: 3 },
      { kind: "assert", code: "assert add(2, 2) == 4" },
      {
        kind: "assert",
        code: "import random\nfor _ in range(5):\n    a, b = random.random(), random.random()\n    assert add(a, b) == add(b, a)",
      },
      { kind: "stdio", stdin: "4 5\n", stdout: "9\n" },
    ];
    const right = "def add(a, b): return a + b\nif __name__ == '__main__': print(add(*map(int, input().split())))";
    const [good, wrong] = await scores(reward, [right, right.replace("a + b", "a - b")], tests);
    expect(good).toMatchObject({ value: 1, facts: { passed: 4, count: 4 } });
    expect(wrong).toMatchObject({ value: 0, facts: { passed: 0 } });
    expect(wrong).not.toHaveProperty("fault");
  });

  it("gives shares and weights by the credit", async () => {
    const tests: readonly CodeTest[] = [
      { kind: "call", name: "f", args: [1], result: 1, weight: 3 },
      { kind: "call", name: "f", args: [2], result: 4, weight: 1 },
    ];
    const half = "def f(x): return 1";
    expect((await scores(share, [half], tests))[0]).toMatchObject({ value: 0.5 });
    expect((await scores(code({ limits, credit: "weighted" }), [half], tests))[0]).toMatchObject({ value: 0.75 });
    expect((await scores(reward, [half], tests))[0]).toMatchObject({ value: 0 });
  });

  it("names the candidate's own failures as faults at the floor, and a wrong answer as none", async () => {
    const tests: readonly CodeTest[] = [{ kind: "call", name: "f", args: [1], result: 2 }];
    const short = code({ limits: { seconds: 1, loadSeconds: 1, outputBytes: 1000 } });
    const given: readonly (readonly [string, unknown])[] = [
      ["", [0, "no-answer"]],
      ["I cannot do that.", [0, "no-answer"]],
      ["```python\ndef f(:\n```", [0, "malformed"]],
      ["def f(x): return 1 // 0", [0, "crashed"]],
      ["raise ValueError()", [0, "crashed"]],
      ["def f(x):\n  while True: pass", [0, "time-limit"]],
      ["x = bytearray(1 << 40)", [0, "memory-limit"]],
      ["print('x' * 2000)", [0, "over-long"]],
      ["def f(x): return x", [0, undefined]],
      ["def f(x): return object()", [0, undefined]],
    ];
    const got = await scores(
      short,
      given.map(([text]) => text),
      tests,
    );
    expect(got.map(summary)).toEqual(given.map(([, want]) => want));
    await short[Symbol.asyncDispose]?.();
  });

  it("is no fault where one test was passed and another hit a limit", async () => {
    const tests: readonly CodeTest[] = [
      { kind: "call", name: "f", args: [1], result: 1 },
      { kind: "call", name: "f", args: [2], result: 2 },
      { kind: "call", name: "f", args: [3], result: 3 },
    ];
    const short = code({ credit: "fraction", limits: { seconds: 1 } });
    const [score] = await scores(short, ["def f(x):\n  while x == 2: pass\n  return x"], tests);
    expect(score).toMatchObject({ value: 2 / 3 });
    expect((score as { facts: JsonObject }).facts["tests"]).toMatchObject([
      { passed: true },
      { failed: "time-limit" },
      { passed: true },
    ]);
    expect(score).not.toHaveProperty("fault");
    await short[Symbol.asyncDispose]?.();
  });

  it("is unscored without tests, with a test that is no code, and with weights that are all 0", async () => {
    expect((await reward.score([task("p", ["x"], "1")], ctx))[0]!.map(summary)).toEqual(["missing-reference"]);
    expect((await scores(reward, ["x = 1"], [{ kind: "assert", code: "assert (" }])).map(summary)).toEqual([
      "bad-reference",
    ]);
    const weightless = code({ credit: "weighted" });
    expect(
      (await scores(weightless, ["x"], [{ kind: "stdio", stdin: "", stdout: "", weight: 0 }])).map(summary),
    ).toEqual(["bad-reference"]);
  });

  it("compares under Python's rules in every form of assertion that it can separate", async () => {
    const program =
      "import math\nclass Solution:\n  def two(self, xs, k): return [0, 1]\ndef f(x): return x\ndef g(x): return {1: (2, 3), 'a': {4}}\ndef h(x): return 0.1 + 0.2\ndef n(x): return None";
    const right = [
      "assert f(1) == True",
      "assert g(1) == {'a': {4}, 1: (2, 3)}",
      "assert abs(h(1) - 0.3) < 1e-6",
      "import math\nassert math.isclose(h(1), 0.3)",
      "assert n(1) is None",
      "assert not n(1)",
      "assert f(10 ** 20) == 100000000000000000000",
      "assert f('a') in ('a', 'b')",
      "assert sorted(f([3, 1])) == [1, 3]",
      "assert 5 == f(5), 'message'",
      "assert f(3) > 2 and f(2) <= 2",
      "assert Solution().two([2, 7], 9) == [0, 1]",
      "assert f(float('inf')) == float('inf')",
      "assert f(2) != 3",
      "assert (f(1), f(2)) == (1, 2)",
      "assert f(b'x') == b'x'",
      "assert f(lambda v: v)",
    ];
    const wrong = [
      "assert g(1) == {1: [2, 3], 'a': {4}}",
      "assert h(1) == 0.3",
      "assert n(1)",
      "assert f(3) > 2 and f(2) < 2",
      "assert f((1,)) == [1]",
      "assert f(float('nan')) == float('nan')",
    ];
    const tests = [...right, ...wrong].map((one): CodeTest => ({ kind: "assert", code: one }));
    const [score] = await scores(share, [program], tests);
    const passed = ((score as { facts: JsonObject }).facts["tests"] as unknown as { passed: boolean }[]).map(
      (one) => one.passed,
    );
    // a function cannot leave its process, so that `assert f(lambda …)` is not met
    expect(passed).toEqual([...right.map((_, i) => i !== right.length - 1), ...wrong.map(() => false)]);
  });

  it("takes back what a function did to its arguments, and its exceptions, where test code is driven from outside", async () => {
    const program =
      "def sort(xs): xs.sort()\ndef bad(x): raise ValueError('no ' + str(x))\ndef add(a, b): return a + b";
    const tests: readonly CodeTest[] = [
      { kind: "assert", code: "a = [3, 1, 2]\nsort(a)\nassert a == [1, 2, 3]" },
      {
        kind: "assert",
        code: "try:\n    bad(1)\n    assert False\nexcept ValueError as e:\n    assert 'no 1' in str(e)",
      },
      { kind: "assert", code: "for k in (1, 2):\n    assert add(1, b=k) == 1 + k" },
      {
        kind: "assert",
        code: "def helper(x):\n    return [x, x - 1]\na = helper(2)\nsort(a)\nassert a == helper(1)[::-1] + [] or a == [1, 2]",
      },
    ];
    expect((await scores(reward, [program], tests))[0]).toMatchObject({ value: 1 });
  });

  it("grades the HumanEval form, as a body and as a whole function", async () => {
    const row = {
      task_id: "HumanEval/0",
      prompt:
        'from typing import List\n\n\ndef close(xs: List[float], t: float) -> bool:\n    """ Are two numbers closer than t? """\n',
      entry_point: "close",
      test: "\n\nMETADATA = {\n    'author': 'x'\n}\n\n\ndef check(candidate):\n    assert candidate([1.0, 2.0, 3.9], 0.3) == False\n    assert candidate([1.0, 2.8, 3.0], 0.3) == True\n",
    };
    const body = "    return any(abs(a - b) < t for i, a in enumerate(xs) for b in xs[i + 1:])";
    const whole = `\`\`\`python\ndef close(xs: List[float], t: float) -> bool:\n${body}\n\`\`\``;
    const made = humanEvalTask(row);
    const got = await scores(reward, [body, whole, "    return True"], made.reference!.tests!, {
      context: made.context,
    });
    expect(got.map(summary)).toEqual([
      [1, undefined],
      [1, undefined],
      [0, undefined],
    ]);
  });

  it("grades a HumanEval check with loops from outside", async () => {
    const test =
      "def check(candidate):\n    import random\n    rng = random.Random(1)\n    for _ in range(20):\n        x = rng.randint(0, 99)\n        assert candidate(x) == x * x, 'square'\n";
    const made = humanEvalTask({ task_id: "a", prompt: "def sq(x):\n", entry_point: "sq", test });
    const got = await scores(reward, ["    return x * x", "    return x + x"], made.reference!.tests!, {
      context: made.context,
    });
    expect(got.map(summary)).toEqual([
      [1, undefined],
      [0, undefined],
    ]);
  });

  it("grades the MBPP form", async () => {
    const made = mbppTask({
      task_id: 2,
      text: "Shared elements.",
      test_setup_code: "",
      test_list: [
        "assert set(similar((3, 4, 5, 6), (5, 7, 4, 10))) == set((4, 5))",
        "assert set(similar((1, 2), (2,))) == set((2,))",
      ],
    });
    const got = await scores(
      reward,
      ["def similar(a, b): return tuple(set(a) & set(b))", "def similar(a, b): return ()"],
      made.reference!.tests!,
    );
    expect(got.map(summary)).toEqual([
      [1, undefined],
      [0, undefined],
    ]);
  });

  it("shows the hazard of assertions inside: what equals everything passes there, and only there", async () => {
    const tests: readonly CodeTest[] = [{ kind: "assert", code: "for i in range(3):\n    assert f(i) == i * 7" }];
    const cheat = "class A:\n  __eq__ = lambda *a: True\ndef f(x): return A()";
    const inside = code({ limits, asserts: "inside" });
    expect((await scores(inside, [cheat], tests))[0]).toMatchObject({ value: 1 });
    expect((await scores(reward, [cheat], tests))[0]).toMatchObject({ value: 0 });
    // an early exit and printed verdicts pass in neither
    expect((await scores(inside, ["import os\nprint('passed')\nos._exit(0)"], tests))[0]).toMatchObject({ value: 0 });
    await inside[Symbol.asyncDispose]?.();
  });

  it("grades TypeScript by calls and by printed output", async () => {
    const typed = code({ language: "typescript", limits });
    const program =
      "```ts\nenum Sign { Minus = -1 }\nexport function f(x: number): number[] { return [x * Sign.Minus] }\nimport fs from 'node:fs';\nif (process.argv[1] === '/tmp/main.ts') console.log(f(Number(fs.readFileSync(0, 'utf8')))[0]);\n```";
    const tests: readonly CodeTest[] = [
      { kind: "call", name: "f", args: [3], result: [-3] },
      { kind: "stdio", stdin: "4\n", stdout: "-4" },
    ];
    expect((await scores(typed, [program], tests))[0]).toMatchObject({ value: 1 });
    expect((await scores(typed, ["```ts\nfunction f(x: { return 1 }\n```"], tests)).map(summary)).toEqual([
      [0, "malformed"],
    ]);
    await typed[Symbol.asyncDispose]?.();
  });

  it("is cancelled with its context and goes on with the next program", async () => {
    const controller = new AbortController();
    const stopped = directContext({ signal: controller.signal });
    const tests: readonly CodeTest[] = [{ kind: "stdio", stdin: "", stdout: "1" }];
    setTimeout(() => controller.abort(), 300);
    const began = performance.now();
    const [[score]] = (await reward.score([task("p", ["while True: pass"], { tests })], stopped)) as [[Score]];
    expect(summary(score)).toBe("cancelled");
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await scores(reward, ["print(1)"], tests))[0]).toMatchObject({ value: 1 });
  });

  it("is unscored, not a fault, where the context's deadline ends the run", async () => {
    const hurried = directContext({ deadline: Date.now() + 300 });
    const tests: readonly CodeTest[] = [{ kind: "stdio", stdin: "", stdout: "1" }];
    const [[score]] = (await reward.score([task("p", ["while True: pass"], { tests })], hurried)) as [[Score]];
    expect(summary(score)).toBe("deadline");
    const [[after]] = (await reward.score([task("p", ["print(1)"], { tests })], hurried)) as [[Score]];
    expect(summary(after)).toBe("deadline");
  });

  it("does not let a function end a test's loop by StopIteration", async () => {
    const tests: readonly CodeTest[] = [
      { kind: "assert", code: "for a, b in zip(map(f, [1, 2]), [7, 8]):\n    assert a == b" },
    ];
    const got = await scores(reward, ["def f(x): raise StopIteration", "def f(x): return x + 6"], tests);
    expect(got.map((score) => (score as { value: number }).value)).toEqual([0, 1]);
  });

  it("has a fingerprint that changes with what decides the score", () => {
    expect(code().fingerprint).toBe(code({}).fingerprint);
    expect(code({ credit: "fraction" }).fingerprint).not.toBe(code().fingerprint);
    expect(code().spec).toEqual({ kind: "verify.code" });
  });
});

describe.skipIf(missing !== undefined)(`openSandbox${where}`, () => {
  it("refuses uid 0 and a Python that is not there, and says what to do", async () => {
    await expect(openSandbox({ uid: 0 })).rejects.toThrow("must not run as root");
    const absent = await openSandbox({ python: "no-such-python" }).catch((error: unknown) => error);
    expect(absent).toBeInstanceOf(SandboxError);
    expect((absent as SandboxError).hint).toContain("python");
    const reward = code({ sandbox: { python: "no-such-python" } });
    const [score] = await scores(reward, ["x = 1"], [{ kind: "stdio", stdin: "", stdout: "" }]);
    expect(summary(score!)).toBe("sandbox");
  });

  it("separates a test's code so that no expected value is in what the program's process evaluates", async () => {
    await using sandbox = await openSandbox({ slots: 1 });
    const plans = await sandbox.plan([
      "assert f([1, 2], k=3) == {'a': 77}, 'must be 77'",
      "assert 77 == f(1)",
      "assert abs(f(2) - 77.5) < 1e-3",
      "assert f(1) in [77, 78] and not g(2)",
      "assert sorted(Solution().f(1))[0] >= 77",
      "from math import inf\nassert f(1) != float('77')",
    ]);
    const sent = plans.flatMap((plan) => ("steps" in plan ? plan.steps.map((step) => step.eval ?? step.exec) : ["?"]));
    expect(sent).toEqual([
      "f([1, 2], k=3)",
      "f(1)",
      "f(2)",
      "f(1)",
      "g(2)",
      "sorted(Solution().f(1))[0]",
      "from math import inf",
      "f(1)",
    ]);
    // whatever computes with the result, or holds a verdict of its own, goes to the driver whole
    for (const whole of [
      "assert f(1) - 77 == 0",
      "assert isinstance(f(1), int)",
      "assert f(1) == g(77)",
      "x = f(1)\nassert x == 77",
      "assert bool(f(1) == 77)",
      "assert all(f(i) == 77 for i in [1])",
      "assert (lambda v: v == 77)(f(1))",
      "assert f(1) == 77 or f(1) == 78",
      "assert [f(1) == 77]",
      "assert f(1)[77 if f(2) else 0]",
    ])
      expect(await sandbox.plan([whole]), whole).toEqual([{ drive: whole }]);
    expect(await sandbox.plan(["assert f(1) =="])).toMatchObject([{ bad: expect.stringContaining("invalid syntax") }]);
    // no power or repetition is worked out that would stop the planner
    expect(await sandbox.plan(["assert f(1) == 9 ** 9 ** 9", "assert f(1) == 'a' * 10 ** 12"])).toMatchObject([
      { drive: expect.anything() },
      { drive: expect.anything() },
    ]);
  });

  it("imports what is to be preloaded once, and says what is not there", async () => {
    await using sandbox = await openSandbox({ slots: 1, preload: ["xml.dom.minidom"] });
    const loaded = "import sys\nprint('xml.dom.minidom' in sys.modules)";
    expect((await sandbox.run({ program: loaded, stdin: "" })).stdout).toBe("True\n");
    await expect(openSandbox({ preload: ["no_such_module"] })).rejects.toThrow("no_such_module");
  });

  it("rejects work in hand when it is closed, and work after", async () => {
    const sandbox = await openSandbox({ slots: 1 });
    const running = sandbox.run({ program: "while True: pass", stdin: "" }).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await sandbox[Symbol.asyncDispose]();
    expect(await running).toBeInstanceOf(SandboxError);
    await expect(sandbox.run({ program: "", stdin: "" })).rejects.toThrow("closed");
    expect(sandbox.broken).toBe(true);
  });

  it("keeps what one program printed out of the memory of the next", async () => {
    await using sandbox = await openSandbox({ slots: 1 });
    const token = `tok${Math.floor(performance.now() * 1000)}en`;
    const print = `print(''.join(${JSON.stringify([...token])}))`;
    expect((await sandbox.run({ program: print, stdin: "" })).stdout).toBe(`${token}\n`);
    const [head, tail] = [token.slice(0, 5), token.slice(5)];
    const search = `import ctypes\nfound = 0\nfor line in open('/proc/self/maps'):\n  w = line.split()\n  if 'rw' not in w[1]: continue\n  a, b = (int(v, 16) for v in w[0].split('-'))\n  found += ctypes.string_at(a, b - a).count(('${head}' + '${tail}').encode())\nprint(found)`;
    // its own text of the token is made at run time: the search itself holds up to a few copies, an inherited one would add to them
    const own = Number((await sandbox.run({ program: search, stdin: "" })).stdout);
    await using fresh = await openSandbox({ slots: 1 });
    expect(own).toBe(Number((await fresh.run({ program: search, stdin: "" })).stdout));
  });
});

describe.skipIf(missing !== undefined)(`labelLines${where}`, () => {
  it("labels mutations and refactorings by running them, and rejects nothing that the tests accept", async () => {
    await using sandbox = await openSandbox();
    const program =
      "def f(xs):\n    total = 0\n    for x in xs:\n        if x > 0:\n            total += x\n    return total + 1";
    const tests: readonly CodeTest[] = [
      { kind: "call", name: "f", args: [[1, -2, 3]], result: 5 },
      { kind: "call", name: "f", args: [[]], result: 1 },
      { kind: "call", name: "f", args: [[-1, 0]], result: 1 },
    ];
    const o = { sandbox, timeoutMs: 20_000 };
    expect(await labelLines({ line: 0, kind: "refactor", code: program }, tests, o)).toEqual({
      line: 0,
      label: 1,
      cause: "pass",
    });
    const labels = [];
    for await (const variant of mutateLines(program, { writer: ruleMutator(), seed: seedFrom(3), perLine: 2 }))
      labels.push({ ...(await labelLines(variant, tests, o)), kind: variant.kind, note: variant.note });
    const refactored = labels.filter((one) => one.kind === "refactor");
    expect(refactored.length).toBeGreaterThan(2);
    expect(refactored.every((one) => one.label === 1)).toBe(true);
    expect(labels.filter((one) => one.kind === "mutation" && one.label === 0).length).toBeGreaterThan(3);
    // x > 0 and x >= 0 add the same sum: an equivalent mutant
    const same = await labelLines({ line: 3, kind: "mutation", code: program.replace("x > 0", "x >= 0") }, tests, o);
    expect(same).toEqual({ line: 3, label: 1, cause: "pass", equivalentMutant: true });
    const broken = await labelLines({ line: 5, kind: "mutation", code: `${program} +` }, tests, o);
    expect(broken).toEqual({ line: 5, label: 0, cause: "compile" });
    const undefinedName = await labelLines(
      { line: 1, kind: "mutation", code: program.replace("total = 0", "totals = 0") },
      tests,
      o,
    );
    expect(undefinedName).toEqual({ line: 1, label: 0, cause: "runtime" });
  });
});

describe.skipIf(missing !== undefined)(`the remote sandbox${where}`, () => {
  const requests: JsonObject[] = [];
  let local: Sandbox;
  let url = "";
  let answer: ((body: JsonObject) => Promise<JsonObject>) | undefined;
  // a service that speaks Sandbox Fusion's wire and runs each program in the local sandbox
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text) as JsonObject;
    requests.push(body);
    if (answer !== undefined) {
      response.end(JSON.stringify(await answer(body)));
      return;
    }
    const language = body["language"] === "nodejs" ? "javascript" : "python";
    const ran = await local.run({
      program: String(body["code"]),
      stdin: String(body["stdin"]),
      language,
      limits: { seconds: Number(body["run_timeout"]), outputBytes: 1 << 24 },
    });
    const late = ran.ended === "time-limit";
    const status = late || ran.code !== 0 ? "Failed" : "Success";
    const run_result = {
      status: late ? "TimeLimitExceeded" : "Finished",
      execution_time: ran.ms / 1000,
      return_code: ran.code,
      stdout: ran.stdout,
      stderr: ran.stderr,
    };
    response.end(
      JSON.stringify({ status, message: "", compile_result: null, run_result, executor_pod_name: null, files: {} }),
    );
  });
  beforeAll(async () => {
    local = await openSandbox();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/run_code`;
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await local[Symbol.asyncDispose]();
  });

  it("grades printed output, calls and separable assertions, and sends no expected output", async () => {
    const reward = code({ sandbox: "remote", url, limits });
    const tests: readonly CodeTest[] = [
      { kind: "stdio", stdin: "20\n", stdout: "20123\n" },
      { kind: "call", name: "f", args: [30], result: 30123 },
      { kind: "assert", code: "assert f(40) == 40123" },
    ];
    const program =
      "def f(x): return x + 20000 + 10103 - 10000 + 10 + 10 - 20000 + (0 if x < 0 else x * 0)\ndef g(x): return int(str(x) + str(100 + 23))\nf = g\nif __name__ == '__main__': print(g(int(input())))";
    requests.length = 0;
    const got = await scores(reward, [program, "def f(x): return 1", "def f(x"], tests);
    expect(got.map(summary)).toEqual([
      [1, undefined],
      [0, undefined],
      [0, "no-answer"],
    ]);
    const sent = requests.filter((body) => !String(body["stdin"]).includes('"codes"'));
    expect(JSON.stringify(sent)).not.toMatch(/[234]0123/);
    expect(Object.keys(requests[0]!).sort()).toEqual([
      "code",
      "compile_timeout",
      "fetch_files",
      "files",
      "language",
      "memory_limit_MB",
      "run_timeout",
      "stdin",
    ]);
  });
  it("grades calls in JavaScript", async () => {
    const reward = code({ sandbox: { url }, language: "javascript", limits });
    const tests: readonly CodeTest[] = [{ kind: "call", name: "f", args: [[1, 2]], result: { a: [2, 4] } }];
    expect((await scores(reward, ["const f = (x) => ({ a: x.map((v) => v * 2) });"], tests)).map(summary)).toEqual([
      [1, undefined],
    ]);
  });
  it("refuses assertions that it could only run inside, unless told to", async () => {
    const tests: readonly CodeTest[] = [{ kind: "assert", code: "for i in range(3):\n    assert f(i) == i" }];
    expect((await scores(code({ sandbox: { url }, limits }), ["def f(x): return x"], tests)).map(summary)).toEqual([
      "sandbox",
    ]);
    const inside = code({ sandbox: { url }, limits, asserts: "inside" });
    expect((await scores(inside, ["def f(x): return x", "def f(x): return 0"], tests)).map(summary)).toEqual([
      [1, undefined],
      [0, undefined],
    ]);
  });
  it("reads the service's limits and failures", async () => {
    const reward = code({ sandbox: { url }, limits });
    const tests: readonly CodeTest[] = [{ kind: "stdio", stdin: "", stdout: "1" }];
    const stage = { status: "Finished", execution_time: 0.1, return_code: 0, stdout: "1\n", stderr: "" };
    const said: readonly (readonly [JsonObject, unknown])[] = [
      [{ status: "Success", message: "", compile_result: null, run_result: stage }, [1, undefined]],
      [
        {
          status: "Failed",
          message: "",
          compile_result: null,
          run_result: { ...stage, status: "TimeLimitExceeded", return_code: null },
        },
        [0, "time-limit"],
      ],
      [
        {
          status: "Failed",
          message: "",
          compile_result: { ...stage, status: "Error", return_code: 1, stderr: "bad" },
          run_result: null,
        },
        [0, "malformed"],
      ],
      [
        { status: "Failed", message: "", compile_result: null, run_result: { ...stage, return_code: 1, stdout: "" } },
        [0, "crashed"],
      ],
      [{ status: "SandboxError", message: "full", compile_result: null, run_result: null }, "sandbox"],
      [{ hello: 1 }, "sandbox"],
    ];
    for (const [reply, want] of said) {
      answer = async () => reply;
      expect((await scores(reward, ["```python\nprint(1)\n```"], tests)).map(summary)).toEqual([want]);
    }
    answer = undefined;
    const gone = code({ sandbox: { url: "http://127.0.0.1:9/run_code" }, limits });
    expect((await scores(gone, ["print(1)"], tests)).map(summary)).toEqual(["transport"]);
    expect(() => remoteSandbox({ url })).not.toThrow();
  });
});
