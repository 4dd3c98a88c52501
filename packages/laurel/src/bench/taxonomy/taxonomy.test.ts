import { describe, expect, it } from "vitest";
import { anomalies, failureModes, tradeOffs } from "./anomalies.ts";
import { leafPaths, pruneLayers, type TaxonomyNode, treeScores } from "./tree.ts";

const node = (name: string, ...children: TaxonomyNode[]): TaxonomyNode => ({ name, children });
const tree = node("all", node("coding", node("bash"), node("sql")), node("writing", node("letters"), node("poems")));

describe("treeScores", () => {
  it("counts an item once at an inner node, however many of its leaves carry it", () => {
    const scores = treeScores(
      [
        { id: "a", tags: ["coding / bash", "coding / sql"], score: 1 },
        { id: "b", tags: ["coding / sql"], score: 0 },
        { id: "c", tags: ["writing / poems"], score: 0.5 },
      ],
      tree,
    );
    const at = (path: string) => scores.find((one) => one.path === path)!;
    expect(at("coding")).toMatchObject({ mean: 0.5, n: 2, estimate: { value: 0.5, n: 2 } });
    expect(at("coding / sql")).toMatchObject({ mean: 0.5, n: 2 });
    expect(at("")).toMatchObject({ mean: 0.5, n: 3 });
    expect(at("writing / poems")).toMatchObject({ mean: 0.5, n: 1, estimate: null });
    expect(at("writing / letters")).toMatchObject({ mean: null, n: 0 });
  });

  it("names an item that stands twice and a tag that is no leaf", () => {
    const one = { id: "a", tags: ["coding / bash"], score: 1 };
    expect(() => treeScores([one, one], tree)).toThrow('item "a" stands twice');
    expect(() => treeScores([{ ...one, tags: ["coding"] }], tree)).toThrow('"coding", which is no leaf');
  });
});

describe("anomalies", () => {
  const scored = (bash: number, others: number) =>
    treeScores(
      leafPaths(tree).map((tag, i) => ({ id: `q${i}`, tags: [tag], score: tag === "coding / bash" ? bash : others })),
      tree,
    );

  it("finds a model that is good on the whole and last at one leaf, with the gap in scores", () => {
    const scores = Object.fromEntries(
      Array.from({ length: 10 }, (_, m) => [
        `model ${m}`,
        m === 0 ? scored(0, 1.5) : scored(0.9 - m / 20, 0.8 - m / 20),
      ]),
    );
    const found = anomalies(scores);
    expect(found.weaknesses.map(({ model, path }) => [model, path])).toContainEqual(["model 0", "coding / bash"]);
    expect(found.weaknesses.find(({ path }) => path === "coding / bash")!.gap).toBeLessThan(-1);
    expect(found.strengths).toEqual([]);
  });

  it("refuses models of different trees, and nobody", () => {
    expect(() => anomalies({})).toThrow("at least one model");
    expect(() => anomalies({ a: scored(0, 0), b: treeScores([], node("all")) })).toThrow("different taxonomies");
  });
});

describe("failureModes", () => {
  it("calls the evenly failed node systematic and the unevenly failed one occasional", () => {
    const wide = node(
      "all",
      ...["even", "b", "c", "d", "uneven"].map((name) =>
        node(name, ...["1", "2", "3", "4", "5"].map((leaf) => node(leaf))),
      ),
    );
    const scoreOf = (path: string): number => {
      const [group, leaf] = path.split(" / ");
      if (group === "even") return 0.1;
      return group === "uneven" ? Number(leaf) / 5 : 0.5 + Number(leaf) / 50;
    };
    const scores = treeScores(
      leafPaths(wide).map((tag) => ({ id: tag, tags: [tag], score: scoreOf(tag) })),
      wide,
    );
    expect(failureModes(scores).map(({ path, kind }) => [path, kind])).toEqual([
      ["even", "systematic"],
      ["uneven", "occasional"],
    ]);
  });
});

describe("tradeOffs", () => {
  it("finds the leaves at which models stand in opposite orders", () => {
    const model = (a: number, b: number) =>
      treeScores(
        leafPaths(tree).map((tag) => ({ id: tag, tags: [tag], score: tag === "coding / bash" ? a : b })),
        tree,
      );
    const [worst] = tradeOffs({ x: model(1, 0), y: model(0.5, 0.5), z: model(0, 1) });
    expect(worst).toMatchObject({ correlation: -1 });
    expect(worst!.paths).toContain("coding / bash");
  });
});

describe("pruneLayers", () => {
  it("drops a layer of one child and deep layers of few nodes", () => {
    const deep = node("all", node("only", node("a", node("a1"), node("a2")), node("b")));
    expect(pruneLayers(deep, { maxDepth: 1, minNodes: 3 })).toEqual(node("all", node("a"), node("b")));
    expect(pruneLayers(deep)).toEqual(node("all", node("a", node("a1"), node("a2")), node("b")));
  });
});
