/** How a Node candidate is run: as a program, or loaded and asked. */
export type NodeRun = "main" | "calls";

/** Placeholder until JS stage. */
export function nodeArguments(_form: NodeRun, _typescript: boolean, _memoryMb: number): readonly string[] {
  return [];
}
