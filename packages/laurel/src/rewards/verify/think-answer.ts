import { trimBoth } from "../reference/words.ts";

/**
 * Does a text open with one `<think>` block that is closed? Text may follow, or stand in the block, but no second `<think>`.
 * The rule of TRL's `think_format_reward` (TRL 1.16), in linear time.
 *
 * @example hasThinkBlock("<think>why</think>so") // true
 */
export function hasThinkBlock(text: string): boolean {
  return text.startsWith("<think>") && !text.includes("<think>", 7) && text.includes("</think>", 7);
}

/**
 * The thought and the answer of a text that is exactly `<think>…</think><answer>…</answer>`, each tag once.
 *
 * @param gap what may stand between and around the two blocks: nothing (R1-Reward's rule) or white space (default)
 * @returns undefined where the text has another form
 * @example splitThinkAnswer("<think>a</think><answer>1</answer>") // { think: "a", answer: "1" }
 */
export function splitThinkAnswer(
  text: string,
  gap: "nothing" | "space" = "space",
): { think: string; answer: string } | undefined {
  const whole = gap === "space" ? trimBoth(text) : text;
  if (!whole.startsWith("<think>") || !whole.endsWith("</answer>")) return undefined;
  const closed = whole.indexOf("</think>");
  const opened = whole.indexOf("<answer>");
  if (closed < 0 || opened < closed) return undefined;
  if (whole.includes("<think>", 7) || whole.includes("</think>", closed + 8)) return undefined;
  if (whole.includes("<answer>", opened + 8) || whole.indexOf("</answer>") !== whole.length - 9) return undefined;
  const between = whole.slice(closed + 8, opened);
  if ((gap === "space" ? trimBoth(between) : between) !== "") return undefined;
  return { think: whole.slice(7, closed), answer: whole.slice(opened + 8, whole.length - 9) };
}

/**
 * What stands in a text's last `<answer>` tag; a tag that is not closed runs to the end, as in BLEUBERI's code.
 *
 * @returns undefined where there is no tag
 */
export function answerIn(text: string): string | undefined {
  const opened = text.lastIndexOf("<answer>");
  if (opened < 0) return undefined;
  const closed = text.indexOf("</answer>", opened + 8);
  return text.slice(opened + 8, closed < 0 ? undefined : closed);
}
