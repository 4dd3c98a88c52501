/** A failure that a user can act on: `message` says what is wrong, `hint` what to do next, `exitCode` what the CLI returns. */
export class LaurelError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
  constructor(
    code: string,
    message: string,
    options: { hint?: string | undefined; exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 2;
  }
}

/** Wrong options or a wrong call. */
export class UsageError extends LaurelError {
  constructor(message: string, hint?: string) {
    super("usage", message, { hint });
  }
}

/** Where in the input something is wrong. `line` counts from 1. */
export interface InputPlace {
  file?: string | undefined;
  line?: number | undefined;
  field?: string | undefined;
}

/** Bad input, with file, line, field and reason: `answers.jsonl, line 17, candidates: expected an array`. */
export class InputError extends LaurelError {
  readonly place: InputPlace;
  readonly reason: string;
  constructor(place: InputPlace, reason: string, hint?: string) {
    const where = [place.file, place.line === undefined ? undefined : `line ${place.line}`, place.field].filter(
      (part) => part !== undefined,
    );
    super("input", where.length > 0 ? `${where.join(", ")}: ${reason}` : reason, { hint });
    this.place = place;
    this.reason = reason;
  }
}

/** Too few observations for the answer that was asked for; `needed` says how many would do, where that is known. */
export class NotEnoughDataError extends LaurelError {
  readonly needed: number | undefined;
  constructor(message: string, needed?: number) {
    super("not-enough-data", message, {
      exitCode: 3,
      hint: needed === undefined ? undefined : `about ${needed} are needed`,
    });
    this.needed = needed;
  }
}

/** An optional package is not installed; the hint is the install command. */
export class MissingPackageError extends LaurelError {
  constructor(what: string, install: string) {
    super("missing-package", `${what} is not installed`, { hint: `run: ${install}` });
  }
}

/** A run stopped before its end although nothing was wrong with the input: a budget is spent or a disk is full. */
export class StoppedError extends LaurelError {
  constructor(message: string, hint?: string, cause?: unknown) {
    super("stopped", message, { hint, exitCode: 4, cause });
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
