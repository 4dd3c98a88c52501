import { score, task } from "laurel";
import { type RemoteOptions, remote } from "laurel/rewards";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { longerThan, mathReward, numberReward, served } from "./server.ts";

describe("a remote reward against Laurel's own server", () => {
  let server: Awaited<ReturnType<typeof served>>;
  let url: string;
  beforeAll(async () => {
    server = await served({ rewards: { rm: numberReward(), longer: longerThan, ...mathReward }, backoff: 1 });
    ({ url } = await server.server.listen(0));
  });
  afterAll(() => server.server.close());

  const about = task("rate", ["2.5", "-1", "0.75"]);

  it.each<RemoteOptions>([
    { url: "", protocol: "laurel", reward: "rm" },
    { url: "", protocol: "vllm-classify", model: "rm" },
    { url: "", protocol: "vllm-classify", model: "rm", template: "chatml" },
    { url: "", protocol: "vllm-pooling", model: "rm", template: "llama3" },
    { url: "", protocol: "sglang", model: "rm", template: "chatml" },
  ])("gives the scores of the served one: %j", async (options) => {
    const scores = await score(remote({ ...options, url }), about);
    expect(scores.map((one) => (one.unscored === undefined ? one.value : one))).toEqual([2.5, -1, 0.75]);
  });

  it.each<RemoteOptions>([
    { url: "/predict?reward=rm", protocol: "tei", template: "chatml" },
    { url: "/get_reward?reward=rm" },
  ])("finds the reward by the address: %j", async (options) => {
    const scores = await score(remote({ ...options, url: url + options.url }), about);
    expect(scores.map((one) => (one.unscored === undefined ? one.value : one))).toEqual([2.5, -1, 0.75]);
  });

  it("scores groups, and sends references along", async () => {
    const group = await score(remote({ url, reward: "longer", group: true }), about);
    expect(group.map((one) => (one.unscored === undefined ? one.value : one))).toEqual([1, 0, 2]);
    const math = await score(remote({ url, reward: "math" }), task("2+3?", ["5", "6"], "5"));
    expect(math).toMatchObject([{ value: 1 }, { value: 0 }]);
  });
});
