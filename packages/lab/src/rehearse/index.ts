export { rehearsalPage, rehearsalSentence } from "./rehearsal-page.ts";
export * from "./rehearse.ts";
