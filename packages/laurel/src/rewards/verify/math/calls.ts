import { Cursor, multiplied } from "./cursor.ts";
import { canonicalFunction, functionNames, inverseFunction } from "./functions.ts";
import { type Node, negated, whole } from "./node.ts";
import { rational } from "./rational.ts";

const sized = new Set("sin cos tan cot sec csc sinh cosh tanh ln lg log exp".split(" "));

/** Calls of named functions, with or without brackets, powers and bases. */
export abstract class Calls extends Cursor {
  /** sin x, sin^2 x, sin^{-1} x, log_2 8, log(x), max(a, b). */
  protected call(name: string): Node {
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

  protected signedPower(): Node {
    return this.accept("-") ? negated(this.postfix()) : this.postfix();
  }

  private startsFunction(): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && token.t !== "op" && token.t !== "num" && functionNames.has(token.text);
  }
}
