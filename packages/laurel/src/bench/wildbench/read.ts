import { isRaw, type Raw, refuse } from "../../io/messages.ts";
import type { RowPlace } from "../../io/schemas/schema.ts";
import { charactersOf, type Grade } from "../../rewards/judge/index.ts";
import type { WbGroup } from "./groups.ts";
import type { WbJudgement } from "./reward.ts";
import type { WbScored } from "./score.ts";

const cutOff = "... (truncated)";
const placeholder = "[This model response is empty.]";

/** Does the table script skip an answer: cut off, or the text that stands for an empty one? */
export function wbSkips(text: string): boolean {
  return text.endsWith(cutOff) || text === placeholder;
}

/**
 * A row of a published file of pairwise results (`eval_results/…/pairwise.v2/…`) as a judgement.
 *
 * @param baseline its name in the row; a model judged against itself has one text and gives undefined
 * @param groupsOf the groups of a task (`wbGroups` of its tags)
 * @throws InputError with file, row and field
 * @source WildBench (2024), leaderboard/data_dir/_create_tables.py
 */
export function wbJudgement(
  row: Raw,
  place: RowPlace,
  baseline: string,
  groupsOf: (id: string) => readonly WbGroup[] = () => [],
): WbJudgement | undefined {
  const { session_id: id, model_outputs: outputs, winner, extent } = row;
  if (typeof id !== "string") refuse(place, "session_id", "a text", id);
  if (!isRaw(outputs)) refuse(place, "model_outputs", "an object of a text a model", outputs);
  const names = Object.keys(outputs);
  if (names.length === 1) return undefined;
  const own = names.find((name) => !name.includes(baseline));
  const other = names.find((name) => name !== own && name.includes(baseline));
  if (names.length !== 2 || own === undefined || other === undefined)
    refuse(place, "model_outputs", `two models, ${baseline} one of them`, names.join(", "));
  const [text, against] = [own, other].map((name) => {
    const value = outputs[name];
    return typeof value === "string" ? value : refuse(place, `model_outputs.${name}`, "a text", value);
  }) as [string, string];
  const skipped = wbSkips(text) || wbSkips(against);
  let grade: Grade | null = null;
  if (!skipped) {
    if (winner !== own && winner !== other && winner !== "tie")
      refuse(place, "winner", `${own}, ${other} or tie`, winner);
    if (winner !== "tie" && extent !== 1 && extent !== 2) refuse(place, "extent", "1 or 2", extent);
    grade = winner === "tie" ? "A=B" : (`${winner === own ? "A" : "B"}${extent === 2 ? "++" : "+"}` as Grade);
  }
  return {
    id,
    model: own,
    baseline,
    grade,
    length: charactersOf(text),
    baselineLength: charactersOf(against),
    groups: groupsOf(id),
  };
}

/**
 * A row of a published file of scores (`eval_results/…/score.v2/…`).
 *
 * @throws InputError with file, row and field
 * @source WildBench (2024), leaderboard/data_dir/_create_tables.py
 */
export function wbScored(row: Raw, place: RowPlace, groupsOf: (id: string) => readonly WbGroup[] = () => []): WbScored {
  const { session_id: id, model_test: model, model_output: output, score } = row;
  if (typeof id !== "string") refuse(place, "session_id", "a text", id);
  if (typeof model !== "string") refuse(place, "model_test", "a text", model);
  const said = Array.isArray(output) ? output[0] : output;
  if (typeof said !== "string") refuse(place, "model_output", "a text", output);
  // published grades are texts
  const value = typeof score === "string" && score.trim() !== "" ? Number(score) : score;
  if (typeof value !== "number" || !(value >= 1 && value <= 10)) refuse(place, "score", "1 to 10", score);
  return { id, model, score: value, groups: groupsOf(id), skipped: said === "" || said.endsWith(cutOff) };
}
