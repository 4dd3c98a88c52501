import { type Context, type LanguageModel, message, UsageError } from "../../core/index.ts";
import { type Element, templateFault } from "./template.ts";

/** Options of `autoSteer`. */
export interface AutoSteerOptions {
  readonly domains: readonly string[];
  readonly perspectives: readonly string[];
  /** Says whether a rewrite asks the same question; without it only the check of slots and numbers decides. */
  readonly check?: LanguageModel | undefined;
  /** Further tries after a rewrite that is rejected; default 2. */
  readonly maxRetries?: number | undefined;
  readonly ctx: Context;
}

/** An element with new texts, and the rewrites that were rejected. */
export interface Steered {
  readonly element: Element;
  readonly rejected: readonly { domain: string; perspective: string; text: string; because: string }[];
}

async function said(model: LanguageModel, prompt: string, ctx: Context): Promise<string | undefined> {
  const [made] = await model.generate([{ messages: [message("user", prompt)], temperature: 0.7 }], ctx);
  const first = made?.[0];
  return first === undefined || first.unscored !== undefined ? undefined : first.text.trim();
}

/**
 * Rewrites an element's texts for other domains and perspectives with a language model.
 *
 * Each rewrite must keep every slot once and bring no number of its own (`templateFault`), so that the exact answer still holds; where a
 * checking model is given it must also answer "yes" to whether both texts ask the same. A rejected rewrite is tried again, and
 * left out after `maxRetries`; the element's own texts stay.
 *
 * @param element the seed; its first text is the one that is rewritten
 * @returns the element with its own and the new texts, and every rejected rewrite with the reason
 * @throws UsageError without domains or perspectives
 * @source steer-me, auto-STEER stages 2 to 4; the check of slots is exact where the paper asks a model
 * @example await autoSteer(element, model, { domains: ["sport"], perspectives: ["first person"], ctx })
 */
export async function autoSteer(element: Element, model: LanguageModel, options: AutoSteerOptions): Promise<Steered> {
  const { domains, perspectives, ctx } = options;
  if (domains.length === 0 || perspectives.length === 0)
    throw new UsageError("autoSteer needs at least one domain and one perspective");
  const slots = Object.keys(element.slots);
  const seed = Object.values(Object.values(element.texts)[0]!)[0]!;
  const rejected: Steered["rejected"][number][] = [];
  const rewrite = async (domain: string, perspective: string): Promise<string | undefined> => {
    const ask = `Rewrite this question for the domain "${domain}" in the ${perspective}. Keep each word in braces exactly once and as it stands, add no numbers, and do not change what is asked.\n\n${seed}\n\nAnswer with the new question alone.`;
    for (let tries = 0; tries <= (options.maxRetries ?? 2); tries++) {
      const text = await said(model, ask, ctx);
      if (text === undefined) continue;
      const because = templateFault(text, slots) ?? (await doubt(text));
      if (because === undefined) return text;
      rejected.push({ domain, perspective, text, because });
    }
    return undefined;
  };
  const doubt = async (text: string): Promise<string | undefined> => {
    if (options.check === undefined) return undefined;
    const verdict = await said(
      options.check,
      `Do these two questions ask for the same quantity, with the same meaning of each word in braces? Answer yes or no.\n\n1. ${seed}\n\n2. ${text}`,
      ctx,
    );
    return verdict !== undefined && /^yes\b/i.test(verdict)
      ? undefined
      : "the checking model does not say that it asks the same";
  };
  const texts: Record<string, Record<string, string>> = Object.fromEntries(
    Object.entries(element.texts).map(([domain, own]) => [domain, { ...own }]),
  );
  for (const domain of domains)
    for (const perspective of perspectives) {
      const text = await rewrite(domain, perspective);
      if (text !== undefined) texts[domain] = { ...texts[domain], [perspective]: text };
    }
  return { element: { ...element, texts }, rejected };
}
