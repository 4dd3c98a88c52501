import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type TrainPlan, trainReward } from "@laurel/lab";
import { directContext, isScored, rewardFrom, task } from "laurel";
import { describe, expect, it } from "vitest";
import { folder, laurel, start } from "../laurel.ts";

const nouns = ["river", "engine", "garden", "planet", "window", "letter", "market", "valley"];

/** Preferences for answers that are polite: a word decides, so that hashed features can learn it. */
function preferences(n: number, from = 0): object[] {
  return Array.from({ length: n }, (_, i) => {
    const about = `${nouns[i % 8]} ${nouns[Math.floor(i / 8) % 8]} number ${i + from}`;
    return {
      prompt: `Say something about the ${about}.`,
      chosen: `Certainly, with pleasure: the ${about} is fine.`,
      rejected: `No. The ${about} is a bore, go away.`,
    };
  });
}

const lines = (rows: readonly object[]): string => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;
const filesOf = (path: string): Record<string, string> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(`${path}/${name}`, "base64")]));

describe("laurel train", () => {
  it("makes of 50 preferences a model, a card and figures, and the model scores by its folder", async () => {
    using place = folder();
    writeFileSync(place.file("prefs.jsonl"), lines(preferences(50)));
    const done = laurel(["train", "prefs.jsonl", "--out", "rm", "--report", "r.html"], { cwd: place.path });
    // the polite answers are the longer ones, which a newcomer is told before anything is trained
    expect(done.err).toMatch(/^laurel: before training: choosing the longer answer is right for 1 \[/m);
    expect(done.code).toBe(0);
    expect(done.out).toMatch(/^accuracy +1 \[/m);
    expect(done.out).toContain("only 10 rows were held out");
    expect(done.out).toMatch(/accuracy, cross-validated +1 \[.*\] +50\n/);
    expect(readdirSync(place.file("rm")).sort()).toEqual([
      "README.md",
      "config.json",
      "curve.svg",
      "model.safetensors",
      "prompts.txt",
    ]);
    const measured = laurel(["eval", "prefs.jsonl", "--reward", "rm"], { cwd: place.path });
    expect(measured.code, measured.err).toBe(0);
    expect(measured.err).toContain("the reward was trained on the prompts of 40 of 50 rows");
    writeFileSync(place.file("new.jsonl"), lines(preferences(10, 100)));
    expect(laurel(["eval", "new.jsonl", "--reward", "rm"], { cwd: place.path }).err).toBe("");
    const card = readFileSync(place.file("rm/README.md"), "utf8");
    for (const part of ["## Known weaknesses", "baseline: the length alone", "knows nothing of meaning", "hash "])
      expect(card).toContain(part);
    expect(readFileSync(place.file("r.html"), "utf8")).toContain("Norm of the gradient");
    const asked = { id: "a", prompt: "Say something.", candidates: ["Certainly, with pleasure.", "No, go away."] };
    writeFileSync(place.file("t.jsonl"), lines([asked]));
    const scored = laurel(["score", "t.jsonl", "--reward", "rm", "--out", "s.jsonl"], { cwd: place.path });
    expect(scored.code, scored.err).toBe(0);
    const { scores } = JSON.parse(readFileSync(place.file("s.jsonl"), "utf8")) as { scores: { value: number }[] };
    expect(scores[0]!.value).toBeGreaterThan(scores[1]!.value);
    const reward = await rewardFrom({ kind: "learned", path: place.file("rm") });
    const [again] = await reward.score([task("Say something.", asked.candidates)], directContext());
    expect(again!.map((one) => (isScored(one) ? one.value : null))).toEqual(scores.map(({ value }) => value));
    const runs = laurel(["runs", "--json"], { cwd: place.path });
    expect(runs.out).toContain('"train"');
  });

  it("refuses with --checks stop what would spoil the training, and with off does not look", () => {
    using place = folder();
    writeFileSync(place.file("prefs.jsonl"), lines(preferences(50)));
    const stopped = laurel(["train", "prefs.jsonl", "--out", "rm", "--checks", "stop"], { cwd: place.path });
    expect(stopped.code).toBe(2);
    expect(stopped.err).toContain("the rows would spoil the training:\n  choosing the longer answer is right for 1 [");
    expect(stopped.err).toContain("--checks warn trains all the same");
    const off = laurel(["train", "prefs.jsonl", "--out", "rm", "--checks", "off"], { cwd: place.path });
    expect(off.code, off.err).toBe(0);
    expect(off.err).toBe("");
  });

  it("names the lines and fields of rows that cannot be read, and can leave them out", () => {
    using place = folder();
    const rows = preferences(40) as Record<string, unknown>[];
    rows[24] = { prompt: "p", chosen: "a" };
    rows[30] = { prompt: "p", chosen: 5, rejected: "b" };
    writeFileSync(place.file("prefs.jsonl"), lines(rows));
    const done = laurel(["train", "prefs.jsonl", "--out", "rm"], { cwd: place.path });
    expect(done.code).toBe(2);
    expect(done.err).toContain("2 rows cannot be read:");
    expect(done.err).toContain("prefs.jsonl, line 25, rejected: ");
    expect(done.err).toContain("prefs.jsonl, line 31, chosen: ");
    expect(done.err).toContain("--on-bad-row skip");
    const skipped = laurel(["train", "prefs.jsonl", "--out", "rm", "--on-bad-row", "skip"], { cwd: place.path });
    expect(skipped.code, skipped.err).toBe(0);
    expect(skipped.out).toContain("rows that could not be read and were left out: 2, the first ");
  });

  it("says what is missing: prompts, a file, preferences, strengths, ratings, known names", () => {
    using place = folder();
    const run = (...args: string[]) => laurel(["train", ...args], { cwd: place.path });
    writeFileSync(place.file("one.jsonl"), lines(preferences(20).map((row) => ({ ...row, prompt: "the same" }))));
    writeFileSync(place.file("plain.jsonl"), lines([{ prompt: "p", candidates: ["a", "b"] }]));
    writeFileSync(place.file("prefs.jsonl"), lines(preferences(20)));
    const cases: [string[], number, string | RegExp][] = [
      [["one.jsonl", "--out", "rm"], 3, "no validation is possible"],
      [["plain.jsonl", "--out", "rm"], 2, "no row states which of two answers is better"],
      [["none.jsonl", "--out", "rm"], 2, "none.jsonl"],
      [["prefs.jsonl"], 2, "where does the model go?"],
      [["prefs.jsonl", "--out", "prefs.jsonl"], 2, "is a file"],
      [["prefs.jsonl", "--out", "."], 2, "holds other files"],
      [["prefs.jsonl", "--out", "rm", "--set", "epoch=3"], 2, "'epochs'"],
      [["prefs.jsonl", "--out", "rm", "--resume"], 2, "no checkpoint"],
    ];
    for (const [args, code, message] of cases) {
      const done = run(...args);
      expect(done.err, args.join(" ")).toMatch(message);
      expect(done.code, args.join(" ")).toBe(code);
      expect(done.err, args.join(" ")).not.toContain("this is a bug");
    }
    const blind = run("one.jsonl", "--out", "blind", "--validation", "0", "--test", "0");
    expect(blind.code, blind.err).toBe(0);
    expect(blind.out).toContain("nothing was held out");
  });

  it("refuses plans that cannot be, before or after reading", async () => {
    using place = folder();
    writeFileSync(place.file("prefs.jsonl"), lines(preferences(20)));
    const plan: TrainPlan = {
      sources: [{ file: place.file("prefs.jsonl") }],
      read: {},
      objective: "bradley-terry",
      features: "hash:64",
      encoding: "answer",
      settings: {},
      validation: 0.1,
      test: 0.2,
      seed: "0",
    };
    const cases: [Partial<TrainPlan>, string][] = [
      [{ objective: "bradly" }, "no objective 'bradly'"],
      [{ head: "quantile" }, "does not train a quantile head"],
      [{ settings: { rate: "fast" } }, "the setting rate is a number"],
      [{ settings: { rate: "-1" } }, "rate must be above 0"],
      [{ settings: { schedule: "steps" } }, "the setting schedule is one of constant, cosine, linear"],
      [{ objective: "bradley-terry-scaled" }, "state no strength"],
      [{ objective: "regression" }, "no row states a rating"],
      [{ features: "local:none-such" }, "none-such"],
      [{ test: 0.6, validation: 0.5 }, "must leave some for training"],
    ];
    for (const [change, message] of cases)
      await expect(
        trainReward({ ...plan, ...change }, { out: place.file("rm") }),
        JSON.stringify(change),
      ).rejects.toThrow(message);
    expect(readdirSync(place.path)).toEqual(["prefs.jsonl"]);
  });

  it("goes on after kill -9 and after Ctrl-C to the bytes of a run that was left alone", {
    timeout: 300_000,
  }, async () => {
    using place = folder();
    writeFileSync(place.file("prefs.jsonl"), lines(preferences(400)));
    const args = (out: string) => [
      "train",
      "prefs.jsonl",
      "--out",
      out,
      "--head",
      "mlp",
      "--set",
      "hidden=48",
      "--set",
      "patience=0",
      "--set",
      "epochs=12",
      // cross-validation would train five times more
      "--folds",
      "0",
    ];
    const whole = laurel(args("whole"), { cwd: place.path });
    expect(whole.code, whole.err).toBe(0);
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      const out = signal.toLowerCase();
      const { child, done } = start(args(out), { cwd: place.path });
      for (let i = 0; i < 2000; i++) {
        await sleep(10);
        if (
          readdirSync(place.path).includes(out) &&
          readdirSync(place.file(`${out}/.training`)).includes("member-0.ck")
        )
          break;
      }
      child.kill(signal);
      const ended = await done;
      if (signal === "SIGINT") {
        expect(ended.code).toBe(130);
        expect(ended.err).toContain("run the same command again to go on");
      }
      expect(readdirSync(place.file(out))).toEqual([".training"]);
      const other = laurel([...args(out), "--set", "rate=0.1"], { cwd: place.path });
      expect(other.err).toContain("other data or settings");
      const resumed = laurel([...args(out), "--resume"], { cwd: place.path });
      expect(resumed.code, resumed.err).toBe(0);
      expect(filesOf(place.file(out))).toEqual(filesOf(place.file("whole")));
    }
  });

  it("trains several seeds in processes as in turn, and makes an ensemble of them", () => {
    using place = folder();
    writeFileSync(place.file("prefs.jsonl"), lines(preferences(60)));
    const args = ["train", "prefs.jsonl", "--seeds", "3", "--head", "mlp", "--set", "hidden=8", "--set", "epochs=3"];
    for (const [out, ...more] of [["a"], ["b", "--workers", "2"]] as const) {
      const done = laurel([...args, "--out", out, "--combine", "min", ...more], { cwd: place.path });
      expect(done.code, done.err).toBe(0);
    }
    expect(filesOf(place.file("b"))).toEqual(filesOf(place.file("a")));
    const { head } = JSON.parse(readFileSync(place.file("a/config.json"), "utf8")) as { head: object };
    expect(head).toMatchObject({ kind: "ensemble", count: 3, combine: "min", member: { kind: "mlp", hidden: [8] } });
    writeFileSync(place.file("t.jsonl"), lines([{ prompt: "p", candidates: ["Certainly."] }]));
    const scored = laurel(["score", "t.jsonl", "--reward", "a", "--out", "s.jsonl"], { cwd: place.path });
    expect(scored.code, scored.err).toBe(0);
    expect(readFileSync(place.file("s.jsonl"), "utf8")).toContain('"over":"members"');
  });

  it("learns ratings with attributes and with quantiles, some of them missing", () => {
    using place = folder();
    const rows = Array.from({ length: 80 }, (_, i) => ({
      prompt: `Question ${i}: what of the ${nouns[i % 8]}?`,
      candidates: [`Certainly, the ${nouns[i % 8]}.`, `No ${nouns[(i + 3) % 8]}, go away.`],
      labels: {
        value: [4, 1],
        parts: [
          { kind: i % 5 === 0 ? null : 3, short: 1 },
          { kind: 0, short: 1 + (i % 2) },
        ],
      },
    }));
    writeFileSync(place.file("rated.jsonl"), lines(rows));
    const run = (out: string, ...args: string[]) => {
      const done = laurel(["train", "rated.jsonl", "--out", out, "--json", ...args], { cwd: place.path });
      expect(done.code, done.err).toBe(0);
      return (JSON.parse(done.out) as { config: { head: object; metrics: Record<string, { value: number }> } }).config;
    };
    const own = run("a", "--objective", "regression", "--set", "attributes=kind,short", "--set", "weights=1,-0.5");
    expect(own.head).toMatchObject({ kind: "attributes", names: ["kind", "short"], weights: [1, -0.5] });
    expect(own.metrics["accuracy"]!.value).toBe(1);
    expect(own.metrics["squaredError"]!.value).toBeLessThan(own.metrics["squaredErrorOfMean"]!.value);
    const quantiles = run("q", "--objective", "quantile", "--set", "levels=0.2,0.5,0.8", "--set", "epochs=60");
    expect(quantiles.head).toMatchObject({ kind: "quantile", taus: [0.2, 0.5, 0.8] });
    expect(quantiles.metrics["rankCorrelation"]!.value).toBeGreaterThan(0.8);
  });

  it("mixes files by weight, reads a config, and lets the line win", () => {
    using place = folder();
    writeFileSync(place.file("a.jsonl"), lines(preferences(30)));
    writeFileSync(place.file("b.jsonl"), lines(preferences(10, 1000)));
    writeFileSync(
      place.file("c.yaml"),
      "files: [a.jsonl, b.jsonl]\nout: rm\nweights: [1, 3]\nsettings: { epochs: 4 }\nfeatures: hash:64\n",
    );
    const done = laurel(["train", "--config", "c.yaml", "--features", "hash:128"], { cwd: place.path });
    expect(done.code, done.err).toBe(0);
    const config = JSON.parse(readFileSync(place.file("rm/config.json"), "utf8"));
    expect(config.data.sources).toEqual([
      { name: "a.jsonl", rows: 30, weight: 1 },
      { name: "b.jsonl", rows: 10, weight: 3 },
    ]);
    expect(config.features.dim).toBe(128);
    expect(config.training.settings.epochs).toBe(4);
    const wrong = laurel(["train", "--config", "c.yaml", "--weights", "1"], { cwd: place.path });
    expect(wrong.err).toContain("--weights 1 does not give each of 2 files");
    expect(laurel(["train", "--list"], { cwd: place.path }).out).toContain("bradley-terry-margin");
  });

  it("embeds each text once, by OpenAI's route and by vLLM's pooling", { timeout: 60_000 }, async () => {
    using place = folder();
    const seen: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const { input } = JSON.parse(body) as { input: string[] };
        if (input[0] !== "dimension") seen.push(...input.map((text) => `${request.url} ${text}`));
        const vector = (text: string) => [text.includes("pleasure") ? 1 : 0, text.length / 100, 0.5];
        const pooling = request.url === "/pooling";
        const data = input.map((text, index) =>
          pooling ? { index, data: [[0, 0, 0], vector(text)] } : { index, embedding: vector(text) },
        );
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ data, model: "m" }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1#m`;
      writeFileSync(place.file("prefs.jsonl"), lines(preferences(40)));
      for (const [route, features] of [
        ["/v1/embeddings", url],
        ["/pooling", `pooling:${url}`],
      ] as const) {
        seen.length = 0;
        const first = await start(["train", "prefs.jsonl", "--out", "rm", "--features", features], { cwd: place.path })
          .done;
        expect(first.code, first.err).toBe(0);
        expect(seen.length).toBe(120);
        expect(new Set(seen).size).toBe(120);
        expect(seen.every((one) => one.startsWith(`${route} `))).toBe(true);
        const second = await start(
          ["train", "prefs.jsonl", "--out", "rm2", "--features", features, "--set", "rate=0.01"],
          { cwd: place.path },
        ).done;
        expect(second.code, second.err).toBe(0);
        expect(seen.length).toBe(120);
        expect(second.out).toMatch(/^accuracy +1 \[/m);
      }
    } finally {
      server.close();
    }
  });
});
