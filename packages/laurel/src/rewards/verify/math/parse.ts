import { Factors } from "./factors.ts";
import { limits, Unreadable } from "./limits.ts";
import { type Brackets, type Node, negated, type RelationSign } from "./node.ts";
import { type Reading, tokens } from "./token.ts";

const signs: Readonly<Record<string, RelationSign>> = {
  "=": "=",
  "<": "<",
  ">": ">",
  "<=": "<=",
  ">=": ">=",
  "!=": "!=",
  in: "in",
  approx: "approx",
  equiv: "equiv",
};

/**
 * Parses one answer, LaTeX or plain, into a tree.
 *
 * Grammar, loosest first: lists by `;`, then "and"/"or", then `,`; relations; unions and intersections; sums; products
 * (explicit and implied; implied ones bind tighter than `/`); powers; postfix `!`, `%`, `°` and units.
 *
 * @param text the answer without its sentence
 * @param reading how "1,234" and number formats are read
 * @throws Unreadable "over-long" beyond a limit, "malformed" where the text is not mathematics
 */
export function parse(text: string, reading: Reading): Node {
  const parser = new Parser(tokens(text, reading), reading.products === "left");
  const node = parser.semicolons();
  parser.expectEnd();
  return node;
}

class Parser extends Factors {
  expectEnd(): void {
    if (this.at < this.tokens.length) this.fail();
  }

  override semicolons(): Node {
    const parts = [this.conjunctions()];
    while (this.accept(";")) {
      if (this.at >= this.tokens.length) break;
      parts.push(this.conjunctions());
    }
    return this.listOf(parts, "");
  }

  /** "x < 1 or x > 2", "1, 2 and 3". Conditions are joined logically, values make a list. */
  conjunctions(): Node {
    const parts = [this.commas()];
    let word: "and" | "or" | undefined;
    for (;;) {
      if (this.accept("and")) word = "and";
      else if (this.accept("or")) word = "or";
      else break;
      this.accept(",");
      parts.push(this.commas());
    }
    if (parts.length === 1) return parts[0]!;
    const conditions = parts.every(
      (part) => part.k === "rel" && part.signs.some((sign) => sign !== "=" && sign !== "approx"),
    );
    if (conditions) return { k: word === "and" ? "all" : "any", args: parts };
    return this.listOf(
      parts.flatMap((part) => (part.k === "seq" && part.brackets === "" ? part.items : [part])),
      "",
    );
  }

  override commas(): Node {
    const items = [this.relation()];
    while (this.peekOp(",")) {
      this.at++;
      // "1, 2, and 3" and a comma at the end
      if (this.at >= this.tokens.length || this.peekOp("and") || this.peekOp("or") || this.peekOp(";")) break;
      items.push(this.relation());
    }
    return this.listOf(items, "");
  }

  private listOf(items: readonly Node[], brackets: Brackets): Node {
    if (items.length > limits.items) throw new Unreadable("over-long", `a list of ${items.length} items`);
    return items.length === 1 ? items[0]! : { k: "seq", brackets, items };
  }

  /** a = b < c …; also `a : b` ratios and clock times. */
  relation(): Node {
    const opening = this.peekSign();
    const terms: Node[] = [];
    const found: RelationSign[] = [];
    // "= 5" and "≈ 5" without a left side
    if (opening === "=" || opening === "approx") this.at++;
    terms.push(this.sets());
    for (;;) {
      const sign = this.peekSign();
      if (sign === undefined) break;
      this.at++;
      if (this.at >= this.tokens.length && sign === "=") break;
      found.push(sign);
      terms.push(this.sets());
      if (terms.length > limits.items) throw new Unreadable("over-long", "a chain of relations");
    }
    if (found.length === 0) return terms[0]!;
    return { k: "rel", terms, signs: found };
  }

  private peekSign(): RelationSign | undefined {
    const token = this.tokens[this.at];
    return token?.t === "op" ? signs[token.text] : undefined;
  }

  /** Unions, intersections and differences of sets, left to right; a ratio binds tighter. */
  sets(): Node {
    let node = this.ratio();
    for (;;) {
      const k = this.peekOp("cup")
        ? "union"
        : this.peekOp("cap")
          ? "inter"
          : this.peekOp("setminus")
            ? "minus"
            : undefined;
      if (k === undefined) return node;
      this.at++;
      const right = this.ratio();
      node = node.k === k && k !== "minus" ? { k, args: [...node.args, right] } : { k, args: [node, right] };
    }
  }

  private ratio(): Node {
    const first = this.sum();
    if (!this.peekOp(":")) return this.clock([first]);
    const parts = [first];
    let padded = true;
    while (this.accept(":")) {
      const token = this.tokens[this.at];
      padded &&= token?.t === "num" && /^[0-5]\d$/.test(token.text);
      parts.push(this.sum());
    }
    return this.clock(parts, padded);
  }

  /** "3:30 pm", "7 a.m." */
  private clock(parts: readonly Node[], padded = false): Node {
    const token = this.tokens[this.at];
    const half = token !== undefined && token.t !== "num" ? /^([ap])\.?\s?m\.?$/i.exec(token.text) : null;
    if (half !== null && parts.every((part) => part.k === "num")) {
      this.at++;
      return { k: "ratio", parts, padded, half: half[1]!.toLowerCase() === "a" ? "am" : "pm" };
    }
    return parts.length === 1 ? parts[0]! : { k: "ratio", parts, padded };
  }

  /** a + b − c ± d */
  override sum(): Node {
    this.enter();
    const args: Node[] = [];
    let token = this.tokens[this.at];
    const first = token?.t === "op" ? token.text : "";
    if (first === "±" || first === "∓") {
      this.at++;
      args.push({ k: "pm", arg: this.product(), flip: first === "∓" });
    } else args.push(this.product());
    for (;;) {
      token = this.tokens[this.at];
      if (token?.t !== "op") break;
      if (token.text === "+") {
        this.at++;
        args.push(this.product());
      } else if (token.text === "-") {
        this.at++;
        args.push(negated(this.product()));
      } else if (token.text === "±" || token.text === "∓") {
        this.at++;
        args.push({ k: "pm", arg: this.product(), flip: token.text === "∓" });
      } else break;
    }
    this.leave();
    return args.length === 1 ? args[0]! : joined(args);
  }
}

/** A sum of quantities of one unit is a quantity; else the plain sum. */
function joined(args: readonly Node[]): Node {
  const last = args[args.length - 1]!;
  if (last.k === "qty" && args.slice(0, -1).every((arg) => arg.k !== "qty"))
    return { k: "qty", value: { k: "add", args: [...args.slice(0, -1), last.value] }, unit: last.unit };
  return { k: "add", args };
}
