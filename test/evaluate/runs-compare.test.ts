import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

/** Runs of two methods in two environments; ppo learns faster, dqn ends a little higher in one. */
function table(): string {
  const rows = ["run,exp_name,env_id,seed,tags,global_step,charts/episodic_return"];
  for (const [name, time] of [
    ["ppo", 2],
    ["dqn", 6],
  ] as const)
    for (const env of ["CartPole-v1", "Acrobot-v1"])
      for (let seed = 1; seed <= 3; seed++)
        for (let step = 0; step <= 20; step++) {
          const value = (env === "CartPole-v1" ? 500 : 80) * (1 - Math.exp(-step / time)) + seed;
          rows.push(`${name}-${env}-${seed},${name},${env},${seed},v1;paper,${1000 * step},${value}`);
        }
  return `${rows.join("\n")}\n`;
}

const filters = ["--filters", "?ceik=env_id&cen=exp_name&metric=charts/episodic_return", "ppo?tag=v1&cl=PPO", "dqn"];

describe("laurel runs", () => {
  it("compares tracked runs by their curves, as text, JSON and page", () => {
    using here = folder();
    writeFileSync(here.file("runs.csv"), table());
    const text = laurel(["runs", "compare", "runs.csv", ...filters, "--window", "5", "--reps", "200"], {
      cwd: here.path,
    });
    expect(text).toMatchObject({ code: 0, err: "" });
    expect(text.out).toMatch(/PPO in CartPole-v1 .*\(3 runs\)/);
    const json = laurel(
      ["runs", "compare", "runs.csv", ...filters, "--window", "5", "--reps", "200", "--json", "--report", "page.html"],
      { cwd: here.path },
    );
    const { results } = JSON.parse(json.out) as {
      results: { name: string; estimate?: { low: number; high: number } }[];
    };
    const area = results.find(({ name }) => name === "area of dqn - PPO")!.estimate!;
    expect(area.high).toBeLessThan(0);
    const page = readFileSync(here.file("page.html"), "utf8");
    expect(page).toContain("Learning curves");
    expect(page).toContain("Performance profiles");
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it("writes a page with plot, and names what a filter cannot be", () => {
    using here = folder();
    writeFileSync(here.file("runs.csv"), table());
    const plot = laurel(["runs", "plot", "runs.csv", ...filters, "--reps", "200", "--out", "curves.html"], {
      cwd: here.path,
    });
    expect(plot).toMatchObject({ code: 0, out: "curves.html\n" });
    expect(readFileSync(here.file("curves.html"), "utf8")).toContain("<svg");
    const wrong = laurel(["runs", "compare", "runs.csv", "--filters", "?metrics=x", "ppo"], { cwd: here.path });
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/'metrics' is no key of a source/);
    const none = laurel(["runs", "compare", "runs.csv", "--filters", "?metric=charts/episodic_return", "sac"], {
      cwd: here.path,
    });
    expect(none.code).toBe(2);
    expect(none.err).toMatch(/no run fits 'sac'/);
  });

  it("still lists what ran here", () => {
    using here = folder();
    expect(laurel(["runs"], { cwd: here.path }).out).toMatch(/No run yet/);
    expect(JSON.parse(laurel(["runs", "--json"], { cwd: here.path }).out)).toEqual([]);
  });
});

describe("laurel stats --report", () => {
  it("writes a page of an order with the intervals of its ranks", () => {
    using here = folder();
    writeFileSync(here.file("scores.csv"), "task,A,B\nx,1,2\ny,1,3\nz,4,5\n");
    const done = laurel(["stats", "rank", "scores.csv", "--report", "rank.html"], { cwd: here.path });
    expect(done.code).toBe(0);
    expect(done.out).toMatch(/^B +1 /m);
    expect(readFileSync(here.file("rank.html"), "utf8")).toContain("rank by borda, tasks resampled");
  });
});
