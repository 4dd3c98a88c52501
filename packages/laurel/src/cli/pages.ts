import { writeFile } from "node:fs/promises";
import { answerText, type Example, InputError, messageOf, promptText } from "../core/index.ts";
import { type Html, html, page, raw, text } from "../report/index.ts";
import { whole } from "./terminal.ts";

const mostText = 4000;

/** A text cut to what a page shows of it. */
export function clip(value: string): string {
  return value.length > mostText
    ? `${value.slice(0, mostText)}… (${whole(value.length - mostText)} more characters)`
    : value;
}

/** A row of a page: its name, what is said about it, and its texts where they are known. */
export function exampleCard(name: string, about: string, example: Example | undefined): Html {
  const head = html`<p><b>${text(name)}</b> ${text(about)}</p>`;
  if (example === undefined) return html`<div class="card">${head}</div>`;
  const { task } = example;
  return html`<div class="card">${head}<pre>${text(clip(promptText(task)))}</pre>${task.candidates.map(
    (candidate, i) => html`<pre>${text(clip(`[${i}] ${answerText(candidate)}`))}</pre>`,
  )}</div>`;
}

/** A section of cards; nothing where there are none. */
export function section(title: string, note: string, cards: readonly Html[]): Html {
  if (cards.length === 0) return raw("");
  return html`<h2>${text(title)}</h2><p class="muted">${text(note)}</p>${cards}`;
}

/**
 * Writes a page.
 *
 * @throws InputError where the path cannot be written
 */
export async function savePage(path: string, title: string, body: readonly Html[]): Promise<void> {
  try {
    await writeFile(path, page(title, body));
  } catch (thrown) {
    throw new InputError({ file: path }, `the report cannot be written: ${messageOf(thrown)}`);
  }
}
