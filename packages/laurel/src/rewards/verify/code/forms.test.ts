import { describe, expect, it } from "vitest";
import { humanEvalTask, mbppTask, verlTests } from "./forms.ts";

describe("foreign forms", () => {
  it("makes a HumanEval row one check behind its prompt", () => {
    const row = {
      task_id: "HumanEval/9",
      prompt: "def g(x):\n",
      test: "def check(candidate):\n    assert candidate(1) == 1",
      entry_point: "g",
    };
    const made = humanEvalTask(row);
    expect(made.context).toEqual({ codePrefix: "def g(x):\n" });
    expect(made.reference?.tests).toEqual([{ kind: "assert", code: `${row.test}\n\ncheck(g)\n` }]);
    expect(() => humanEvalTask({ task_id: "x", prompt: "" })).toThrow("test: expected a string");
  });
  it("makes each MBPP assertion a test behind the set-up code", () => {
    const made = mbppTask({
      task_id: 7,
      text: "Do.",
      test_setup_code: "import math",
      test_list: ["assert f(1) == 2", "assert f(2) == 3"],
      challenge_test_list: ["assert f(9) == 1"],
    });
    expect(made.id).toBe("mbpp/7");
    expect(made.reference?.tests).toEqual([
      { kind: "assert", code: "import math\nassert f(1) == 2" },
      { kind: "assert", code: "import math\nassert f(2) == 3" },
    ]);
    expect(
      mbppTask(
        {
          task_id: 7,
          prompt: "Do.",
          test_imports: ["import re"],
          test_list: ["assert 1"],
          challenge_test_list: ["assert 2"],
        },
        { challenge: true },
      ).reference?.tests,
    ).toHaveLength(2);
  });
  it("reads verl's three forms of tests", () => {
    expect(verlTests({ assert_case: ["assert f(1)"] })).toEqual([{ kind: "assert", code: "assert f(1)" }]);
    expect(verlTests({ inputs: ["1\n"], outputs: ["2\n"] })).toEqual([{ kind: "stdio", stdin: "1\n", stdout: "2\n" }]);
    expect(verlTests({ fn_name: "f", inputs: ["1\n[2, 3]"], outputs: ["[5]"] })).toEqual([
      { kind: "call", name: "f", args: [1, [2, 3]], result: [5] },
    ]);
    expect(() => verlTests({ inputs: ["1"], outputs: [] })).toThrow("equal length");
  });
});
