import { readFileSync } from "node:fs";
import { UsageError } from "../core/index.ts";
import { plain, table } from "./terminal.ts";

interface PaperRow {
  slug: string;
  title: string;
  capability: string;
  state: "planned" | "component" | "checked";
  component: string[];
  claims: { statement: string; evidence: string; verdict: string; estimate: unknown }[];
}

/** The catalogue that ships with the package. */
function catalogue(): PaperRow[] {
  return JSON.parse(readFileSync(new URL("../papers/catalogue.json", import.meta.url), "utf8")) as PaperRow[];
}

/** `laurel papers`: all rows with an honest state. */
export async function papers(options: { state?: string; json?: boolean }): Promise<void> {
  const states = ["planned", "component", "checked"];
  if (options.state !== undefined && !states.includes(options.state))
    throw new UsageError(`there is no state "${options.state}"`, `one of ${states.join(", ")}`);
  const all = catalogue();
  const rows = all.filter((row) => options.state === undefined || row.state === options.state);
  if (options.json === true) {
    const stable = rows.map(({ slug, title, capability, state, claims }) => ({
      slug,
      title,
      capability,
      state,
      claims,
    }));
    process.stdout.write(`${JSON.stringify(stable, null, 2)}\n`);
    return;
  }
  const count = (state: string): number => all.filter((row) => row.state === state).length;
  process.stdout.write(
    `${table(
      ["paper", "capability", "state", "title", "use"],
      rows.map((row) => [row.slug, row.capability, row.state, plain(row.title, 60), row.component.join(", ")]),
    )}\n\n${all.length} papers: ${count("checked")} checked, ${count("component")} with a component, ${count("planned")} planned\n`,
  );
}
