import { Atoms } from "./atoms.ts";
import { isPlain, multiplied } from "./cursor.ts";
import { functionNames, greek } from "./functions.ts";
import { type Node, negated, reciprocal, whole } from "./node.ts";
import { plus, rational } from "./rational.ts";
import { DEGREE, isUnit, percentWord, unitOf } from "./units.ts";

/** Powers and postfix signs, units behind values, mixed numbers, explicit and implied products. */
export abstract class Factors extends Atoms {
  protected override product(): Node {
    this.enter();
    let node = this.implied();
    for (;;) {
      if (this.accept("*")) node = multiplied(node, this.implied());
      else if (this.accept("/")) {
        const right = this.leftToRight ? this.signedPower() : this.implied();
        // "5 km/h" keeps its number, "7/9 pounds" and "1/2 %" measure the quotient
        if (node.k === "qty" && right.k === "text")
          node = { k: "qty", value: node.value, unit: unitOf(`${node.unit.name}/${right.text}`) };
        else if (right.k === "qty" && node.k !== "qty")
          node = { k: "qty", value: multiplied(node, reciprocal(right.value)), unit: right.unit };
        else if (right.k === "pct" && node.k !== "pct")
          node = { k: "pct", value: multiplied(node, reciprocal(right.value)) };
        else node = multiplied(node, reciprocal(right));
        if (this.leftToRight) while (this.startsFactor()) node = multiplied(node, this.postfix());
      } else break;
    }
    this.leave();
    return node;
  }

  /** A signed factor with the factors that follow it without a sign. */
  private implied(): Node {
    if (this.accept("-")) {
      this.enter();
      const inner = negated(this.implied());
      this.leave();
      return inner;
    }
    if (this.accept("+")) {
      this.enter();
      const inner = this.implied();
      this.leave();
      return inner;
    }
    let node = this.postfix();
    for (;;) {
      const mixed = this.mixed(node);
      if (mixed !== undefined) {
        node = mixed;
        continue;
      }
      const measured = this.unit(node);
      if (measured !== undefined) {
        node = measured;
        continue;
      }
      if (!this.startsFactor()) return node;
      node = multiplied(node, this.postfix());
    }
  }

  /** 2 1/2 and 2\frac{1}{2} are mixed numbers. */
  private mixed(node: Node): Node | undefined {
    if (node.k !== "num" || node.v.d !== 1n || node.v.n < 0n) return undefined;
    const token = this.tokens[this.at];
    if (token?.t === "cmd" && token.text === "frac") {
      const start = this.at;
      const right = this.postfix();
      if (right.k === "mul" && right.args.length === 2) {
        const [top, under] = right.args;
        if (
          top!.k === "num" &&
          top!.v.d === 1n &&
          under!.k === "pow" &&
          under!.base.k === "num" &&
          under!.base.v.d === 1n &&
          top!.v.n > 0n &&
          top!.v.n < under!.base.v.n
        )
          return { k: "num", v: plus(node.v, rational(top!.v.n, under!.base.v.n)) };
      }
      this.at = start;
      return undefined;
    }
    const slash = this.tokens[this.at + 1];
    const under = this.tokens[this.at + 2];
    const before = this.tokens[this.at - 1];
    if (
      token?.t === "num" &&
      before?.t === "num" &&
      slash?.t === "op" &&
      slash.text === "/" &&
      under?.t === "num" &&
      isPlain(token) &&
      isPlain(under) &&
      under.value.value.n > token.value.value.n
    ) {
      this.at += 3;
      return { k: "num", v: plus(node.v, rational(token.value.value.n, under.value.value.n)) };
    }
    return undefined;
  }

  /** Text or a unit's name behind a value. */
  private unit(node: Node): Node | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || node.k === "qty") return undefined;
    if (token.t !== "num" && /^[ap]\.?\s?m\.?$/i.test(token.text)) return undefined;
    const isText = token.t === "text";
    const isWord =
      token.t === "word" &&
      token.text.length > 1 &&
      !functionNames.has(token.text) &&
      !greek.has(token.text) &&
      (isUnit(token.text) || percentWord.test(token.text) || (token.space && token.text.length > 3));
    const isSign = token.t === "word" && /^[€£¥₹¢]/.test(token.text);
    if (!isText && !isWord && !isSign) return undefined;
    let phrase = "";
    if (isText && percentWord.test(token.text)) {
      this.at++;
      return { k: "pct", value: node };
    }
    if (isWord && percentWord.test(token.text)) {
      this.at++;
      return { k: "pct", value: node };
    }
    while (this.at < this.tokens.length) {
      const next = this.tokens[this.at]!;
      if (next.t === "text" || (next.t === "word" && (phrase !== "" || isWord || isSign))) phrase += ` ${next.text}`;
      else if (next.t === "op" && next.text === "/" && this.tokens[this.at + 1]?.t !== "num") phrase += " /";
      else if (next.t === "op" && next.text === "^" && phrase !== "") {
        const exponent = this.unitExponent();
        if (exponent === undefined) break;
        phrase += `^${exponent}`;
        continue;
      } else if (next.t === "op" && next.text === "." && phrase !== "") phrase += "";
      else break;
      this.at++;
    }
    return { k: "qty", value: node, unit: unitOf(phrase) };
  }

  /** `^2` or `^{-1}` behind a unit; stands on the token after it. */
  private unitExponent(): number | undefined {
    const start = this.at;
    this.at++;
    const braced = this.accept("{");
    const minus = this.accept("-");
    const token = this.tokens[this.at];
    if (token?.t === "num" && isPlain(token) && token.text.length === 1) {
      this.at++;
      if (!braced || this.accept("}")) return minus ? -Number(token.text) : Number(token.text);
    }
    this.at = start;
    return undefined;
  }

  protected override startsFactor(): boolean {
    const token = this.tokens[this.at];
    if (token === undefined) return false;
    if (token.t === "num") return true;
    if (token.t === "word") return !(/^[ap]m$/i.test(token.text) && this.tokens[this.at - 1]?.t === "num");
    if (token.t === "cmd") return !/^(?:end:.*|to|[pb]?mod|rangle|rfloor|rceil)$/.test(token.text);
    if (token.t === "op")
      return (
        token.text === "(" ||
        token.text === "[" ||
        token.text === "{" ||
        token.text === "\\{" ||
        (token.text === "|" && this.bars === 0)
      );
    return false;
  }

  /** A power with its factorial, percent and degree signs. */
  protected override postfix(): Node {
    let node = this.primary();
    for (;;) {
      if (this.peekOp("^")) {
        const next = this.tokens[this.at + 1];
        const braced = next?.t === "op" && next.text === "{" ? this.tokens[this.at + 2] : next;
        if (braced?.t === "cmd" && (braced.text === "circ" || braced.text === "degree")) {
          this.at += next === braced ? 2 : 3;
          if (next !== braced) this.expect("}");
          const scale = this.tokens[this.at];
          // °C and °F are no angles
          if (scale !== undefined && scale.t !== "num" && /^[CF]$/.test(scale.text)) {
            this.at++;
            node = { k: "qty", value: node, unit: unitOf(`degree ${scale.text}`) };
          } else node = { k: "qty", value: node, unit: DEGREE };
          continue;
        }
        this.at++;
        if (this.peekOp("'") || (braced?.t === "cmd" && braced.text === "prime")) {
          this.at++;
          continue;
        }
        node = { k: "pow", base: node, exp: this.exponent() };
      } else if (this.peekOp("!")) {
        this.at++;
        node = { k: "fn", name: "factorial", args: [node] };
      } else if (this.peekOp("%")) {
        this.at++;
        node = { k: "pct", value: node };
      } else if (this.peekOp("...")) {
        this.at++;
      } else if (
        this.tokens[this.at]?.t === "cmd" &&
        /^(?:[lc]?dots|degree)$/.test(this.tokens[this.at]!.text) &&
        node.k === "num"
      ) {
        const degree = this.tokens[this.at]!.text === "degree";
        this.at++;
        if (degree) node = { k: "qty", value: node, unit: DEGREE };
      } else return node;
    }
  }

  protected override exponent(): Node {
    this.enter();
    let node: Node;
    if (this.accept("-")) node = negated(this.exponent());
    else if (this.accept("+")) node = this.exponent();
    else {
      node = this.primary();
      if (this.peekOp("^")) {
        this.at++;
        node = { k: "pow", base: node, exp: this.exponent() };
      }
    }
    this.leave();
    return node;
  }

  /** A braced group, or the next single token; TeX takes one digit. */
  protected override argument(): Node {
    if (this.peekOp("{")) return this.group();
    const token = this.tokens[this.at];
    if (token?.t === "num" && /^\d\d+$/.test(token.text)) {
      const first = BigInt(token.text[0]!);
      const rest = token.text.slice(1);
      this.tokens[this.at] = {
        ...token,
        text: rest,
        value: { value: rational(BigInt(rest)), places: 0, significant: rest.length },
      };
      return whole(first);
    }
    if (this.accept("-")) return negated(this.argument());
    return this.primary();
  }

  protected override group(): Node {
    this.enter();
    this.expect("{");
    if (this.accept("}")) return { k: "seq", brackets: "", items: [] };
    const bars = this.bars;
    this.bars = 0;
    const node = this.semicolons();
    this.bars = bars;
    this.expect("}");
    this.leave();
    return node;
  }
}
