export * from "./curves.ts";
export { goldTurn, type Turn, type TurnOptions } from "./turn.ts";
export { turnSentence, watchPage } from "./watch-page.ts";
