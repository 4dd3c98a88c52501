export { type Around, type JudgeTraits, plainQuality, type Quality } from "./decide.ts";
export { readJudgePrompt } from "./judge-prompt.ts";
export * from "./judge-zoo.ts";
export { type ScriptedJudge, type ScriptedJudgeOptions, scriptedJudge } from "./scripted-judge.ts";
export * from "./styled-rewards.ts";
export { type ZooReading, zooComparer } from "./zoo-comparer.ts";
