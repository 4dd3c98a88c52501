import { harnessSource } from "./harness.ts";
import { plannerSource } from "./planner.ts";

const imports = "import sys, json, os, struct, socket, time, gc\n";

/** Python source that reads `{ program, questions, stop, mark }` on standard input and prints marked answers. */
export const remoteAskSource: string =
  imports +
  harnessSource +
  String.raw`
def answer_all():
    job = json.loads(sys.stdin.read())
    def say(value):
        flush_streams()
        sys.__stdout__.write("\n" + job["mark"] + json.dumps(value) + "\n")
        sys.__stdout__.flush()
    try:
        code = compile(job["program"], "main.py", "exec", dont_inherit=True)
    except BaseException as error:
        say({"event": "compile", "error": describe(error)})
        os._exit(1)
    module = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    try:
        exec(code, module.__dict__)
    except BaseException as error:
        say({"event": "raised", "error": describe(error)})
        os._exit(1)
    say({"event": "loaded"})
    for test in job["questions"]:
        begun = time.monotonic()
        answer = answer_one(test, module.__dict__)
        say(dict(answer, ms=round(1000 * (time.monotonic() - begun), 2)))
        if job["stop"] and "error" in answer:
            break
    os._exit(0)

answer_all()
`;

/** Python source that reads `{ codes, mark }` on standard input and prints the plans. */
export const remotePlanSource: string =
  imports +
  harnessSource +
  plannerSource +
  `
job = json.loads(sys.stdin.read())
print(job["mark"] + json.dumps([plan_one(code) for code in job["codes"]]))
`;
