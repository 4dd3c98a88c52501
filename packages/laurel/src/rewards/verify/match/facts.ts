/** Letters and digits in lower case with one space between words. */
function words(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.%°]+/gu, " ")
    .replace(/\.(?!\d)/g, " ")
    .replace(/ +/g, " ")
    .trim();
}

/**
 * Which of the facts a response states, word for word but for case, punctuation and spacing.
 *
 * Presence is all that is asked, not truth: a response that states a fact and its contrary states it. This is the check without a judge of
 * Perception-R1's visual perception reward, whose own judge also takes a fact in other words.
 *
 * @returns 1 or 0 for each fact
 * @example factsPresent("In the picture, AB = 5 and angle C is right.", ["AB = 5", "angle A is right"]) // [1, 0]
 */
export function factsPresent(response: string, facts: readonly string[]): number[] {
  const text = ` ${words(response)} `;
  return facts.map((fact) => (text.includes(` ${words(fact)} `) ? 1 : 0));
}
