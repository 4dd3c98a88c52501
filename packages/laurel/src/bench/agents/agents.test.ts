import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import { benchmarkOf } from "../benchmarks/index.ts";
import { credited, scorecard } from "../figures.ts";
import { loadBenchmark } from "../load.ts";
import { agentJudgements, agentRows } from "./folder.ts";
import { fourStepOptimality, judgementValue } from "./judgements.ts";
import { labelledRuns } from "./labels.ts";
import { agentRun } from "./trajectory.ts";

const root = mkdtempSync(join(tmpdir(), "agents-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const write = (name: string, content: string | object): void => {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
};

const says = (content: string) => ({ response: { choices: [{ message: { content } }] } });

describe("judgementValue", () => {
  it("reads the four kinds of published judgements; an answer that names neither is a failure, none at all is n/a", () => {
    expect(judgementValue(says("<reasoning>r</reasoning><success>Successful</success>"), "gpt-4o-noscreen")).toBe(1);
    expect(judgementValue(says("<success>unsuccesful</success>"), "gpt-4o-noscreen")).toBe(0);
    expect(judgementValue(says("<success>n/a</success>"), "gpt-4o-noscreen")).toBe(-1);
    expect(judgementValue(says("it went well"), "gpt-4o-noscreen")).toBe(0);
    expect(judgementValue({ response: null }, "gpt-4o-noscreen")).toBe(-1);
    expect(judgementValue({ response: { choices: [] } }, "gpt-4o-noscreen")).toBe(-1);
    expect(judgementValue(says("Thoughts: fine\nStatus: success"), "aerv")).toBe(1);
    expect(judgementValue(says("Thoughts: no\nStatus: failure"), "aer")).toBe(0);
    expect([1, 2, 3, 4, 5].map((grade) => judgementValue(says(`Thought: so\nReward: ${grade}`), "nnetnav"))).toEqual([
      0, 0, 0, 1, 1,
    ]);
    expect(judgementValue({ trajectory_info: { summary_info: { cum_reward: 0.5 } } }, "functional")).toBe(0);
    expect(judgementValue({ trajectory_info: { summary_info: { cum_reward: 1 } } }, "functional")).toBe(1);
    expect(judgementValue({}, "functional")).toBeUndefined();
    expect(([1, 2, 3, 4, 5] as const).map(fourStepOptimality)).toEqual([1, 1, 2, 3, 4]);
  });
});

describe("agentRun", () => {
  const place = { file: "run.json", line: 1 };
  const steps = [
    {
      url: "http://shop",
      action: "click('12')",
      reasoning: "the cart is there",
      axtree: "tree 1",
      screenshot_path: "1.png",
    },
    { url: "http://shop/cart", action: "send_msg_to_user('done')", axtree: "tree 2", screenshot_path: "2.png" },
  ];

  it("makes messages of a run: what was seen last, the reasoning apart, and each action as a call", () => {
    expect(agentRun({ goal: "Buy it.", steps }, place)).toEqual({
      goal: "Buy it.",
      output: [
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "the cart is there" },
            { type: "tool-call", id: "step-1", name: "browser", input: { action: "click('12')", url: "http://shop" } },
          ],
        },
        { role: "tool", content: [{ type: "text", text: "tree 2" }] },
        {
          role: "assistant",
          content: [
            {
              type: "tool-call",
              id: "step-2",
              name: "browser",
              input: { action: "send_msg_to_user('done')", url: "http://shop/cart" },
            },
          ],
        },
      ],
    });
  });

  it("takes screenshots where they are asked for, and refuses runs without steps, actions or pictures", () => {
    const screenshot = (path: string) => ({ hash: path, mediaType: "image/png", uri: path });
    const { output } = agentRun({ steps }, place, { observation: "both", every: true, screenshot });
    expect(output[0]).toEqual({
      role: "tool",
      content: [
        { type: "text", text: "tree 1" },
        { type: "image", media: screenshot("1.png") },
      ],
    });
    expect(() => agentRun({ steps: [] }, place)).toThrow(/steps.*at least one step/);
    expect(() => agentRun({ steps: [{ url: "u" }] }, place)).toThrow(/steps\[0\]\.action/);
    expect(() => agentRun({ steps: [{ action: "a" }] }, place, { observation: "screenshot" })).toThrow(
      /screenshot_path/,
    );
  });
});

describe("a folder in AgentRewardBench's layout", () => {
  const annotations = [
    "annotator_name,benchmark,task_id,model_name,exp_name,trajectory_success,trajectory_side_effect,trajectory_optimality,trajectory_looping",
    "A,webarena,webarena.1,m,m_on_webarena,Successful,No,4. Completely Optimal,No",
    "B,webarena,webarena.1,m,m_on_webarena,Unsuccessful,No,2. Suboptimal,No",
    "A,webarena,webarena.resized.2,m,m_on_webarena,Unsuccessful,Yes,1. Complete Failure,Yes",
    "A,workarena,workarena.order-l2,m,m_on_workarena,Successful,No,3. Somewhat Optimal,No",
  ];
  write("annotations.csv", `${annotations.join("\n")}\n`);
  write(
    "splits.csv",
    "task_id,benchmark,split\nwebarena.1,webarena,test\nwebarena.2,webarena,dev\nworkarena.order-l2,workarena,test\n",
  );
  const judged = (benchmark: string, task: string, judge: string, content: string) =>
    write(`judgments/${benchmark}/m/${judge}/${task}.json`, says(content));
  judged("webarena", "webarena.1", "gpt", "<success>Successful</success>");
  judged("webarena", "webarena.resized.2", "gpt", "<success>Successful</success>");
  judged("workarena", "workarena.order-l2", "gpt", "<success>Unsuccessful</success>");

  it("gives the test split by default, another or all on demand, and the published judgements by item", async () => {
    const ids = async (split?: string) =>
      (await loadBenchmark(benchmarkOf("agentrewardbench"), root, { split })).map(({ task }) => task.id);
    expect(await ids()).toEqual(["webarena/m/webarena.1", "workarena++/m/workarena.order-l2"]);
    expect(await ids("dev")).toEqual(["webarena/m/webarena.2"]);
    expect(await ids("all")).toHaveLength(3);
    await expect(ids("train")).rejects.toThrow(/no split 'train'/);
    expect(agentJudgements(root, "gpt")).toEqual(
      new Map([
        ["webarena/m/webarena.1", 1],
        ["webarena/m/webarena.2", 1],
        ["workarena++/m/workarena.order-l2", 0],
      ]),
    );
    expect(() => agentJudgements(root, "other")).toThrow(/no judge 'other'/);
    expect(await agentRows(join(root, "judgments"))).toBeUndefined();
  });

  it("reads the runs for a judge that is asked now, and says which file is missing", async () => {
    write("cleaned/webarena/m/m_on_webarena/webarena.1.json", {
      goal: "Buy it.",
      steps: [{ action: "click('1')", axtree: "a page" }],
      summary_info: { cum_reward: 1 },
    });
    await expect(loadBenchmark(benchmarkOf("agentrewardbench"), root)).rejects.toThrow(
      /no run at .*workarena\.order-l2\.json/,
    );
    write("cleaned/workarena/m/m_on_workarena/workarena.order-l2.json", {
      goal: "Order.",
      steps: [{ action: "noop()" }],
    });
    const [first] = await loadBenchmark(benchmarkOf("agentrewardbench"), root);
    expect(first!.task.prompt).toEqual([{ role: "user", content: "Buy it." }]);
    expect(first!.task.candidates[0]!.output).toHaveLength(2);
    expect(first!.labels.extra!["cum_reward"]).toBe(1);
    // the label is not in the task
    expect(JSON.stringify(first!.task)).not.toContain("uccessful");
  });
});

const published = dataPath("agentrewardbench/annotations.csv");

describe("the published labels", () => {
  const load = () => loadBenchmark(benchmarkOf("agentrewardbench"), dirname(published!), { split: "all" });

  it.skipIf(published === undefined)(
    "give the experts' rates of success over 1,302 runs, by benchmark too (needs data/agentrewardbench)",
    async () => {
      const benchmark = benchmarkOf("agentrewardbench");
      const items = (await load()).map(({ task, cluster, subsets, labels }) => ({
        id: task.id,
        cluster,
        subsets,
        labels: { correct: labels.correct },
        values: [1],
      }));
      // one of the 1,302 is unsure
      expect(items).toHaveLength(1301);
      const rate = (name?: string) => {
        const own = name === undefined ? items : items.filter(({ subsets }) => subsets["benchmark"] === name);
        const card = scorecard(benchmark, credited(benchmark, own));
        const value = card.figures.find((one) => one.name === "expert success")!.value!;
        return [own.length, Number((100 * value).toFixed(1))];
      };
      // the specification's figures, from the same file; it counts the unsure run of WebArena as none
      expect(rate()).toEqual([1301, 27.3]);
      expect(rate("webarena")).toEqual([397, 36.8]);
      expect(rate("workarena")).toEqual([72, 56.9]);
      expect(rate("workarena++")).toEqual([400, 16.8]);
      expect(rate("visualwebarena")).toEqual([300, 30.3]);
      expect(rate("assistantbench")).toEqual([132, 7.6]);
    },
  );

  it.skipIf(published === undefined)(
    "have 106 runs with two labels, which agree on 87.7, 96.2 and 89.6 % (needs data/agentrewardbench)",
    async () => {
      const rows = await agentRows(dirname(published!), { split: "all" });
      const both = labelledRuns(rows!).filter(({ second }) => second !== undefined);
      const agree = (of: "success" | "sideEffect" | "loop") =>
        Number(((100 * both.filter(({ first, second }) => first[of] === second![of]).length) / both.length).toFixed(1));
      expect([both.length, agree("success"), agree("sideEffect"), agree("loop")]).toEqual([106, 87.7, 96.2, 89.6]);
    },
  );
});
