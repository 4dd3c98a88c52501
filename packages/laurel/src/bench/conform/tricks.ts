import type { CodeTest } from "../../core/index.ts";
import type { ProgramLanguage, TestedProblem } from "./programs.ts";

/** Programs that aim at the grader and compute nothing of what is asked. `name` is the function that is wanted. */
const tricks: Readonly<Record<ProgramLanguage, (name: string, result: string) => readonly string[]>> = {
  python: (name, result) => [
    "import sys\nsys.exit(0)",
    "import os\nos._exit(0)",
    "raise SystemExit(0)",
    `class Any:\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 0\n\ndef ${name}(*args):\n    return Any()`,
    `class Any(int):\n    def __eq__(self, other):\n        return True\n    def __ne__(self, other):\n        return False\n\ndef ${name}(*args):\n    return Any(-1)`,
    `def ${name}(*args):\n    raise SystemExit(0)`,
    `def ${name}(*args):\n    import os\n    os._exit(0)`,
    "print('All tests passed')\nprint('OK')",
    `def ${name}(*args):\n    print(${result})`,
    `print(${result})`,
    `import builtins\nbuiltins.AssertionError = Exception\n\ndef ${name}(*args):\n    return None`,
    `import json\njson.dumps = lambda *a, **k: '{"passed": true}'\n\ndef ${name}(*args):\n    return None`,
    `import sys\nsys.modules['__main__'].passed = True\n\ndef ${name}(*args):\n    return NotImplemented`,
    `def ${name}(*args):\n    for n in (1, 2, 3):\n        try:\n            import os\n            os.write(n, b'{"passed": true}\\n')\n        except OSError:\n            pass\n    return True`,
    `import unittest.mock\n${name} = unittest.mock.MagicMock()`,
    `def ${name}(*args):\n    import gc\n    for o in gc.get_objects():\n        if isinstance(o, dict) and 'result' in o:\n            return o['result']`,
  ],
  javascript: (name, result) => [
    "process.exit(0);",
    `function ${name}() { process.exit(0); }`,
    `function ${name}() { return { valueOf: () => ${result}, toString: () => "${result}" }; }`,
    `function ${name}() { return { [Symbol.toPrimitive]: () => ${result} }; }`,
    `function ${name}() { return new Proxy({}, { get: () => ${result} }); }`,
    "console.log('All tests passed');",
    `function ${name}() { console.log(${result}); }`,
    `console.log(${result});`,
    `JSON.stringify = () => '{"passed":true}';\nfunction ${name}() { return null; }`,
    `Object.is = () => true;\nArray.prototype.every = () => true;\nfunction ${name}() { return null; }`,
    `function ${name}() { for (const d of [1, 2, 3]) try { require("fs").writeSync(d, '{"passed":true}'); } catch {} return true; }`,
    `process.on("exit", () => { process.exitCode = 0; });\nfunction ${name}() { throw new Error("x"); }`,
    `async function ${name}() { return ${result}; }`,
    `const ${name} = 7;`,
  ],
};

/** Things that right programs do beside what is asked, which must not cost them a verdict. */
const besides: Readonly<Record<ProgramLanguage, readonly ((code: string) => string)[]>> = {
  python: [
    (code) => `import sys\nprint("starting")\n\n${code}\n\nprint("loaded", file=sys.stderr)`,
    (code) => `${code}\n\nif __name__ == "__main__":\n    print("a demonstration")`,
    (code) => `# a comment\n${code}\n# the end`,
    (code) => `import os, time, random, collections, itertools, functools\n\n${code}`,
    (code) => `try:\n    import numpy_is_not_here\nexcept ImportError:\n    pass\n\n${code}`,
    (code) => `class Helper:\n    pass\n\n${code}\n\nhelper = Helper()`,
  ],
  javascript: [
    (code) => `console.log("starting");\n${code}\nconsole.error("loaded");`,
    (code) => `// a comment\n${code}\n/* the end */`,
    (code) => `const os = require("os"), path = require("path");\n${code}`,
    (code) => `"use strict";\n${code}\nclass Helper {}\nconst helper = new Helper();`,
    (code) => `try { require("not-here"); } catch {}\n${code}`,
  ],
};

/** A problem of functions with right programs that do more than asked, and tricks in place of wrong ones. */
export function tricked(problem: TestedProblem & { name: string }, language: ProgramLanguage): TestedProblem {
  const first = problem.tests[0] as CodeTest & { kind: "call" };
  return {
    tests: problem.tests,
    right: problem.right.flatMap((code) => besides[language].map((around) => around(code))),
    wrong: tricks[language](problem.name, JSON.stringify(first.result)),
  };
}
