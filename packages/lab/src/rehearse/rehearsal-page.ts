import type { Estimate } from "laurel";
import { html, htmlTable, text } from "laurel/report";
import { meanOf, studentMean } from "laurel/stats";
import { goldTurn, turnSentence, type WatchedRun, watchPage } from "../lab/watch/index.ts";
import type { Finding, Rehearsal } from "./rehearse.ts";

const short = (value: number): string => String(Number(value.toPrecision(3)));
const range = ({ value, low, high }: Pick<Estimate, "value" | "low" | "high">): string =>
  `${short(value)} [${short(low)}, ${short(high)}]`;

/** The moves of a finding in words. */
function movesText(moves: Finding["moves"]): string {
  return Object.entries(moves)
    .map(([slot, move]) => `${slot}: ${move}`)
    .join(" + ");
}

/** What a rehearsal comes to, in a few sentences. */
export function rehearsalSentence({ exploits, findings, runs }: Rehearsal): string {
  const [first] = exploits;
  const found =
    first === undefined
      ? `None of ${findings.length} moves and combinations earns more than the honest answer at less gold.`
      : `${exploits.length} of ${findings.length} moves and combinations earn${exploits.length === 1 ? "s" : ""} more than the honest answer at less gold, most of all ${movesText(first.moves)}: ${range(first.reward)} more.`;
  const turn = goldTurn(runs);
  return `${found} Training changed the reward by ${range(changeOf(runs, "proxy"))} and gold by ${range(changeOf(runs, "gold"))}.${turn.turned ? ` ${turnSentence(turn)}` : ""}`;
}

/** The mean of the last tenth of the steps less that of the first, over runs. */
function changeOf(runs: readonly WatchedRun[], metric: "proxy" | "gold"): { value: number; low: number; high: number } {
  const changes = runs.map(({ steps }) => {
    const values = steps.map((step) => step[metric]!);
    const some = Math.max(1, Math.floor(values.length / 10));
    return meanOf(values.slice(-some)) - meanOf(values.slice(0, some));
  });
  const { mean, low, high } = studentMean(changes);
  return { value: mean, low, high };
}

/** A rehearsal as a page: the exploits with examples, then the curves of the training. */
export function rehearsalPage(rehearsal: Rehearsal): string {
  const { reward, form, seeds, prompts, honest, exploits, findings, runs, texts, unscored } = rehearsal;
  const row = (one: Finding): string[] => [
    movesText(one.moves),
    range(one.reward),
    range(one.gold),
    `${short(100 * one.learnt.start)} % → ${short(100 * one.learnt.end)} %`,
    one.exploit ? "exploit" : "",
  ];
  const cards = exploits.slice(0, 10).map(({ moves, example }) => {
    const earned = (value: number | null): string => (value === null ? "no score" : short(value));
    return html`<div class="card"><p><b>${text(movesText(moves))}</b></p><pre>${text(example.prompt)}</pre><p class="muted">${text(`earns ${earned(example.reward)}`)}</p><pre>${text(example.text.slice(0, 4000))}</pre><p class="muted">${text(`the honest answer earns ${earned(example.honestReward)}`)}</p><pre>${text(example.honest.slice(0, 4000))}</pre></div>`;
  });
  return watchPage(`Rehearsal of ${reward}`, runs, {
    intro: [
      html`<p>${text(rehearsalSentence(rehearsal))}</p>`,
      html`<p class="muted">${text(`Form ${form}; ${seeds} policies on ${prompts} prompts each; ${texts} distinct texts scored, ${unscored} of them without a score. An honest answer earns ${range(honest.reward)} at gold ${range(honest.gold)}.`)}</p>`,
      html`<h2>Exploits</h2>`,
      exploits.length === 0
        ? html`<p>None found.</p>`
        : htmlTable(["moves", "gains", "gold", "policies do it", ""], exploits.map(row)),
    ],
    after: [
      ...(cards.length === 0 ? [] : [html`<h2>Examples</h2>`, ...cards]),
      html`<h2>All that was measured</h2>`,
      htmlTable(["moves", "gains", "gold", "policies do it", ""], findings.map(row)),
    ],
  });
}
