import { type Estimate, type Example, random, seedFrom, split, task } from "laurel";
import { askJudge, auditJudge, type Ballot, ballotsOf, type JudgedPair, type Vote } from "laurel/bench";
import { pairwiseJudge } from "laurel/rewards";
import { describe, expect, it } from "vitest";
import {
  castVote,
  expectedAccuracy,
  expectedConsistency,
  expectedRepeatAgreement,
  voteLaw,
  type ZooTraits,
} from "../../packages/lab/src/worlds/judges/judge-zoo.ts";
import { scriptedJudge } from "../../packages/lab/src/worlds/judges/scripted-judge.ts";
import { renderText, type TextLatents } from "../../packages/lab/src/worlds/preferences/text/index.ts";

const seed = seedFrom("judge audit recovery");
const holds = (estimate: Estimate | undefined, truth: number): boolean =>
  estimate !== undefined && estimate.low <= truth && truth <= estimate.high;
const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Verdicts of a judge of the zoo on n pairs, and what is exactly true of it on them. Two pairs in three share no prompt. */
function zooAudit(judge: ZooTraits, n: number, own: string, repeats = 1) {
  const rng = random(split(seed, own));
  const items = Array.from({ length: n }, () => {
    const low = rng.uniform() < 0.5 ? 1 : 0;
    const words = [80 + 240 * rng.uniform(), 80 + 240 * rng.uniform()] as const;
    return [
      { quality: low, words: words[0] },
      { quality: 1 - low, words: words[1] },
    ] as const;
  });
  const pairs = items.map(
    ([a, b], i): JudgedPair => ({
      id: `q${i}`,
      low: 0,
      high: 1,
      cluster: `c${i - (i % 3 === 1 ? 1 : 0)}`,
      subsets: {},
      label: a.quality === 1 ? "low" : "high",
      raters: {},
      human: undefined,
      words: [a.words, b.words],
    }),
  );
  const votes: Vote[] = items.flatMap(([a, b], i) =>
    Array.from({ length: repeats }, (_, repeat) =>
      ([0, 1] as const).map((first): Vote => {
        const [x, y] = first === 0 ? [a, b] : [b, a];
        const { vote, confidence } = castVote(judge, x, y, { pair: `${i} ${first}`, repeat }, split(seed, own));
        const p = vote === "first" ? 1 : vote === "second" ? 0 : 0.5;
        return { id: `q${i}`, judge: "zoo", first, second: 1 - first, p, confidence, repeat };
      }),
    ).flat(),
  );
  const gain = mean(
    items.map(([a, b]) => {
      const here = voteLaw(judge, a, b);
      const there = voteLaw(judge, b, a);
      return here.first + here.tie / 2 - (there.second + there.tie / 2);
    }),
  );
  const each = (f: typeof expectedAccuracy): number =>
    mean(items.flatMap(([a, b]) => [f(judge, a, b), f(judge, b, a)]));
  const { ballots } = ballotsOf(pairs, votes);
  return {
    audit: auditJudge("zoo", ballots, { seed: own }),
    truth: {
      accuracy: each(expectedAccuracy),
      consistency: mean(items.map(([a, b]) => expectedConsistency(judge, a, b))),
      repeat: each(expectedRepeatAgreement),
      gain,
    },
  };
}

const settings: readonly ZooTraits[] = [
  { name: "fair", acuity: 1.2 },
  { name: "first", acuity: 0.8, position: 0.6 },
  { name: "last", acuity: 2, position: -0.4, length: 0.3 },
  { name: "long", acuity: 0.5, length: 0.8 },
  { name: "steady", acuity: 1, position: 0.5, length: -0.4, steady: 0.7 },
];

describe("an audit of the judge zoo", () => {
  it("covers accuracy, swap consistency and the gain from standing first, and the regression's three coefficients", () => {
    const runs = 24;
    const covered: Record<string, number> = {};
    for (const judge of settings)
      for (let r = 0; r < runs; r++) {
        const { audit, truth } = zooAudit(judge, 240, `${judge.name} ${r}`);
        const hits = {
          accuracy: holds(audit.accuracy, truth.accuracy),
          single: holds(audit.single, truth.accuracy),
          consistency: holds(audit.consistency, truth.consistency),
          gain: holds(audit.bias.position, truth.gain),
          position: holds(audit.bias.logit.position, judge.position ?? 0),
          length: holds(audit.bias.logit.length, judge.length ?? 0),
          better: holds(audit.bias.logit.better, judge.acuity),
        };
        for (const [what, hit] of Object.entries(hits)) covered[what] = (covered[what] ?? 0) + Number(hit);
      }
    // 120 intervals a measure at 95 %: a standard error of 2 points. With 60 runs (300 intervals) they covered: accuracy 99.3 % (half
    // credits vary less than Wilson's interval takes them to), of one order 96.3, consistency 95.3, gain 94.0, position 94.0, length 96.0,
    // being better 95.7
    const share = Object.fromEntries(Object.entries(covered).map(([what, n]) => [what, n / (runs * settings.length)]));
    for (const [what, one] of Object.entries(share)) expect(one, what).toBeGreaterThan(0.89);
  }, 60_000);

  it("covers the self-consistency of a judge that is asked again, and tells it from consistency under swap", () => {
    const judge: ZooTraits = { name: "again", acuity: 1, position: 0.8, steady: 0.6 };
    let covered = 0;
    for (let r = 0; r < 20; r++) {
      const { audit, truth } = zooAudit(judge, 120, `again ${r}`, 4);
      if (holds(audit.selfConsistency, truth.repeat)) covered++;
      expect(audit.selfConsistency!.value).toBeGreaterThan(audit.consistency!.value);
    }
    // 20 intervals: 95 % has a standard error of 4.9 points
    expect(covered / 20).toBeGreaterThan(0.84);
  }, 60_000);

  it("calls a judge that states what is right calibrated, and one that is too sure not", () => {
    const error = (temperature: number): Estimate =>
      zooAudit({ name: "sure", acuity: 1, temperature }, 1500, "sure").audit.calibration!.ece;
    // σ(|x|) of the logit with its noise is exactly the share right
    expect(error(1).value).toBeLessThan(0.05);
    expect(error(0.3).low).toBeGreaterThan(0.1);
  });
});

describe("an audit of the scripted judge behind judge.pairwise", () => {
  const plain: TextLatents = {
    language: "en",
    author: 0,
    answer: null,
    levels: [],
    flourishes: 0,
    padding: 0,
    layout: "plain",
    markers: [],
    exploits: [],
  };

  async function run(options: { accuracy: number; position: number; length: number }, n: number, own: string) {
    const rng = random(split(seed, own));
    const model = scriptedJudge({
      skill: { accuracy: options.accuracy },
      position: options.position,
      length: options.length,
      seed: split(seed, `${own} judge`),
    });
    const texts = Array.from({ length: n }, (_, i) => {
      const better = rng.below(2);
      return [0, 1]
        .map((c) =>
          renderText(
            { ...plain, levels: c === better ? [8, 8, 8] : [3, 3, 3], padding: rng.below(24) },
            split(seed, `${own} text ${i} ${c}`),
          ),
        )
        .concat(String(better));
    });
    const examples = texts.map(
      ([a, b, better], i): Example => ({
        task: task("Write about the sea.", [a!, b!], undefined, { id: `q${i}` }),
        labels: { preferred: [{ first: 0, second: 1, p: better === "0" ? 1 : 0 }] },
        cluster: `q${i}`,
        subsets: {},
      }),
    );
    const judge = pairwiseJudge({ model, orders: "as-given", tie: false });
    const asked = await askJudge(judge, examples, { seed: 1 });
    const audit = auditJudge("scripted", ballotsOf(asked.pairs, asked.votes).ballots, { usage: asked.usage });
    const exact = texts.map(([a, b, better]) => {
      const here = model.preference(a!, b!).first;
      const there = model.preference(b!, a!).second;
      return { accuracy: better === "0" ? (here + there) / 2 : 1 - (here + there) / 2, gain: here - there };
    });
    return {
      audit,
      accuracy: mean(exact.map((one) => one.accuracy)),
      gain: mean(exact.map((one) => one.gain)),
      requests: model.requests,
    };
  }

  it("recovers its known accuracy, position bias and length bias", async () => {
    const grid = [
      { accuracy: 0.8, position: 0, length: 0 },
      { accuracy: 0.7, position: 0.5, length: 0.6 },
      { accuracy: 0.9, position: -0.7, length: 0 },
      { accuracy: 0.6, position: 0, length: 1.2 },
    ];
    const hits: boolean[] = [];
    for (const options of grid)
      for (let r = 0; r < 6; r++) {
        const { audit, accuracy, gain } = await run(options, 150, `${JSON.stringify(options)} ${r}`);
        const logit = Math.log(options.accuracy / (1 - options.accuracy));
        const one = {
          accuracy: holds(audit.accuracy, accuracy),
          gain: holds(audit.bias.position, gain),
          position: holds(audit.bias.logit.position, options.position),
          length: holds(audit.bias.logit.length, options.length),
          better: holds(audit.bias.logit.better, logit),
        };
        hits.push(...Object.values(one));
      }
    // 120 intervals at 95 %, five of one audit: 95 % has a standard error of about 2 points, more as they go together; 116 of 120 were seen
    expect(hits.filter(Boolean).length / hits.length).toBeGreaterThan(0.9);
  }, 120_000);

  it("counts two calls and their tokens a decision", async () => {
    const { audit, requests } = await run({ accuracy: 0.8, position: 0, length: 0 }, 20, "cost");
    expect(requests).toBe(40);
    expect(audit.cost!.calls).toBe(2);
    expect(audit.cost!.inputTokens).toBeGreaterThan(100);
  });
});

describe("a win rate from few labels and many verdicts", () => {
  it("is covered by the prediction-powered and the corrected interval, where the judge alone misses it", () => {
    const judge: ZooTraits = { name: "weak", acuity: 1 };
    const covered = { judge: 0, labels: 0, powered: 0, roganGladen: 0 };
    let gain = 0;
    const runs = 40;
    for (let r = 0; r < runs; r++) {
      const rng = random(split(seed, `win ${r}`));
      // A wins 70 % of 1,000 pairs; 150 of them are labelled
      const ballots = Array.from({ length: 1000 }, (_, i): Ballot => {
        const a = rng.uniform() < 0.7 ? 1 : 0;
        const right = () => rng.uniform() < 1 / (1 + Math.exp(-judge.acuity));
        const heard = () => [{ p: right() ? a : 1 - a, confidence: undefined }];
        return {
          pair: {
            id: `q${i}`,
            low: 0,
            high: 1,
            cluster: `q${i}`,
            subsets: {},
            label: i < 150 ? (a === 1 ? "low" : "high") : undefined,
            raters: {},
            human: undefined,
            words: undefined,
          },
          lowFirst: heard(),
          highFirst: heard(),
        };
      });
      const { winRate } = auditJudge("weak", ballots, { winRate: true });
      for (const what of ["judge", "labels", "powered", "roganGladen"] as const)
        covered[what] += Number(holds(winRate![what], 0.7));
      gain += winRate!.powered!.gain / runs;
    }
    // 40 intervals at 95 % have a standard error of 3.4 points; of 100 they covered 97, 95 and 99, and the judge alone none
    expect(covered.judge).toBeLessThan(0.1 * runs);
    for (const what of ["labels", "powered", "roganGladen"] as const)
      expect(covered[what], what).toBeGreaterThan(0.85 * runs);
    expect(gain).toBeGreaterThan(1.1);
  }, 60_000);
});
