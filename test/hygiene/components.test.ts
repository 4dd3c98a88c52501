import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue, paperRows } from "../../packages/lab/src/index.ts";
import { allKinds } from "../../packages/laurel/src/spec/index.ts";

const source = new URL("../../packages/laurel/src/", import.meta.url);

/** What a user can import: the names that the package's rooms export. */
async function exported(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const room of readdirSync(source))
    if (existsSync(new URL(`${room}/index.ts`, source)))
      for (const name of Object.keys((await import(new URL(`${room}/index.ts`, source).href)) as object))
        names.add(name);
  return names;
}

describe("the papers' components", () => {
  it("are kinds of reward or exported functions, each of them", async () => {
    const names = await exported();
    const kinds = allKinds();
    const unknown = paperRows.flatMap(({ slug, component = [] }) =>
      component.filter((name) => !Object.hasOwn(kinds, name) && !names.has(name)).map((name) => `${slug}: ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(paperRows.filter(({ component }) => component !== undefined).length).toBeGreaterThanOrEqual(25);
  });

  it("are what the shipped catalogue says", () => {
    const shipped = JSON.parse(readFileSync(new URL("papers/catalogue.json", source), "utf8")) as {
      slug: string;
      component: string[];
      state: string;
    }[];
    const own = new Map(catalogue(paperRows, {}).map((row) => [row.slug, row]));
    for (const { slug, component, state } of shipped) {
      // a checked paper whose row names nothing is used through what its own file names
      if (state === "checked" && own.get(slug)!.component.length === 0)
        expect(component.length, slug).toBeGreaterThan(0);
      else expect(component, slug).toEqual(own.get(slug)!.component);
      if (component.length > 0) expect(state, slug).not.toBe("planned");
    }
  });
});
