import { type CataloguePaper, catalogue, countCatalogue } from "laurel/papers";
import { allKinds } from "laurel/spec";
import { z } from "zod";
import type { Exchange } from "../http/exchange.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import type { PaperRuns } from "./paper-runs.ts";
import { toYaml } from "./yaml.ts";

/** A component with text that uses it. */
interface Use {
  name: string;
  /** yaml of a spec, ts of an import, or null where the name alone says all. */
  language: "yaml" | "ts" | null;
  text: string | null;
}

function useOf(name: string, places: Readonly<Record<string, string>>): Use {
  const kind = Object.hasOwn(allKinds(), name) ? allKinds()[name] : undefined;
  if (kind !== undefined) return { name, language: "yaml", text: toYaml(kind.example) };
  // "dpoLoss (weights)" is an option of dpoLoss
  const called = name.split(" ")[0]!;
  const place = places[called];
  return place === undefined
    ? { name, language: null, text: null }
    : { name, language: "ts", text: `import { ${called} } from "${place}";\n` };
}

const runShape = z.looseObject({ slug: z.string(), state: z.string(), done: z.int(), total: z.int() });

/** The catalogue of papers, how their components are used, and their checks once more. */
export function paperOperations(runs: PaperRuns): Operation[] {
  const paperOf = ({ path }: Exchange): CataloguePaper => {
    const slug = path["slug"]!;
    const found = catalogue().find((one) => one.slug === slug);
    if (found === undefined) throw new Problem(404, "no-such-paper", `there is no paper "${slug.slice(0, 100)}"`);
    return found;
  };
  return [
    operation({
      method: "get",
      paths: ["/v1/papers"],
      summary: "The catalogue of papers with every claim, bar and verdict",
      tag: "page",
      answer: z.object({ papers: z.array(z.looseObject({ slug: z.string() })), counts: z.looseObject({}) }),
      handle: () => {
        const papers = catalogue();
        return { papers, counts: countCatalogue(papers) };
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/papers/{slug}/use"],
      summary: "A paper's components with text that uses them",
      tag: "page",
      answer: z.object({ uses: z.array(z.looseObject({ name: z.string() })) }),
      failures: [404],
      async handle(exchange) {
        const paper = paperOf(exchange);
        const places = await runs.places([
          ...new Set(catalogue().flatMap(({ component }) => component.map((name) => name.split(" ")[0]!))),
        ]);
        return { uses: paper.component.map((name) => useOf(name, places)) };
      },
    }),
    operation({
      method: "post",
      paths: ["/v1/papers/{slug}/run"],
      summary: "Check a paper's claims once more: a look at eight seeds, or all of them",
      tag: "page",
      body: z.strictObject({ full: z.boolean().optional() }),
      answer: runShape,
      failures: [404, 409],
      handle(exchange, { full = false }) {
        const paper = paperOf(exchange);
        if (paper.state !== "checked")
          throw new Problem(422, "no-check", `no claim of ${paper.slug} is checked, so there is nothing to run`);
        return runs.run(paper.slug, full);
      },
    }),
    operation({
      method: "get",
      paths: ["/v1/papers/{slug}/run"],
      summary: "How far a paper's run is, and what came out",
      tag: "page",
      answer: z.object({ run: runShape.nullable() }),
      failures: [404],
      handle: (exchange) => ({ run: runs.get(paperOf(exchange).slug) ?? null }),
    }),
    operation({
      method: "post",
      paths: ["/v1/papers/{slug}/cancel"],
      summary: "End a paper's run; the seeds that are done stay in its journal",
      tag: "page",
      body: z.strictObject({}),
      answer: z.object({ run: runShape.nullable() }),
      failures: [404],
      handle: (exchange) => ({ run: runs.cancel(paperOf(exchange).slug) ?? null }),
    }),
  ];
}
