import { readFileSync, writeFileSync } from "node:fs";
import { type JsonObject, type Reward, UsageError } from "laurel/core";
import { parseBudget } from "laurel/models";
import { rewardFrom, specFromText } from "laurel/spec";
import type { GroupSetting } from "./groups.ts";
import { type KeyEntry, newKey, parseKeys } from "./keys.ts";
import { type ProtocolName, protocolNames } from "./options.ts";
import { createServer } from "./server.ts";

/** The options of `laurel serve`, as the command line gives them. */
export interface ServeOptions {
  reward: readonly string[];
  shadow?: readonly string[] | undefined;
  port: number;
  host: string;
  protocol?: readonly string[] | undefined;
  group?: number | undefined;
  groupKey?: "prompt" | "uid" | undefined;
  groupWait?: number | undefined;
  unscored?: number | undefined;
  keys?: string | undefined;
  newKey?: string | undefined;
  data?: string | undefined;
  workers?: number | undefined;
  nice?: number | undefined;
  concurrency?: number | undefined;
  maxQueue?: number | undefined;
  deadline?: number | undefined;
  budget?: string | undefined;
  specs?: boolean | undefined;
  page?: boolean | undefined;
  folder?: string | undefined;
  /** The view to open in the browser, such as `#/runs`. */
  open?: string | boolean | undefined;
  /** End once the page has been answered, as on a machine where nobody looks. */
  once?: boolean | undefined;
  seed?: string | undefined;
  quiet?: boolean | undefined;
  logTexts?: boolean | undefined;
}

/**
 * A reward of the command line, `NAME=SPEC` or `SPEC`, with the name that clients use. A module's reward that computes
 * is given its spec, so that worker threads can build it.
 */
async function namedReward(text: string): Promise<[string, Reward]> {
  const named = /^([A-Za-z][\w.-]*)=(?!=)(.+)$/s.exec(text);
  const spec = await specFromText(named?.[2] ?? text);
  const reward = await rewardFrom(spec);
  const built =
    reward.spec === undefined && reward.work === "cpu" && typeof spec === "object"
      ? { ...reward, spec: spec as NonNullable<Reward["spec"]> }
      : reward;
  return [named?.[1] ?? reward.name, built];
}

/** A shadow of the command line, `NAME=SPEC`, as the name of the served reward and the spec. */
async function shadowOf(text: string): Promise<[string, string | JsonObject]> {
  const named = /^([A-Za-z][\w.-]*)=(?!=)(.+)$/s.exec(text);
  if (named === null)
    throw new UsageError(`--shadow ${text} names no served reward`, "such as --shadow math=verify.numeric");
  return [named[1]!, (await specFromText(named[2]!)) as string | JsonObject];
}

function readKeys(file: string): KeyEntry[] {
  try {
    return parseKeys(readFileSync(file, "utf8"), file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT")
      throw new UsageError(`there is no file ${file}`, "make one with laurel serve --keys FILE --new-key NAME");
    throw thrown;
  }
}

/** Adds a key to a key file and prints its token, which is shown this once. */
function addKey(file: string, name: string): void {
  let list: KeyEntry[] = [];
  try {
    list = parseKeys(readFileSync(file, "utf8"), file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
  }
  if (list.some((entry) => entry.name === name)) throw new UsageError(`${file} already has a key named ${name}`);
  const { token, entry } = newKey(name);
  writeFileSync(file, `${JSON.stringify([...list, entry], null, 2)}\n`, { mode: 0o600 });
  process.stdout.write(`${token}\n`);
  process.stderr.write(
    `laurel: the key ${name} is in ${file} as a hash; this is the only time that its token is shown\n`,
  );
}

function groupOf(options: ServeOptions): GroupSetting | undefined {
  if (options.group === undefined) return undefined;
  return { size: options.group, key: options.groupKey ?? "prompt", wait: options.groupWait ?? 30_000 };
}

/** Opens the page in the user's browser; where that cannot be done, the address has been printed. */
async function openInBrowser(address: string): Promise<void> {
  const { default: open } = await import("open");
  const failed = (thrown: unknown): void => {
    process.stderr.write(`laurel: no browser could be started (${String(thrown)}): open ${address} yourself\n`);
  };
  await open(address).then((child) => child.on("error", failed), failed);
}

/** `laurel serve`: serves until SIGTERM or SIGINT, then drains. */
export async function serve(options: ServeOptions): Promise<void> {
  if (options.newKey !== undefined) {
    if (options.keys === undefined) throw new UsageError("--new-key needs --keys FILE");
    addKey(options.keys, options.newKey);
    return;
  }
  if (options.reward.length === 0)
    throw new UsageError("there is no reward to serve", "name one, such as --reward verify.math");
  for (const name of options.protocol ?? [])
    if (!(protocolNames as readonly string[]).includes(name))
      throw new UsageError(`there is no protocol "${name}"`, `there is ${protocolNames.join(", ")}`);
  const rewards = Object.fromEntries(await Promise.all(options.reward.map(namedReward)));
  const shadows = Object.fromEntries(await Promise.all((options.shadow ?? []).map(shadowOf)));
  const server = await createServer({
    rewards,
    shadows: options.shadow === undefined ? undefined : shadows,
    protocols: options.protocol as readonly ProtocolName[] | undefined,
    group: groupOf(options),
    unscored: options.unscored,
    keys: options.keys === undefined ? undefined : readKeys(options.keys),
    data: options.data,
    workers: options.workers,
    nice: options.nice,
    concurrency: options.concurrency,
    maxQueue: options.maxQueue,
    deadline: options.deadline,
    budget: options.budget === undefined ? undefined : parseBudget(options.budget),
    specs: options.specs,
    page: options.page ?? true,
    folder: options.folder,
    seed: options.seed,
    log: options.quiet !== true,
    logTexts: options.logTexts,
  });
  const { url } = await server.listen(options.port, options.host);
  // whoever came for the page reads no trainers' protocols
  const forPage = options.open !== undefined;
  process.stdout.write(
    [
      `laurel serves ${Object.keys(rewards).join(", ")} at ${url}`,
      ...(forPage ? [] : server.policies.map((line) => `  ${line}`)),
      ...(options.page === false ? [] : [`page: ${url}/  (the files of ${options.folder ?? "this folder"})`]),
      `API: ${url}/openapi.json  metrics: ${url}/metrics`,
      "",
    ].join("\n"),
  );
  const view = typeof options.open === "string" ? options.open : "";
  if (options.once === true) {
    const answer = await fetch(url);
    await server.close();
    if (!answer.ok) throw new UsageError(`the page answers ${answer.status}`, "build it with npm run page");
    return;
  }
  if (options.open !== undefined && options.open !== false) await openInBrowser(`${url}/${view}`);
  await new Promise<void>((resolve) => {
    let asked = false;
    const end = (): void => {
      if (asked) process.exit(130);
      asked = true;
      process.stderr.write("laurel: finishing what is running; a second signal ends at once\n");
      server.close().then(resolve, (thrown: unknown) => {
        process.stderr.write(`laurel: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
        process.exit(2);
      });
    };
    process.on("SIGTERM", end);
    process.on("SIGINT", end);
  });
}
