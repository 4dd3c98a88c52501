import { StoppedError, UsageError } from "../core/index.ts";

/** What a call may cost at most, or did cost. Without `usd` its price is unknown. */
export interface Cost {
  tokens: number;
  usd?: number | undefined;
}

/** What is left of a budget in the hands of one call. */
export interface Reservation {
  /** Gives back what was reserved and takes what was really spent. */
  settle(spent: Cost): void;
}

/**
 * The most that the model calls of a run may cost.
 *
 * A call begins only if what was spent, what the calls in flight may cost at most, and what this one may cost at most stay within the limit together.
 * Where they do not, it waits for those in flight to cost less than they might have; if none is left, it is refused. So the limit is not
 * exceeded as long as the bounds are right: a token is taken to be at least one byte of text, and answers to end at `maxTokens`.
 */
export class Budget {
  readonly usd: number | undefined;
  readonly tokens: number | undefined;
  #spent = { usd: 0, tokens: 0 };
  #reserved = { usd: 0, tokens: 0 };
  #inFlight = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: { usd?: number | undefined; tokens?: number | undefined }) {
    this.usd = limit.usd;
    this.tokens = limit.tokens;
  }

  /** What was spent so far. */
  get spent(): { usd: number; tokens: number } {
    return { ...this.#spent };
  }

  /**
   * Waits until a call that costs `most` at most can be afforded.
   * @returns the reservation, or the error that ends the run
   */
  async reserve(most: Cost, model: string): Promise<Reservation | StoppedError | UsageError> {
    if (this.usd !== undefined && most.usd === undefined)
      return new UsageError(
        `the price of ${model} is not known, so a budget in usd cannot be kept`,
        "state it in the model's spec, price: { input: USD, output: USD } for a million tokens each, or give the budget in tokens (1e6tok)",
      );
    const usd = most.usd ?? 0;
    while (!this.#fits(most.tokens, usd)) {
      if (this.#inFlight === 0) return this.#refusal(most);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#inFlight++;
    this.#reserved.usd += usd;
    this.#reserved.tokens += most.tokens;
    return {
      settle: (spent) => {
        this.#inFlight--;
        this.#reserved.usd -= usd;
        this.#reserved.tokens -= most.tokens;
        this.#spent.usd += spent.usd ?? 0;
        this.#spent.tokens += spent.tokens;
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const wake of waiting) wake();
      },
    };
  }

  #fits(tokens: number, usd: number): boolean {
    // sums of prices carry rounding errors far below a cent
    const slack = 1e-9;
    return (
      (this.tokens === undefined || this.#spent.tokens + this.#reserved.tokens + tokens <= this.tokens) &&
      (this.usd === undefined || this.#spent.usd + this.#reserved.usd + usd <= this.usd + slack)
    );
  }

  #refusal(most: Cost): StoppedError {
    const money = this.usd === undefined ? [] : [`${this.#spent.usd.toFixed(4)} of ${this.usd} usd`];
    const tokens = this.tokens === undefined ? [] : [`${this.#spent.tokens} of ${this.tokens} tokens`];
    const next = [
      ...(this.usd === undefined ? [] : [`${most.usd!.toFixed(4)} usd`]),
      ...(this.tokens === undefined ? [] : [`${most.tokens} tokens`]),
    ];
    return new StoppedError(
      `the budget is used up: ${[...money, ...tokens].join(" and ")} are spent, and the next call may cost ${next.join(" and ")}`,
      "run the same command again to go on with a new budget; answers that were paid for are not asked for again",
    );
  }
}

/**
 * A budget from text: `2usd`, `1e6tok`, or both as `2usd,1e6tok`.
 * @throws UsageError for anything else
 * @example parseBudget("0.5usd").usd // 0.5
 */
export function parseBudget(text: string): Budget {
  const limit: { usd?: number; tokens?: number } = {};
  for (const part of text.split(",")) {
    const match = /^\s*([0-9.]{1,20}(?:e[+]?[0-9]{1,3})?)\s*(usd|tok|tokens)\s*$/i.exec(part);
    const value = match === null ? Number.NaN : Number(match[1]);
    if (match === null || !Number.isFinite(value) || value <= 0)
      throw new UsageError(`a budget is an amount above 0 such as 2usd or 1e6tok, not '${part.trim()}'`);
    const unit = match[2]!.toLowerCase() === "usd" ? "usd" : "tokens";
    if (limit[unit] !== undefined) throw new UsageError(`the budget '${text}' names ${unit} twice`);
    limit[unit] = value;
  }
  return new Budget(limit);
}
