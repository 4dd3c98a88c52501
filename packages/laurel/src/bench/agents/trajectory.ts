import type { JsonObject, Media, Message, Part } from "../../core/index.ts";
import { isRaw, type Raw, refuse } from "../../io/messages.ts";
import type { RowPlace } from "../../io/schemas/schema.ts";

/** A run's goal and what the agent did, as messages. */
export interface AgentRun {
  goal: string | undefined;
  output: readonly Message[];
}

/** Options of `agentRun`. */
export interface AgentRunOptions {
  /** What of the pages is kept: their accessibility trees (default), screenshots, or both. */
  observation?: "axtree" | "screenshot" | "both" | undefined;
  /** Keep every step's page, not only the last one's (default), which is what the benchmark's judges see. */
  every?: boolean | undefined;
  /** A step's screenshot, by its published path. */
  screenshot?: ((path: string) => Media) | undefined;
}

/**
 * A run in the published form as messages of a candidate: `{ goal, steps: [{ url?, action, reasoning?, axtree?, screenshot_path? }] }`.
 *
 * Each step is what the agent saw (a message of the tool's), its reasoning and its action (a tool call), so that `trajectoryJudge` can
 * leave the reasoning out.
 *
 * @throws InputError for a run without steps, or a step without an action
 * Source: AgentRewardBench (2025), the cleaned trajectories' fields as its judge reads them.
 */
export function agentRun(run: Raw, place: RowPlace, options: AgentRunOptions = {}): AgentRun {
  const { observation = "axtree", every = false, screenshot } = options;
  const { goal, steps } = run;
  if (!Array.isArray(steps) || steps.length === 0) refuse(place, "steps", "at least one step", steps);
  const output: Message[] = [];
  for (const [k, step] of (steps as unknown[]).entries()) {
    if (!isRaw(step)) refuse(place, `steps[${k}]`, "an object", step);
    const { action, url, reasoning, axtree } = step;
    if (typeof action !== "string") refuse(place, `steps[${k}].action`, "a text", action);
    const seen: Part[] = [];
    if (every || k === (steps as unknown[]).length - 1) {
      const tree = typeof step["observation"] === "string" ? step["observation"] : axtree;
      if (observation !== "screenshot" && typeof tree === "string") seen.push({ type: "text", text: tree });
      const path = step["screenshot_path"];
      if (observation !== "axtree") {
        if (typeof path !== "string") refuse(place, `steps[${k}].screenshot_path`, "a path", path);
        if (screenshot !== undefined) seen.push({ type: "image", media: screenshot(path) });
      }
    }
    if (seen.length > 0) output.push({ role: "tool", content: seen });
    const acts: Part[] = [];
    if (typeof reasoning === "string" && reasoning.trim() !== "") acts.push({ type: "reasoning", text: reasoning });
    const input: JsonObject = typeof url === "string" && url !== "" ? { action, url } : { action };
    acts.push({ type: "tool-call", id: `step-${k + 1}`, name: "browser", input });
    output.push({ role: "assistant", content: acts });
  }
  return { goal: typeof goal === "string" ? goal : undefined, output };
}
