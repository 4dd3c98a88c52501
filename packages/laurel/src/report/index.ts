export { classHistogram } from "./class-histogram.ts";
export { gateDetails, gateMarkdown, gateSentence } from "./gate.ts";
export { type Html, html, htmlTable, page, raw, text } from "./html.ts";
export { gateJunit } from "./junit.ts";
export { type ReliabilityPoint, reliabilityChart } from "./reliability.ts";
export { type ChartText, escapeMarkup, forestChart, histogramChart, lineChart, type Series } from "./svg.ts";
