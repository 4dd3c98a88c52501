import { describe, expect, it } from "vitest";
import { UsageError } from "../../core/index.ts";
import { trackerRows } from "./import-runs.ts";
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

describe("runs of other trackers", () => {
  const names = ["CartPole-v1__ppo__1__170", "CartPole-v1__dqn__2__171"];
  const value = (run: number, step: number): number => 10 * run + step;
  const metric = "charts/episodic_return";
  const steps = [1, 2, 3];
  const flat = names.flatMap((run, r) => steps.map((step) => ({ run, r, step })));
  /** The same two runs, as each tracker writes them. */
  const exports = {
    "W&B, chart download": [
      {
        name: "wandb_export",
        rows: steps.map((step) => ({
          Step: step,
          ...Object.fromEntries(
            names.flatMap((run, r) =>
              ["", "__MIN", "__MAX"].map((end) => [`${run} - ${metric}${end}`, end === "" ? value(r, step) : -1]),
            ),
          ),
        })),
      },
    ],
    "W&B, history of a run": names.map((name, r) => ({
      name,
      rows: steps.map((step) => ({ _step: step, _runtime: 9 * step, [metric]: value(r, step) })),
    })),
    MLflow: [
      {
        name: "metrics",
        rows: flat.map(({ run, r, step }) => ({
          run_id: run,
          key: metric,
          value: value(r, step),
          step,
          timestamp: step,
        })),
      },
    ],
    "TensorBoard, all runs": [
      {
        name: "tb",
        rows: flat.map(({ run, r, step }) => ({ run, tag: metric, step, value: value(r, step), wall_time: 0 })),
      },
    ],
    "a row a step": [
      {
        name: "runs",
        rows: flat.map(({ run, r, step }) => ({
          run_name: run,
          "config.lr": 0.1,
          global_step: step,
          [metric]: value(r, step),
        })),
      },
    ],
  };
  const filter = parseRunFilter([`?metric=${metric}`, "ppo", "dqn?seed=2"]);

  it.each(Object.keys(exports) as (keyof typeof exports)[])("are read from %s", (name) => {
    const found = matchRuns(runsFromRows(trackerRows(exports[name])), filter);
    expect(runResults(found, 2).map(({ experiment, environment, mean }) => [experiment, environment, mean])).toEqual([
      ["ppo", "CartPole-v1", 2.5],
      ["dqn", "CartPole-v1", 12.5],
    ]);
  });
  it("are read from TensorBoard's download of one curve, whose file names the run and the tag", () => {
    const tables = names.map((run, r) => ({
      name: `run-${run}-tag-return`,
      rows: steps.map((step) => ({ "Wall time": 0, Step: step, Value: value(r, step) })),
    }));
    const found = matchRuns(runsFromRows(trackerRows(tables)), parseRunFilter(["?metric=return", "ppo"]));
    expect(runResults(found, 1)[0]!.mean).toBe(3);
    expect(trackerRows(exports["a row a step"])[0]).toMatchObject({ lr: 0.1, env_id: "CartPole-v1", seed: 1 });
    expect(() => runsFromRows(trackerRows([{ name: "x", rows: [{ lr: 1 }] }]))).toThrow("names no run");
  });
});
