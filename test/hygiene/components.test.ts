import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue, checkedSlugs, paperRows } from "../../packages/lab/src/index.ts";
import { allKinds } from "../../packages/laurel/src/spec/index.ts";

const source = new URL("../../packages/laurel/src/", import.meta.url);
const laboratory = new URL("../../packages/lab/src/", import.meta.url);

interface ShippedRow {
  slug: string;
  component: string[];
  state: string;
}

const shipped = JSON.parse(readFileSync(new URL("papers/catalogue.json", source), "utf8")) as ShippedRow[];

/** What a user can import: the names that the packages' rooms export. */
async function exported(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const folder of [source, laboratory])
    for (const room of readdirSync(folder))
      if (existsSync(new URL(`${room}/index.ts`, folder)))
        for (const name of Object.keys((await import(new URL(`${room}/index.ts`, folder).href)) as object))
          names.add(name);
  return names;
}

describe("the papers' components", () => {
  it("are kinds of reward, parts of a composition or exported functions, each of them", async () => {
    const names = await exported();
    const kinds = allKinds();
    const unknown = shipped.flatMap(({ slug, component }) =>
      component
        // "shape (preference-as-reward)": a kind with the option that makes it the paper's
        .map((name) => name.replace(/ \(.*\)$/, ""))
        .filter((name) => !Object.hasOwn(kinds, name) && !names.has(name))
        .map((name) => `${slug}: ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(shipped.filter(({ component }) => component.length > 0).length).toBeGreaterThanOrEqual(50);
  });

  it("stand once: in a checked paper's own file, in the list of papers for the others", () => {
    const own = new Map(catalogue(paperRows, {}).map((row) => [row.slug, row]));
    for (const { slug, component, state } of shipped) {
      const stated = own.get(slug)!.component;
      if ((checkedSlugs as readonly string[]).includes(slug)) expect(stated, slug).toEqual([]);
      else expect(component, slug).toEqual(stated);
      if (component.length > 0) expect(state, slug).not.toBe("planned");
    }
  });
});
