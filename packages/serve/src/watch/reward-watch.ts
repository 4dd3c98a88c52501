import { type Alarm, alarmsOf } from "./alarms.ts";
import { Ends } from "./ring.ts";
import { type Answer, type Both, type Point, Span } from "./span.ts";

/** Points of one width, the last ones of them. */
class Series {
  readonly width: number;
  readonly #most: number;
  readonly #points: Point[] = [];
  #open: Span | undefined;

  constructor(width: number, most: number) {
    this.width = width;
    this.#most = most;
  }

  /** The span of a time, the ones before it closed. */
  at(now: number, shadowed: boolean): Span {
    const start = now - (now % this.width);
    if (this.#open?.at !== start) {
      if (this.#open !== undefined) this.#points.push(this.#open.point(shadowed));
      if (this.#points.length > this.#most) this.#points.shift();
      this.#open = new Span(start);
    }
    return this.#open;
  }

  points(shadowed: boolean): Point[] {
    return this.#open === undefined ? [...this.#points] : [...this.#points, this.#open.point(shadowed)];
  }
}

/** An alarm with the time since which it holds. */
export interface Raised extends Alarm {
  since: number;
}

const kept = 1000;
const pairsKept = 1000;
const textsKept = 4096;

/** What is watched of one reward. */
export class RewardWatch {
  readonly #shadowed: boolean;
  #series = this.#fresh();
  #answers = new Ends<Answer>(kept);
  #latencies = new Ends<number>(kept);
  #both = new Ends<Both>(pairsKept);
  #texts = new Map<string, number>();
  #order: string[] = [];
  #raised: Raised[] = [];
  #checked = 0;
  #since = Date.now();

  constructor(shadowed: boolean) {
    this.#shadowed = shadowed;
  }

  #fresh(): { fine: Series; coarse: Series } {
    return { fine: new Series(10_000, 360), coarse: new Series(300_000, 576) };
  }

  #spans(): Span[] {
    const now = Date.now();
    return Object.values(this.#series).map((series) => series.at(now, this.#shadowed));
  }

  request(milliseconds: number): void {
    this.#latencies.add(milliseconds);
    for (const span of this.#spans()) span.request(milliseconds);
  }

  /** Was this text among the last few thousand answers? It is now. */
  #seen(text: string): boolean {
    const times = this.#texts.get(text) ?? 0;
    this.#texts.set(text, times + 1);
    this.#order.push(text);
    if (this.#order.length > 2 * textsKept) this.#order = this.#order.slice(textsKept);
    const oldest = this.#order.length > textsKept ? this.#order[this.#order.length - 1 - textsKept] : undefined;
    if (oldest !== undefined) {
      const left = (this.#texts.get(oldest) ?? 1) - 1;
      if (left <= 0) this.#texts.delete(oldest);
      else this.#texts.set(oldest, left);
    }
    return times > 0;
  }

  /** @param text the answer's hash */
  answer(one: Omit<Answer, "again">, text: string): void {
    const answer = { ...one, again: this.#seen(text) };
    this.#answers.add(answer);
    for (const span of this.#spans()) span.answer(answer);
  }

  both(one: Both): void {
    this.#both.add(one);
    for (const span of this.#spans()) span.both(one);
  }

  dropped(answers: number): void {
    for (const span of this.#spans()) span.dropped += answers;
  }

  shadowUnscored(): void {
    for (const span of this.#spans()) span.shadowUnscored++;
  }

  /** The alarms of now. @returns those that are new */
  check(): Raised[] {
    const now = Date.now();
    this.#checked = now;
    const before = new Map(this.#raised.map((one) => [one.id, one]));
    this.#raised = alarmsOf({ answers: this.#answers, latencies: this.#latencies, both: this.#both }).map((one) => ({
      ...one,
      since: before.get(one.id)?.since ?? now,
    }));
    return this.#raised.filter(({ id }) => !before.has(id));
  }

  /** Was it checked within so many milliseconds? */
  checkedWithin(milliseconds: number): boolean {
    return Date.now() - this.#checked < milliseconds;
  }

  /** Begins anew, as for another training. */
  reset(): void {
    this.#series = this.#fresh();
    this.#answers = new Ends(kept);
    this.#latencies = new Ends(kept);
    this.#both = new Ends(pairsKept);
    this.#texts = new Map();
    this.#order = [];
    this.#raised = [];
    this.#checked = 0;
    this.#since = Date.now();
  }

  /** All of it, for the page. */
  view(span: "fine" | "coarse") {
    const series = this.#series[span];
    return {
      since: this.#since,
      width: series.width,
      answers: this.#answers.count,
      baseline: this.#answers.first.length,
      points: series.points(this.#shadowed),
      alarms: this.#raised,
    };
  }
}
