import { canonicalFunction, functionNames, greek, inverseFunction } from "./functions.ts";
import { limits, Unreadable } from "./limits.ts";
import { type Node, negated, reciprocal, whole } from "./node.ts";
import { plus, rational } from "./rational.ts";
import type { Token } from "./token.ts";
import { DEGREE, isUnit, percentWord, unitOf } from "./units.ts";

type NumToken = Extract<Token, { t: "num" }>;

const sized = new Set("sin cos tan cot sec csc sinh cosh tanh ln lg log exp".split(" "));

/** Products, powers, functions, brackets and atoms; `Parser` adds sums, relations and lists above them. */
export abstract class Scalars {
  protected tokens: Token[];
  protected at = 0;
  private depth = 0;
  // inside |…| a further bar closes
  private bars = 0;

  /** Is a/bc read as (a/b)c rather than a/(bc)? */
  private readonly leftToRight: boolean;

  constructor(list: Token[], leftToRight: boolean) {
    this.tokens = list;
    this.leftToRight = leftToRight;
    if (list.length === 0) throw new Unreadable("malformed", "an empty answer");
  }

  abstract sum(): Node;
  abstract commas(): Node;

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

  protected product(): Node {
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

  private startsFactor(): boolean {
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
  private postfix(): Node {
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

  private exponent(): Node {
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
  protected argument(): Node {
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

  private group(): Node {
    this.enter();
    this.expect("{");
    if (this.accept("}")) return { k: "seq", brackets: "", items: [] };
    const bars = this.bars;
    this.bars = 0;
    const node = this.conjoined();
    this.bars = bars;
    this.expect("}");
    this.leave();
    return node;
  }

  /** What may stand in brackets: a list whose items are joined by commas, semicolons or words. */
  abstract semicolons(): Node;
  private conjoined(): Node {
    return this.semicolons();
  }

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

  private number(token: NumToken): Node {
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

  /** sin x, sin^2 x, sin^{-1} x, log_2 8, log(x), max(a, b). */
  private call(name: string): Node {
    let power: Node | undefined;
    let base: Node | undefined;
    for (let k = 0; k < 2; k++) {
      if (this.peekOp("^")) {
        this.at++;
        power = this.exponent();
      } else if (this.peekOp("_")) {
        this.at++;
        base = this.argument();
      }
    }
    let canonical = canonicalFunction(name);
    if (power?.k === "num" && power.v.n === -1n && power.v.d === 1n) {
      const inverse = inverseFunction(canonical);
      if (inverse !== undefined) {
        canonical = inverse;
        power = undefined;
      }
    }
    const args = this.callArguments(canonical);
    let node: Node;
    const half: Node = { k: "num", v: rational(1n, 2n) };
    if (canonical === "sqrt") node = { k: "pow", base: args[0]!, exp: half };
    else if (canonical === "cbrt") node = { k: "pow", base: args[0]!, exp: { k: "num", v: rational(1n, 3n) } };
    else if (canonical === "exp") node = { k: "pow", base: { k: "sym", name: "e" }, exp: args[0]! };
    else if (canonical === "lg") node = { k: "fn", name: "log", args: [args[0]!, whole(10)] };
    else if (canonical === "log" && args.length === 1)
      node = base === undefined ? { k: "fn", name: "log", args } : { k: "fn", name: "log", args: [args[0]!, base] };
    else node = { k: "fn", name: canonical, args };
    return power === undefined ? node : { k: "pow", base: node, exp: power };
  }

  private callArguments(name: string): readonly Node[] {
    if (this.peekOp("(") || this.peekOp("[") || this.peekOp("{")) {
      const open = this.tokens[this.at]!.text;
      const inside = open === "{" ? this.group() : this.bracket(open);
      const items = inside.k === "seq" ? inside.items : [inside];
      if (items.length === 0) this.fail();
      return items;
    }
    // "sin 2x" takes the factors up to the next sign or function
    let node = this.signedPower();
    while (
      sized.has(name) &&
      this.startsFactor() &&
      !this.startsFunction() &&
      !this.peekOp("(") &&
      !this.peekOp("[") &&
      !this.peekOp("\\{")
    )
      node = multiplied(node, this.postfix());
    return [node];
  }

  private signedPower(): Node {
    return this.accept("-") ? negated(this.postfix()) : this.postfix();
  }

  private startsFunction(): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && token.t !== "op" && token.t !== "num" && functionNames.has(token.text);
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

  private bracket(open: string): Node {
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
      const inside = this.conjoined();
      if (open === "\\{" && (this.peekOp("|") || this.peekOp(":"))) {
        // {x | condition} and {x : condition}
        this.at++;
        const condition = this.conjoined();
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

function isPlain(token: NumToken): boolean {
  return /^\d+$/.test(token.text);
}

function indexText(node: Node): string {
  if (node.k === "mul" || node.k === "add") return node.args.map(indexText).join("");
  if (node.k === "num") return String(node.v.n);
  if (node.k === "sym") return node.name;
  if (node.k === "seq") return node.items.map(indexText).join(",");
  return node.k === "text" ? node.text : "?";
}

/** a · b, kept flat; a quantity times a number stays a quantity, and a value before a quantity's number multiplies it. */
function multiplied(a: Node, b: Node): Node {
  if (a.k === "qty" && b.k !== "qty" && b.k !== "text")
    return { k: "qty", value: multiplied(a.value, b), unit: a.unit };
  if (b.k === "qty" && a.k !== "qty" && a.k !== "text")
    return { k: "qty", value: multiplied(a, b.value), unit: b.unit };
  if (a.k === "mul") return { k: "mul", args: [...a.args, b] };
  return { k: "mul", args: [a, b] };
}
