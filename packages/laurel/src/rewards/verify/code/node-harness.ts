import type { Language } from "./sandbox.ts";

/** How a Node process is used: it runs a program, answers questions about one, or runs test code against one. */
export type NodeRun = "main" | "calls" | "drive";

/** What both roles share: frames on descriptor 3 and tagged values. */
const shared = `
"use strict";
const fs = require("node:fs"), vm = require("node:vm");
const { readSync, writeSync } = fs;
function readExactly(count) {
  const whole = Buffer.alloc(count);
  for (let at = 0; at < count; ) {
    const got = readSync(3, whole, at, count - at, null);
    if (got === 0) process.reallyExit(0);
    at += got;
  }
  return whole;
}
function readFrame() { return JSON.parse(readExactly(readExactly(4).readUInt32BE(0)).toString()); }
function writeFrame(value, nonce = "") {
  const body = Buffer.from(JSON.stringify(value)), head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  const all = Buffer.concat([Buffer.from(nonce), head, body]);
  for (let at = 0; at < all.length; ) at += writeSync(3, all, at, all.length - at);
}
function describe(error) {
  try { return { type: String(error?.name ?? typeof error).slice(0, 80), message: String(error?.message ?? error).slice(0, 500) }; }
  catch { return { type: "Error", message: "" }; }
}
class Unencodable extends Error {}
function encode(value) {
  let budget = 200000;
  const walk = (v, depth) => {
    if (--budget < 0 || depth > 100) throw new Unencodable("too large");
    if (v === null || v === undefined) return ["n"];
    switch (typeof v) {
      case "boolean": return ["b", v];
      case "string": return ["s", v];
      case "bigint": return v >= -9007199254740991n && v <= 9007199254740991n ? ["i", Number(v)] : ["I", (v < 0n ? "-0x" : "0x") + (v < 0n ? -v : v).toString(16)];
      case "number":
        if (Number.isSafeInteger(v) && !Object.is(v, -0)) return ["i", v];
        return ["f", Number.isNaN(v) ? "nan" : v === Infinity ? "inf" : v === -Infinity ? "-inf" : Object.is(v, -0) ? "-0.0" : String(v)];
      case "object":
        if (Array.isArray(v)) return ["l", Array.from(v, (x) => walk(x, depth + 1))];
        if (v instanceof Set) return ["S", [...Set.prototype.values.call(v)].map((x) => walk(x, depth + 1))];
        if (v instanceof Map) return ["d", [...Map.prototype.entries.call(v)].map(([k, x]) => [walk(k, depth + 1), walk(x, depth + 1)])];
        if (ArrayBuffer.isView(v) && !(v instanceof DataView)) return ["l", Array.from(v, (x) => walk(x, depth + 1))];
        if (v instanceof Number || v instanceof String || v instanceof Boolean || v instanceof Date || v instanceof RegExp || v instanceof Promise) break;
        return ["d", Object.keys(v).map((k) => [["s", k], walk(v[k], depth + 1)])];
    }
    return ["o", String(typeof v === "function" ? "function" : v?.constructor?.name ?? typeof v).slice(0, 80)];
  };
  return walk(value, 0);
}
function decode([tag, first]) {
  switch (tag) {
    case "n": return null;
    case "b": case "i": case "s": return first;
    case "I": return first.startsWith("-") ? -BigInt(first.slice(1)) : BigInt(first);
    case "f": return first === "inf" ? Infinity : first === "-inf" ? -Infinity : first === "nan" ? NaN : Number(first);
    case "l": case "t": return first.map(decode);
    case "S": return new Set(first.map(decode));
    case "d": return first.every(([k]) => k[0] === "s") ? Object.fromEntries(first.map(([k, v]) => [k[1], decode(v)])) : new Map(first.map(([k, v]) => [decode(k), decode(v)]));
  }
  throw new Unencodable(tag);
}
function plain(code, typescript) {
  if (!typescript) return code;
  const { stripTypeScriptTypes } = require("node:module");
  try { return stripTypeScriptTypes(code, { mode: "strip" }); }
  catch (error) {
    if (error?.code !== "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") throw error;
    return stripTypeScriptTypes(code, { mode: "transform" });
  }
}
`;

/** Loads the program as a script or a module; gives a function that evaluates beside it. */
const loading = String.raw`
async function loadProgram(text, typescript, say) {
  let evaluate;
  try {
    let script;
    let code;
    try {
      code = plain(text, typescript);
      if (/^[ \t]*(?:import[ \t{*"']|export[ \t{*])/m.test(code)) script = undefined;
      else script = new vm.Script(code, { filename: "main.js" });
    } catch (error) {
      say({ event: "compile", error: describe(error) });
      process.reallyExit(1);
    }
    if (script === undefined) {
      fs.writeFileSync("/tmp/main.mjs", code + "\n;export const __evaluate = (source) => eval(source);\n");
      try { evaluate = (await import("/tmp/main.mjs")).__evaluate; }
      catch (error) {
        if (error instanceof SyntaxError) { say({ event: "compile", error: describe(error) }); process.reallyExit(1); }
        throw error;
      }
    } else {
      const module = { exports: {} };
      Object.assign(globalThis, { require, module, exports: module.exports });
      script.runInThisContext();
      evaluate = (source) => {
        try { return vm.runInThisContext(source); }
        catch (error) {
          const name = /^[\w$]+$/.exec(source)?.[0];
          if (error instanceof ReferenceError && name !== undefined && name in Object(module.exports)) return module.exports[name];
          throw error;
        }
      };
    }
  } catch (error) {
    say({ event: "raised", error: describe(error) });
    process.reallyExit(1);
  }
  say({ event: "loaded" });
  return evaluate;
}
async function answerOne(evaluate, test) {
    let answer;
    try {
      let value, args;
      if (test.name !== undefined) {
        const at = test.name.lastIndexOf(".");
        const owner = at < 0 ? undefined : evaluate(test.name.slice(0, at));
        const target = owner === undefined ? evaluate(test.name) : owner[test.name.slice(at + 1)];
        args = test.tagged ? test.tagged.map(decode) : test.args;
        value = await target.apply(owner, args);
      } else value = await evaluate(test.eval ?? test.exec);
      answer = { value: test.exec === undefined ? encode(value) : ["n"] };
      if (test.back) answer.args = args.map(encode);
    } catch (error) {
      answer = error instanceof Unencodable ? { value: ["o", error.message] } : { error: describe(error) };
    }
    return answer;
}
`;

/** Loads the program, then answers questions. */
const answering = `
(async () => {
  const evaluate = await loadProgram(fs.readFileSync("/tmp/main", "utf8"), process.argv[1] === "typescript", writeFrame);
  for (;;) {
    const test = readFrame();
    writeFrame(await answerOne(evaluate, test), test.nonce);
  }
})();
`;

/** Script for a remote service: reads `{ program, questions, stop, mark }` on standard input and prints marked answers. */
export const remoteNodeAsk: string =
  shared +
  loading +
  String.raw`
(async () => {
  const job = JSON.parse(fs.readFileSync(0, "utf8"));
  const say = (value) => { const body = Buffer.from("\n" + job.mark + JSON.stringify(value) + "\n"); for (let at = 0; at < body.length; ) at += writeSync(1, body, at); };
  const evaluate = await loadProgram(job.program, false, say);
  for (const test of job.questions) {
    const begun = performance.now();
    const answer = await answerOne(evaluate, test);
    say({ ...answer, ms: performance.now() - begun });
    if (job.stop && answer.error) break;
  }
  process.reallyExit(0);
})();
`;

/** Runs test code whose unknown names are stand-ins for the program's functions. */
const driving = String.raw`
(async () => {
  const putBack = (argument, form) => {
    const after = decode(form);
    if (Array.isArray(argument) && Array.isArray(after)) argument.splice(0, argument.length, ...after);
    else if (argument && argument.constructor === Object) { for (const k of Object.keys(argument)) delete argument[k]; Object.assign(argument, after); }
  };
  const standIn = (name) => (...args) => {
    writeFrame({ call: name, args: args.map(encode) });
    const answer = readFrame();
    if (answer.error) {
      const kind = { TypeError, RangeError, SyntaxError, ReferenceError }[answer.error.type] ?? Error;
      const error = new kind(answer.error.message);
      error.name = answer.error.type;
      throw error;
    }
    args.forEach((argument, i) => { if (argument && typeof argument === "object" && answer.args?.[i]) putBack(argument, answer.args[i]); });
    return decode(answer.value);
  };
  const assert = require("node:assert");
  const strict = { ...console, assert: (holds, ...why) => { if (!holds) throw new assert.AssertionError({ message: why.join(" ") || "assertion failed" }); } };
  const given = { assert, require, console: strict }, made = new Map();
  const scope = new Proxy(given, {
    has: (t, key) => typeof key === "string" && (key in given || !(key in globalThis)) && key !== "__scope",
    get: (t, key) => {
      if (typeof key !== "string") return undefined;
      if (key in given) return given[key];
      if (!made.has(key)) made.set(key, standIn(key));
      return made.get(key);
    },
    set: (t, key, value) => { given[key] = value; return true; },
  });
  let verdict;
  try {
    const code = plain(fs.readFileSync("/tmp/main", "utf8"), process.argv[1] === "typescript");
    const run = vm.runInThisContext("(async function (__scope) { with (__scope) { " + code + "\n} })", { filename: "test.js" });
    await run(scope);
    verdict = { passed: true };
  } catch (error) {
    const type = error instanceof assert.AssertionError ? "AssertionError" : describe(error).type;
    verdict = { passed: false, error: { type, message: describe(error).message } };
  }
  writeFrame(verdict);
  process.reallyExit(0);
})();
`;

/**
 * The command line of a Node process in the sandbox.
 *
 * Node's own permission model stands inside the namespaces as a second fence: no child processes, no add-ons, files
 * readable, only /tmp writable. The program is the file /tmp/main.
 */
export function nodeArguments(run: NodeRun, language: Language, memoryMb: number): readonly string[] {
  const flags = [
    "--disable-warning=ExperimentalWarning",
    "--disable-warning=SecurityWarning",
    `--max-old-space-size=${Math.max(32, Math.floor(memoryMb * 0.75))}`,
    "--permission",
    "--allow-fs-read=*",
    "--allow-fs-write=/tmp",
  ];
  if (run === "main")
    return language === "typescript"
      ? [...flags, "--experimental-transform-types", "/tmp/main.ts"]
      : [...flags, "/tmp/main.js"];
  return [...flags, "-e", shared + (run === "calls" ? loading + answering : driving), language];
}
