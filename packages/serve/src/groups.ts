import { type Reward, type Score, type Scores, type Task, unscored } from "laurel/core";

/** How samples that arrive one by one are put together for a reward that sees groups. */
export interface GroupSetting {
  /** Samples a group. */
  size: number;
  /** What members of a group share: their prompt (and reference), or an id that the client sends. */
  key: "prompt" | "uid";
  /** Milliseconds that the first member waits for the last. */
  wait: number;
}

interface Member {
  task: Task;
  signal: AbortSignal | undefined;
  settle: (score: Score) => void;
}

interface Group {
  members: Member[];
  timer: NodeJS.Timeout;
}

/** Scores one whole task, as the engine does. */
export type ScoreGroup = (task: Task, signal: AbortSignal) => Promise<Scores>;

/**
 * Holds samples until a group is complete, scores it once and answers each member.
 *
 * A group closes with its last member: a further sample of the same key, such as the prompt's next epoch, opens a new
 * one. At the deadline the members that came are unscored with `incomplete-group`; a member whose client leaves is
 * taken out, so that its retry does not count twice.
 */
export class GroupHold {
  readonly #open = new Map<string, Group>();
  readonly #most: number;
  #held = 0;

  /** @param most samples that may be held at a time */
  constructor(most = 65_536) {
    this.#most = most;
  }

  /** Samples that wait for others of their group. */
  get held(): number {
    return this.#held;
  }

  /** May this many more samples be held? */
  takes(samples: number): boolean {
    return this.#held + samples <= this.#most;
  }

  /**
   * Adds a sample to the open group of its key.
   * @param task a task with one candidate
   */
  join(
    reward: Reward,
    key: string,
    task: Task,
    setting: GroupSetting,
    score: ScoreGroup,
    signal?: AbortSignal,
  ): Promise<Score> {
    return new Promise((resolve) => {
      const place = `${reward.name}\n${setting.size}\n${key}`;
      let group = this.#open.get(place);
      if (group === undefined) {
        const opened: Group = {
          members: [],
          timer: setTimeout(() => this.#expire(place, opened, setting), setting.wait),
        };
        group = opened;
        this.#open.set(place, group);
      }
      const joined = group;
      const member: Member = { task, signal, settle: resolve };
      joined.members.push(member);
      this.#held++;
      signal?.addEventListener("abort", () => this.#leave(place, joined, member), { once: true });
      if (joined.members.length === setting.size) this.#complete(place, joined, score);
    });
  }

  #leave(place: string, group: Group, member: Member): void {
    if (this.#open.get(place) !== group) return;
    const at = group.members.indexOf(member);
    if (at < 0) return;
    group.members.splice(at, 1);
    this.#held--;
    member.settle(unscored("cancelled", "the client left"));
    if (group.members.length > 0) return;
    clearTimeout(group.timer);
    this.#open.delete(place);
  }

  #close(place: string, group: Group): void {
    clearTimeout(group.timer);
    this.#open.delete(place);
    this.#held -= group.members.length;
  }

  #expire(place: string, group: Group, setting: GroupSetting): void {
    if (this.#open.get(place) !== group) return;
    this.#close(place, group);
    const why = unscored(
      "incomplete-group",
      `${group.members.length} of ${setting.size} samples arrived within ${setting.wait} ms; the client must have at least ${setting.size} requests in flight`,
    );
    for (const member of group.members) member.settle(why);
  }

  #complete(place: string, group: Group, score: ScoreGroup): void {
    this.#close(place, group);
    const { members } = group;
    const everyoneLeft = new AbortController();
    let here = members.length;
    const left = (): void => {
      if (--here === 0) everyoneLeft.abort();
    };
    for (const member of members) member.signal?.addEventListener("abort", left, { once: true });
    const task: Task = { ...members[0]!.task, candidates: members.map((member) => member.task.candidates[0]!) };
    score(task, everyoneLeft.signal).then(
      ([scores]) => {
        for (const [i, member] of members.entries())
          member.settle(scores?.[i] ?? unscored("bug", "the group was given no score"));
      },
      (thrown: unknown) => {
        const failed = unscored("rate-limit", thrown instanceof Error ? thrown.message : String(thrown));
        for (const member of members) member.settle(failed);
      },
    );
  }

  /** Answers everyone who waits, at the end of the server. */
  end(): void {
    const why = unscored("cancelled", "the server is ending", { transient: true });
    for (const [place, group] of [...this.#open]) {
      this.#close(place, group);
      for (const member of group.members) member.settle(why);
    }
  }
}
