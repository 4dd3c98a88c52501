import { limits, Unreadable } from "./limits.ts";
import type { Node } from "./node.ts";
import type { Token } from "./token.ts";

/** A number token. */
export type NumToken = Extract<Token, { t: "num" }>;

/**
 * Where the parser stands in its tokens, and how deep. The grammar is layered over it, each layer knowing the ones below:
 * `Calls` (function calls), `Atoms` (numbers, words, commands, brackets), `Factors` (powers, products, units), `Parser`
 * (sums, relations, lists).
 */
export abstract class Cursor {
  protected tokens: Token[];
  protected at = 0;
  private depth = 0;
  // inside |…| a further bar closes
  protected bars = 0;

  /** Is a/bc read as (a/b)c rather than a/(bc)? */
  protected readonly leftToRight: boolean;

  constructor(list: Token[], leftToRight: boolean) {
    this.tokens = list;
    this.leftToRight = leftToRight;
    if (list.length === 0) throw new Unreadable("malformed", "an empty answer");
  }

  /** A sum, the loosest scalar. */
  abstract sum(): Node;
  /** Items with commas between them. */
  abstract commas(): Node;
  /** What may stand in brackets: items joined by commas, semicolons or words. */
  abstract semicolons(): Node;
  protected abstract product(): Node;
  protected abstract postfix(): Node;
  protected abstract exponent(): Node;
  protected abstract argument(): Node;
  protected abstract group(): Node;
  protected abstract bracket(open: string): Node;
  protected abstract startsFactor(): boolean;

  protected fail(): never {
    const token = this.tokens[this.at];
    throw new Unreadable("malformed", token === undefined ? "ends too early" : `unexpected ${token.text.slice(0, 40)}`);
  }

  protected enter(): void {
    if (++this.depth > limits.depth) throw new Unreadable("over-long", `nested deeper than ${limits.depth}`);
  }

  protected leave(): void {
    this.depth--;
  }

  protected peekOp(text: string): boolean {
    const token = this.tokens[this.at];
    return token?.t === "op" && token.text === text;
  }

  protected accept(text: string): boolean {
    if (!this.peekOp(text)) return false;
    this.at++;
    return true;
  }

  protected expect(text: string): void {
    // a brace or bracket that the end of the text cut off is taken as closed
    if (!this.accept(text) && this.at < this.tokens.length) this.fail();
  }
}

/** Is the token a run of digits without separators? */
export function isPlain(token: NumToken): boolean {
  return /^\d+$/.test(token.text);
}

/** a · b, kept flat; a quantity times a number stays a quantity, and a value before a quantity's number multiplies it. */
export function multiplied(a: Node, b: Node): Node {
  if (a.k === "qty" && b.k !== "qty" && b.k !== "text")
    return { k: "qty", value: multiplied(a.value, b), unit: a.unit };
  if (b.k === "qty" && a.k !== "qty" && a.k !== "text")
    return { k: "qty", value: multiplied(a, b.value), unit: b.unit };
  if (a.k === "mul") return { k: "mul", args: [...a.args, b] };
  return { k: "mul", args: [a, b] };
}
