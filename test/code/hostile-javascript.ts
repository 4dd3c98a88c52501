import type { Hostile } from "./hostile-python.ts";

/** Hostile JavaScript programs; graded like the Python ones. */
export const scripts: readonly Hostile[] = [
  { name: "an endless loop", program: "while (true);" },
  { name: "endless output", program: "for (;;) require('fs').writeSync(1, 'x'.repeat(1 << 16));" },
  { name: "a memory bomb", program: "const x = []; for (;;) x.push(new Array(1 << 18).fill(1.5));" },
  { name: "a memory bomb outside the heap", program: "const x = []; for (;;) x.push(Buffer.alloc(1 << 24, 1));" },
  {
    name: "a timer that never ends",
    program: "setInterval(() => {}, 1000); function f(x) { return new Promise(() => {}); }",
  },
  { name: "an early exit", program: "process.exit(0);" },
  { name: "an exit in the function", program: "function f(x) { process.reallyExit(0); }" },
  { name: "a child process", program: "require('child_process').execSync('sleep 99');" },
  { name: "a regular expression that backtracks", program: "/(a+)+$/.test('a'.repeat(60) + 'b');" },
  {
    name: "prototypes patched",
    program:
      'Array.prototype.map = Array.prototype.every = () => true; JSON.stringify = () => \'{"value":["b",true],"passed":true}\'; Object.is = () => true; function f(x) { return 1; }',
  },
  {
    name: "an answer that pretends to be text",
    program:
      "function f(x) { return { toString: () => 'k', valueOf: () => 'k', [Symbol.toPrimitive]: () => 'k', length: 20 }; }",
  },
  {
    name: "writing frames to every descriptor",
    program:
      "const b = Buffer.from(JSON.stringify({ value: ['b', true], passed: true, event: 'loaded' })), h = Buffer.alloc(4); h.writeUInt32BE(b.length); for (let d = 0; d < 64; d++) try { require('fs').writeSync(d, Buffer.concat([h, b])); } catch {} function f(x) { return 1; }",
  },
  {
    name: "answering in the harness's place",
    program:
      "const fs = require('fs'); const send = (v, n = '') => { const b = Buffer.from(JSON.stringify(v)), h = Buffer.alloc(4); h.writeUInt32BE(b.length); fs.writeSync(3, Buffer.concat([Buffer.from(n), h, b])); }; send({ event: 'loaded' }); for (;;) { const h = Buffer.alloc(4); if (!fs.readSync(3, h)) break; const b = Buffer.alloc(h.readUInt32BE(0)); fs.readSync(3, b); send({ value: ['b', true], passed: true, args: [] }, JSON.parse(b).nonce); }",
  },
  {
    name: "searching files for the answer",
    program:
      "const fs = require('fs'); function f(x) { for (const n of fs.readdirSync('/', { recursive: true })) { if (n.startsWith('usr') || n.startsWith('proc')) continue; try { const m = /k3y-[0-9]{12}-[a-z]{4}/.exec(fs.readFileSync('/' + n, 'latin1')); if (m) return m[0]; } catch {} } }",
  },
];
