import { describe, expect, it } from "vitest";
import { directContext } from "../../packages/laurel/src/core/index.ts";
import { sentenceEncoder } from "../../packages/laurel/src/models/embed/index.ts";
import { expected, hasEncoder, without } from "./weights.ts";

describe.skipIf(!hasEncoder)(`the sentence encoder${without(hasEncoder)}`, () => {
  it("gives PyTorch's vectors to 1e-4 for texts of many kinds, cut at 256 tokens", { timeout: 900_000 }, async () => {
    const { rows } = expected<{ rows: { text: string; vector: number[] }[] }>("minilm.json");
    const vectors = await sentenceEncoder().embed(
      rows.map(({ text }) => text),
      directContext(),
    );
    expect(vectors).toHaveLength(12);
    for (const [i, { text, vector }] of rows.entries()) {
      const off = Math.max(...vector.map((value, k) => Math.abs(value - (vectors[i] as Float32Array)[k]!)));
      expect(off, JSON.stringify(text.slice(0, 40))).toBeLessThan(1e-4);
    }
  });

  it("embeds no images", async () => {
    const image = { type: "image" as const, media: { hash: "0", mediaType: "image/png", uri: "x" } };
    const [found] = await sentenceEncoder().embed([[image]], directContext());
    expect(found).toMatchObject({ unscored: { reason: "unsupported" } });
  });
});
