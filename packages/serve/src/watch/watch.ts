import {
  answerText,
  type JsonObject,
  promptText,
  type Reward,
  type Score,
  type Scores,
  sha256,
  type Task,
} from "laurel/core";
import type { Budget } from "laurel/models";
import type { Logger } from "pino";
import { RewardWatch } from "./reward-watch.ts";
import { Shadow } from "./shadow.ts";

interface Seen {
  id: string;
  tasks: readonly Task[];
  scores: Scores;
  milliseconds: number;
  /** The task that is looked at next. */
  next: number;
}

/** Options of the watch. */
export interface WatchOptions {
  rewards: ReadonlyMap<string, Reward>;
  /** A second reward's spec by the name of the one that it shadows. */
  shadows: Readonly<Record<string, string | JsonObject>>;
  seed?: string | undefined;
  budget?: Budget | undefined;
  patience?: number | undefined;
  log: Logger;
}

/** Answers that may wait to be looked at; more are passed over. */
const mostWaiting = 20_000;
/** Characters that are looked at in one turn of the event loop: about a millisecond. */
const turn = 200_000;
/** Of longer texts the beginning is hashed. */
const hashed = 20_000;

const keyOf = (text: string): string => sha256(`${text.length}\n${text.slice(0, hashed)}`).slice(0, 16);

const valueIn = (score: Score): number | null => (score.unscored === undefined ? score.value : null);

/**
 * Watches the rewards that are served: what came, what it scored, how that drifts, and what a second reward in shadow says.
 *
 * Requests are only noted while they are answered; everything else happens afterwards, a little in each turn of the event loop.
 */
export class Watch implements Disposable {
  readonly #options: WatchOptions;
  readonly #ids: Map<Reward, string>;
  readonly #watches = new Map<string, RewardWatch>();
  readonly #shadows = new Map<string, Shadow>();
  #queue: Seen[] = [];
  #waiting = 0;
  #scheduled = false;
  #passed = 0;
  #rounds = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#ids = new Map([...options.rewards].map(([id, reward]) => [reward, id]));
    for (const id of options.rewards.keys()) this.#watches.set(id, new RewardWatch(Object.hasOwn(options.shadows, id)));
  }

  /** Starts the shadows. @throws UsageError where one cannot be built */
  async start(): Promise<void> {
    const { shadows, seed, budget, patience, log } = this.#options;
    await Promise.all(
      Object.entries(shadows).map(async ([id, spec]) => {
        const watch = this.#watches.get(id)!;
        const shadow = new Shadow(
          { spec, seed, budget, patience },
          {
            scored: ({ key, used }, values) => {
              for (const [i, value] of used.entries()) {
                const other = values[i] ?? null;
                if (other === null) watch.shadowUnscored();
                else if (value !== null) watch.both({ key, used: value, shadow: other });
              }
            },
            dropped: (answers) => watch.dropped(answers),
            warn: (message) => log.warn({ reward: id }, message),
          },
        );
        this.#shadows.set(id, shadow);
        await shadow.start();
      }),
    );
  }

  /** Notes a request that was answered. Costs nothing that grows with the texts. */
  saw(reward: Reward, tasks: readonly Task[], scores: Scores, milliseconds: number): void {
    const id = this.#ids.get(reward);
    if (id === undefined) return;
    const answers = tasks.reduce((sum, task) => sum + task.candidates.length, 0);
    if (this.#waiting + answers > mostWaiting) {
      this.#passed += answers;
      return;
    }
    this.#waiting += answers;
    this.#queue.push({ id, tasks, scores, milliseconds, next: 0 });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#look();
    });
  }

  #look(): void {
    let characters = 0;
    while (characters < turn) {
      const seen = this.#queue[0];
      if (seen === undefined) return;
      const task = seen.tasks[seen.next];
      const watch = this.#watches.get(seen.id)!;
      if (task !== undefined) {
        characters += this.#task(seen.id, watch, task, seen.scores[seen.next] ?? []);
        this.#waiting -= task.candidates.length;
      }
      if (++seen.next < seen.tasks.length) continue;
      watch.request(seen.milliseconds);
      this.#queue.shift();
      if (!watch.checkedWithin(5000)) this.#check(seen.id, watch);
    }
    this.#schedule();
  }

  #task(id: string, watch: RewardWatch, task: Task, scores: readonly Score[]): number {
    const prompt = promptText(task);
    // a whole group is one round of its prompt; samples that come one by one are put together by their prompt
    const key = task.candidates.length > 1 ? `${keyOf(prompt)}:${++this.#rounds}` : keyOf(prompt);
    let characters = Math.min(prompt.length, hashed);
    for (const [i, candidate] of task.candidates.entries()) {
      const score = scores[i];
      if (score === undefined) continue;
      const text = answerText(candidate);
      characters += 200 + Math.min(text.length, hashed);
      watch.answer(
        {
          key,
          value: valueIn(score),
          reason: score.unscored?.reason ?? null,
          fault: score.unscored === undefined ? (score.fault ?? null) : null,
          length: text.length,
        },
        keyOf(text),
      );
    }
    const shadow = this.#shadows.get(id);
    if (shadow !== undefined) shadow.offer({ task, key, used: scores.map(valueIn) });
    return characters;
  }

  #check(id: string, watch: RewardWatch): void {
    for (const { id: alarm, message, advice } of watch.check())
      this.#options.log.warn({ reward: id, alarm }, `${message}; ${advice}`);
  }

  /** The rewards that are watched, with their shadows. */
  list() {
    return [...this.#watches].map(([id]) => {
      const shadow = this.#shadows.get(id);
      return { id, shadow: shadow === undefined ? null : { name: shadow.name ?? null, waiting: shadow.waiting } };
    });
  }

  /** One reward's points and alarms; undefined where there is no such reward. */
  view(id: string, span: "fine" | "coarse") {
    const watch = this.#watches.get(id);
    if (watch === undefined) return undefined;
    if (!watch.checkedWithin(3000)) this.#check(id, watch);
    const shadow = this.#shadows.get(id);
    return {
      id,
      shadow: shadow === undefined ? null : { name: shadow.name ?? null, waiting: shadow.waiting },
      passed: this.#passed,
      ...watch.view(span),
    };
  }

  /** Begins anew, as for another training. @returns was there such a reward? */
  reset(id: string): boolean {
    this.#watches.get(id)?.reset();
    return this.#watches.has(id);
  }

  [Symbol.dispose](): void {
    for (const shadow of this.#shadows.values()) shadow[Symbol.dispose]();
  }
}
