import { describe, expect, it } from "vitest";
import { UsageError } from "../../core/index.ts";
import { parseRunFilter, runFilterText } from "./query.ts";
import { matchRuns, runResults, runsFromRows } from "./tracked-runs.ts";

const source = "?we=team&wpn=cleanrl&ceik=env_id&cen=exp_name&metric=charts/episodic_return";

describe("parseRunFilter", () => {
  it("reads a source and experiments: tags together, values as alternatives, literals", () => {
    const filter = parseRunFilter([
      source,
      "ppo?tag=v1&tag=latest&user=ann&cl=PPO+(ours)&lr=1e-4&lr=3e-4&anneal=True&note=None",
      "dqn",
    ]);
    expect(filter.source).toEqual({
      entity: "team",
      project: "cleanrl",
      environmentKey: "env_id",
      nameKey: "exp_name",
      metric: "charts/episodic_return",
      xaxis: "global_step",
    });
    expect(filter.experiments).toEqual([
      {
        name: "ppo",
        tags: ["v1", "latest"],
        user: "ann",
        label: "PPO (ours)",
        settings: { lr: [1e-4, 3e-4], anneal: [true], note: [null] },
      },
      { name: "dqn", tags: [], user: undefined, label: "dqn", settings: {} },
    ]);
  });
  it("is made again from its own text", () => {
    for (const texts of [
      [source, "ppo?tag=v1&cl=PPO&lr=0.0001&lr=0.0003", "dqn"],
      ["?ceik=env&cen=algo&metric=rollout/ep_rew_mean", "sac?user=a%26b&x=None&y=True&z=text"],
      ["?metric=eval/hypervolume", "name with spaces?cl=a%3Db"],
    ]) {
      const filter = parseRunFilter(texts);
      expect(parseRunFilter(runFilterText(filter))).toEqual(filter);
    }
  });
  it("says where a filter cannot be read", () => {
    expect(() => parseRunFilter(["ppo"])).toThrow(/begins with its source/);
    expect(() => parseRunFilter([source])).toThrow(/at least one experiment/);
    expect(() => parseRunFilter(["?ceik=a&wrong=b", "x"])).toThrow(/position 9 .*'wrong' is no key/);
    expect(() => parseRunFilter([source, "ppo?tag"])).toThrow(/position 5 .*expected KEY=VALUE/);
    expect(() => parseRunFilter([source, "ppo?tag=%zz"])).toThrow(UsageError);
  });
});

describe("tracked runs", () => {
  const rows = [1, 2].flatMap((seed) =>
    ["ppo", "dqn"].flatMap((name) =>
      [0, 1, 2, 3].map((step) => ({
        run: `${name}-${seed}`,
        exp_name: name,
        env_id: "CartPole-v1",
        lr: name === "ppo" ? 0.0001 : 0.001,
        tags: seed === 1 ? "v1;latest" : "v1",
        state: "finished",
        global_step: 100 * step,
        "charts/episodic_return": step === 3 ? null : 10 * step + seed + (name === "ppo" ? 5 : 0),
      })),
    ),
  );
  const runs = runsFromRows(rows);
  const filter = (...experiments: string[]) => parseRunFilter(["?metric=charts/episodic_return", ...experiments]);

  it("are told apart by name, tags and settings, and give the table that is published", () => {
    expect(runs).toHaveLength(4);
    const found = matchRuns(runs, filter("ppo?cl=PPO", "dqn?tag=v1&tag=latest", "ppo?lr=0.5&lr=0.0001&tag=latest"));
    expect(found.map(({ environments }) => environments.get("CartPole-v1")!.length)).toEqual([2, 1, 1]);
    // the last value is missing, so that the last two logged ones are at steps 100 and 200
    expect(runResults(found.slice(0, 1), 2)).toEqual([
      { experiment: "PPO", environment: "CartPole-v1", runs: 2, mean: (16 + 26 + 17 + 27) / 4, sd: 0.5 },
    ]);
  });
  it("skip what runs still or never logged the metric, and refuse an experiment without runs", () => {
    const changed = runs.map((run) => (run.id === "ppo-1" ? { ...run, state: "running" } : run));
    expect(matchRuns(changed, filter("ppo"))[0]).toMatchObject({ skipped: ["ppo-1"] });
    expect(matchRuns(runs, parseRunFilter(["?metric=loss", "ppo"]))[0]!.skipped).toHaveLength(2);
    expect(() => runResults(matchRuns(runs, parseRunFilter(["?metric=loss", "ppo"])))).toThrow(/no run has logged/);
    expect(() => matchRuns(runs, filter("sac"))).toThrow(/no run fits 'sac'/);
    expect(() => runsFromRows([{ step: 1 }])).toThrow(/row 1 names no run/);
  });
});
