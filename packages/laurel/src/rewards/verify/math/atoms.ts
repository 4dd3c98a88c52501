import { Calls } from "./calls.ts";
import type { NumToken } from "./cursor.ts";
import { functionNames, greek } from "./functions.ts";
import { limits, Unreadable } from "./limits.ts";
import { type Node, negated, reciprocal } from "./node.ts";
import { rational } from "./rational.ts";
import { unitOf } from "./units.ts";

/** Numbers, words, commands, environments and brackets. */
export abstract class Atoms extends Calls {
  protected primary(): Node {
    this.enter();
    const node = this.atom();
    this.leave();
    return node;
  }

  private atom(): Node {
    const token = this.tokens[this.at];
    if (token === undefined) this.fail();
    switch (token.t) {
      case "num":
        return this.number(token);
      case "text":
        this.at++;
        return { k: "text", text: token.text };
      case "word":
        return this.word(token.text);
      case "cmd":
        return this.command(token.text);
      case "op":
        return this.bracket(token.text);
    }
  }

  protected number(token: NumToken): Node {
    this.at++;
    const { value, places, significant } = token.value;
    if (this.peekOp("_")) {
      const start = this.at;
      this.at++;
      const base = this.peekOp("{") ? this.group() : this.argument();
      const radix = base.k === "num" && base.v.d === 1n ? Number(base.v.n) : 0;
      if (radix < 2 || radix > 36 || !/^[0-9]+$/.test(token.text)) {
        this.at = start;
        this.fail();
      }
      let v = 0n;
      for (const digit of token.text) {
        if (Number(digit) >= radix) this.fail();
        v = v * BigInt(radix) + BigInt(digit);
      }
      return { k: "num", v: rational(v), digits: token.text };
    }
    return places > 0 || token.text.endsWith("e")
      ? { k: "num", v: value, significant, places }
      : { k: "num", v: value };
  }

  /** A word: a function, a constant, a Greek letter, a unit, or letters that stand for themselves. */
  private word(text: string): Node {
    this.at++;
    if (functionNames.has(text)) return this.call(text);
    const glued = /^(sin|cos|tan|cot|sec|csc|ln|log)([a-z])$/.exec(text);
    if (glued !== null) {
      this.tokens.splice(this.at, 0, { t: "word", text: glued[2]!, space: false });
      return this.call(glued[1]!);
    }
    if (text === "pi" || text === "PI") return { k: "sym", name: "pi" };
    if (text === "inf" || text === "infinity" || text === "oo" || text === "Infinity") return { k: "sym", name: "inf" };
    if (greek.has(text) && text.length > 2) return this.symbol(text);
    if (/^[€£¥₹¢]/.test(text)) {
      const value = this.postfix();
      return { k: "qty", value, unit: unitOf(text[0]!) };
    }
    if (text.length === 1) return this.symbol(text);
    if (text.length > 3 || /[^A-Za-z]/.test(text)) return { k: "text", text };
    // "xy" is x·y
    const letters = [...text];
    const parts: Node[] = letters.slice(0, -1).map((name): Node => ({ k: "sym", name }));
    const last = letters[letters.length - 1]!;
    // an exponent belongs to the last letter only, so the rest is kept for later factors
    this.tokens.splice(this.at, 0, { t: "word", text: last, space: false });
    return parts.length === 1 ? parts[0]! : { k: "mul", args: parts };
  }

  /** A letter with its index, its primes, and its arguments if it is a function such as f(x). */
  private symbol(name: string): Node {
    let full = name;
    if (this.accept("_")) {
      const index = this.argument();
      full += `_${index.k === "num" ? String(index.v.n) : index.k === "sym" || index.k === "text" ? (index.k === "sym" ? index.name : index.text) : indexText(index)}`;
    }
    while (this.accept("'")) full += "'";
    const open = this.tokens[this.at];
    if (/^[fghFGWPQS]'*$/.test(full) && open?.t === "op" && open.text === "(" && !open.space) {
      const argument = this.bracket("(");
      return { k: "fn", name: `${full}()`, args: argument.k === "seq" ? argument.items : [argument] };
    }
    return { k: "sym", name: full };
  }

  private command(name: string): Node {
    this.at++;
    switch (name) {
      case "frac": {
        const top = this.argument();
        const under = this.argument();
        return { k: "mul", args: [top, reciprocal(under)] };
      }
      case "binom":
      case "dbinom":
      case "tbinom": {
        const n = this.argument();
        return { k: "fn", name: "binomial", args: [n, this.argument()] };
      }
      case "sqrt": {
        if (this.peekOp("[")) {
          this.at++;
          const index = this.sum();
          this.expect("]");
          return { k: "pow", base: this.root(), exp: reciprocal(index) };
        }
        return { k: "pow", base: this.root(), exp: { k: "num", v: rational(1n, 2n) } };
      }
      case "pi":
        return { k: "sym", name: "pi" };
      case "infty":
      case "infinity":
        return { k: "sym", name: "inf" };
      case "emptyset":
      case "varnothing":
        return { k: "seq", brackets: "{}", items: [] };
      case "lfloor":
        return this.between("rfloor", "floor");
      case "lceil":
        return this.between("rceil", "ceil");
      case "langle": {
        const inside = this.commas();
        this.closeCommand("rangle");
        return {
          k: "seq",
          brackets: "<>",
          items: inside.k === "seq" && inside.brackets === "" ? inside.items : [inside],
        };
      }
      case "overline":
      case "bar":
      case "vec":
      case "hat":
      case "overrightarrow":
      case "tilde":
      case "underline":
      case "mathop": {
        const inner = this.argument();
        return name === "mathop" || name === "underline" ? inner : { k: "fn", name, args: [inner] };
      }
      case "angle":
      case "triangle":
      case "measuredangle": {
        const inner = this.postfix();
        return { k: "fn", name, args: [inner] };
      }
      case "sum":
      case "prod":
        return this.series(name);
      default:
    }
    if (name.startsWith("begin:")) return this.environment(name.slice(6));
    if (name.startsWith("bb")) return this.numberSet(name);
    if (functionNames.has(name)) return this.call(name);
    if (greek.has(name)) return this.symbol(name);
    if (/^(?:therefore|Rightarrow|implies|because|to|rightarrow|quad)$/.test(name)) this.fail();
    return this.symbol(`\\${name}`);
  }

  private numberSet(name: string): Node {
    const inf: Node = { k: "sym", name: "inf" };
    if (name === "bbR") return { k: "seq", brackets: "()", items: [negated(inf), inf] };
    return this.symbol(name);
  }

  private root(): Node {
    const token = this.tokens[this.at];
    // `\sqrt 13` means √13, whatever TeX makes of it
    if (token?.t === "num") return this.number(token);
    if (token?.t === "op" && token.text === "(") return this.bracket("(");
    return this.argument();
  }

  private between(close: string, name: string): Node {
    const inner = this.sum();
    this.closeCommand(close);
    return { k: "fn", name, args: [inner] };
  }

  private closeCommand(name: string): void {
    const token = this.tokens[this.at];
    if (token?.t === "cmd" && token.text === name) this.at++;
    else this.fail();
  }

  /** \sum_{k=a}^{b} f and \prod with whole bounds. */
  private series(name: string): Node {
    let low: Node | undefined;
    let high: Node | undefined;
    for (let k = 0; k < 2; k++) {
      if (this.accept("_")) low = this.argument();
      else if (this.accept("^")) high = this.argument();
    }
    if (low?.k !== "rel" || low.terms.length !== 2 || low.terms[0]!.k !== "sym" || high === undefined) this.fail();
    const body = this.product();
    return { k: "fn", name, args: [low.terms[0]!, low.terms[1]!, high, body] };
  }

  private environment(kind: string): Node {
    if (!/^(?:[pbvBV]?matrix|smallmatrix|array|cases|aligned|align\*?)$/.test(kind)) this.fail();
    const rows: Node[][] = [[]];
    let cells = 0;
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined) break;
      if (token.t === "cmd" && token.text.startsWith("end:")) {
        this.at++;
        break;
      }
      if (token.t === "cmd" && token.text === "hline") {
        this.at++;
        continue;
      }
      if (this.accept("&")) continue;
      if (this.accept("\\\\")) {
        rows.push([]);
        continue;
      }
      if (++cells > limits.items) throw new Unreadable("over-long", "a matrix of too many cells");
      rows[rows.length - 1]!.push(this.commas());
    }
    const filled = rows.filter((row) => row.length > 0);
    if (filled.length === 0) this.fail();
    if (kind === "cases" || kind.startsWith("align")) return { k: "seq", brackets: "", items: filled.flat() };
    if (kind === "vmatrix") return { k: "fn", name: "det", args: [{ k: "mat", rows: filled }] };
    return { k: "mat", rows: filled };
  }

  protected override bracket(open: string): Node {
    if (open === "{") return this.group();
    if (open === "|") {
      this.at++;
      this.bars++;
      this.enter();
      const inner = this.sum();
      this.leave();
      this.bars--;
      this.expect("|");
      return { k: "fn", name: "abs", args: [inner] };
    }
    if (open === "\\$") {
      this.at++;
      const value = this.postfix();
      return { k: "qty", value, unit: unitOf("dollar") };
    }
    if (open !== "(" && open !== "[" && open !== "\\{") this.fail();
    this.at++;
    this.enter();
    const bars = this.bars;
    // in {x | …} the bar ends the element
    this.bars = open === "\\{" ? 1 : 0;
    const close = open === "\\{" ? "\\}" : undefined;
    const token = this.tokens[this.at];
    let items: readonly Node[] = [];
    if (!(token?.t === "op" && (token.text === ")" || token.text === "]" || token.text === "\\}"))) {
      const inside = this.semicolons();
      if (open === "\\{" && (this.peekOp("|") || this.peekOp(":"))) {
        // {x | condition} and {x : condition}
        this.at++;
        const condition = this.semicolons();
        this.expect("\\}");
        this.leave();
        this.bars = bars;
        return condition;
      }
      items = inside.k === "seq" && inside.brackets === "" ? inside.items : [inside];
    }
    this.bars = bars;
    this.leave();
    if (close !== undefined) {
      // \{x : condition\} whose colon was read as a ratio
      if (items.length === 1 && items[0]!.k === "rel" && items[0]!.terms[0]!.k === "ratio" && this.peekOp("\\}")) {
        this.at++;
        const condition = items[0]!;
        const first = condition.terms[0]!;
        if (first.k === "ratio" && first.parts.length === 2)
          return { ...condition, terms: [first.parts[1]!, ...condition.terms.slice(1)] };
      }
      this.expect(close);
      return { k: "seq", brackets: "{}", items };
    }
    let end: ")" | "]" = open === "(" ? ")" : "]";
    if (this.accept(")")) end = ")";
    else if (this.accept("]")) end = "]";
    else if (this.at < this.tokens.length) this.fail();
    if (items.length === 1 && ((open === "(" && end === ")") || (open === "[" && end === "]" && items[0]!.k !== "seq")))
      return items[0]!;
    // a half-open interval has two ends
    if ((open === "(") !== (end === ")") && items.length !== 2) this.fail();
    return { k: "seq", brackets: `${open}${end}` as "()" | "[]" | "(]" | "[)", items };
  }
}

function indexText(node: Node): string {
  if (node.k === "mul" || node.k === "add") return node.args.map(indexText).join("");
  if (node.k === "num") return String(node.v.n);
  if (node.k === "sym") return node.name;
  if (node.k === "seq") return node.items.map(indexText).join(",");
  return node.k === "text" ? node.text : "?";
}
