import { type Reward, UsageError } from "laurel/core";
import type { Operation } from "./http/operation.ts";
import { type ProtocolName, protocolNames, type ServerOptions } from "./options.ts";
import { evalProtocol } from "./protocols/eval-protocol.ts";
import { laurelProtocol } from "./protocols/laurel.ts";
import { openrlhfProtocol } from "./protocols/openrlhf.ts";
import { rerankProtocol } from "./protocols/rerank.ts";
import { rewardanythingProtocol } from "./protocols/rewardanything.ts";
import { sglangProtocol } from "./protocols/sglang.ts";
import { teiProtocol } from "./protocols/tei.ts";
import { trlProtocol } from "./protocols/trl.ts";
import { verlProtocol } from "./protocols/verl.ts";
import { vllmProtocol } from "./protocols/vllm.ts";
import { needsGroup, type Service } from "./service.ts";

const protocols: Readonly<Record<ProtocolName, (service: Service) => Operation[]>> = {
  openrlhf: openrlhfProtocol,
  trl: trlProtocol,
  verl: verlProtocol,
  vllm: vllmProtocol,
  sglang: sglangProtocol,
  tei: teiProtocol,
  rerank: rerankProtocol,
  "eval-protocol": evalProtocol,
  rewardanything: rewardanythingProtocol,
};

/** Protocols that send samples one by one. */
const perSample: ReadonlySet<ProtocolName> = new Set(["openrlhf", "verl", "vllm", "sglang", "tei", "eval-protocol"]);

/** The operations of Laurel's own protocol and of those that were asked for. */
export function protocolOperations(service: Service, options: ServerOptions): Operation[] {
  return [
    ...laurelProtocol(service),
    ...(options.protocols ?? protocolNames).flatMap((name) => protocols[name](service)),
  ];
}

/**
 * Refuses a reward that sees groups on a protocol that was asked for by name and sends samples one by one.
 * @throws UsageError
 */
export function refuseAtStart(rewards: ReadonlyMap<string, Reward>, options: ServerOptions): void {
  if (options.group !== undefined) return;
  for (const name of options.protocols ?? [])
    for (const reward of rewards.values())
      if (perSample.has(name) && reward.sees === "group") throw new UsageError(`${name}: ${reward.name} ${needsGroup}`);
}

/** What protocols say that need no number for a sample without a score. */
const policies: Readonly<Partial<Record<ProtocolName, string>>> = {
  trl: "None",
  "eval-protocol": "is_score_valid false, with the reason",
  rewardanything: "left out of scores, with the reason",
};

/** What each protocol tells clients for samples without a score, for the start notice. */
export function policyLines(rewards: ReadonlyMap<string, Reward>, options: ServerOptions): string[] {
  const grouped = [...rewards.values()].filter((reward) => reward.sees === "group").map((reward) => reward.name);
  const number =
    options.unscored === undefined
      ? "503 twice while transient, then ?unscored=, else the mean of the prompt's scored samples, else 422"
      : `503 twice while transient, then ${options.unscored} (?unscored= names another)`;
  return (options.protocols ?? protocolNames).map((name) => {
    const refused = perSample.has(name) && grouped.length > 0 && options.group === undefined;
    const policy = policies[name] ?? number;
    return `${name}: unscored is ${policy}${refused ? `; ${grouped.join(", ")} refused without ?group=G (sees groups)` : ""}`;
  });
}
