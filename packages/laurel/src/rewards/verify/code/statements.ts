import type { Language } from "./sandbox.ts";

/** One statement of a program: whole lines, `first` and `last` counted from 0, and where code stands in its text. */
export interface Statement {
  first: number;
  last: number;
  text: string;
  /** One character for each of `text`: "c" code, "s" string, "#" comment. */
  mask: string;
}

interface State {
  depth: number;
  /** The delimiter of the string that is open, or "/*" for a comment over lines. */
  open: string;
}

/**
 * Marks code, strings and comments of one line, going on from the line before.
 * Brackets of JavaScript's blocks do not join lines; parentheses and square brackets do in both languages.
 */
function scan(line: string, state: State, python: boolean): string {
  let mask = "";
  for (let i = 0; i < line.length; ) {
    const rest = (text: string): boolean => line.startsWith(text, i);
    if (state.open !== "") {
      const end = state.open === "/*" ? "*/" : state.open;
      const kind = state.open === "/*" ? "#" : "s";
      if (line[i] === "\\" && kind === "s") {
        mask += "s".repeat(Math.min(2, line.length - i));
        i += 2;
      } else if (rest(end)) {
        mask += kind.repeat(end.length);
        i += end.length;
        state.open = "";
      } else {
        mask += kind;
        i++;
      }
      continue;
    }
    const character = line[i]!;
    if (python ? character === "#" : rest("//")) return mask + "#".repeat(line.length - i);
    const opening = python ? ['"""', "'''", '"', "'"].find(rest) : ["/*", "`", '"', "'"].find(rest);
    if (opening !== undefined) {
      state.open = opening;
      mask += (opening === "/*" ? "#" : "s").repeat(opening.length);
      i += opening.length;
      continue;
    }
    if ("([".includes(character) || (python && character === "{")) state.depth++;
    else if (")]".includes(character) || (python && character === "}")) state.depth = Math.max(0, state.depth - 1);
    mask += "c";
    i++;
  }
  // a plain string ends with its line
  if (state.open === '"' || state.open === "'") state.open = "";
  return mask;
}

/**
 * The statements of a program, each of one or more whole lines; empty lines and lines of comments alone are left out.
 * Several lines are one statement while a bracket or a string is open, or a Python line ends with a backslash; a Python
 * decorator belongs to the line that it decorates.
 *
 * @example statements("x = [1,\n  2]\nreturn x", "python").length // 2
 */
export function statements(program: string, language: Language): readonly Statement[] {
  const python = language === "python";
  const found: Statement[] = [];
  const state: State = { depth: 0, open: "" };
  let lines: string[] = [];
  let mask = "";
  for (const [i, line] of program.split("\n").entries()) {
    const marks = scan(line, state, python);
    lines.push(line);
    mask += (lines.length > 1 ? "c" : "") + marks;
    if (state.depth > 0 || state.open !== "" || (python && line.endsWith("\\") && marks.endsWith("c"))) continue;
    if (python && line.trimStart().startsWith("@")) continue;
    const text = lines.join("\n");
    const first = i - lines.length + 1;
    if (mask.split("").some((mark, at) => mark !== "#" && text[at]?.trim() !== ""))
      found.push({ first, last: i, text, mask });
    lines = [];
    mask = "";
  }
  if (lines.length > 0 && lines.join("").trim() !== "") {
    const text = lines.join("\n");
    found.push({ first: program.split("\n").length - lines.length, last: program.split("\n").length - 1, text, mask });
  }
  return found;
}
