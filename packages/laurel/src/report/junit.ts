import type { Gated } from "../run/index.ts";
import { gateDetails, gateSentence } from "./gate.ts";

/** Text for XML 1.0: the five marks escaped, and characters that XML cannot hold (controls, lone surrogates) replaced. */
export function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(illegal, "\ufffd")
    .replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

const illegal = new RegExp(
  `[${[
    [0, 8],
    [11, 12],
    [14, 31],
    [0xfffe, 0xffff],
  ]
    .map(([from, to]) => `\\u${from!.toString(16).padStart(4, "0")}-\\u${to!.toString(16).padStart(4, "0")}`)
    .join("")}]`,
  "g",
);

/**
 * A gate's result as JUnit XML: one test case for the gate, which alone can fail, and one a subset, for its figures.
 * `failure` means worse, `error` not enough data.
 *
 * @param seconds how long it took
 * @param at when it began
 */
export function gateJunit(result: Gated, seconds: number, at: Date): string {
  const failed = result.verdict === "worse" ? 1 : 0;
  const open = result.verdict === "undecided" ? 1 : 0;
  const suite = `laurel gate ${result.reward}`;
  const sentence = gateSentence(result);
  const details = gateDetails(result).join("\n");
  const outcome =
    failed === 1
      ? `<failure message="${xmlText(sentence)}" type="Worse">${xmlText(details)}</failure>`
      : open === 1
        ? `<error message="${xmlText(sentence)}" type="NotEnoughData">${xmlText(details)}</error>`
        : `<system-out>${xmlText(`${sentence}\n${details}`)}</system-out>`;
  const properties = (values: Readonly<Record<string, string | number | undefined>>): string =>
    `<properties>${Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `<property name="${name}" value="${xmlText(String(value))}"/>`)
      .join("")}</properties>`;
  const time = seconds.toFixed(3);
  const { estimate } = result;
  const cases = [
    `<testcase classname="${xmlText(suite)}" name="gate" time="${time}">${properties({
      value: estimate.value,
      low: estimate.low,
      high: estimate.high,
      level: estimate.level,
      tasks: estimate.n,
      unscored: result.unscored.tasks,
      needed: result.needed,
    })}${outcome}</testcase>`,
  ];
  for (const [key, values] of Object.entries(result.subsets))
    for (const [value, subset] of Object.entries(values))
      cases.push(
        `<testcase classname="${xmlText(suite)}" name="${xmlText(`${key} ${value}`)}" time="0">${properties({
          value: subset.estimate?.value,
          low: subset.estimate?.low,
          high: subset.estimate?.high,
          tasks: subset.n,
          unscored: subset.unscored,
          verdict: subset.verdict,
        })}</testcase>`,
      );
  const counts = `tests="${cases.length}" failures="${failed}" errors="${open}" skipped="0" time="${time}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="laurel" ${counts}>`,
    `<testsuite name="${xmlText(suite)}" timestamp="${at.toISOString()}" ${counts}>`,
    ...cases,
    "</testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}
