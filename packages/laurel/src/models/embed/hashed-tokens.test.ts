import { describe, expect, it } from "vitest";
import { directContext } from "../../core/index.ts";
import { embedderFrom } from "../from.ts";
import { hashedTokenIds, hashedTokens } from "./hashed-tokens.ts";

describe("hashedTokens", () => {
  it("gives words and marks numbers from 1, the last ones of a long text, zeros after a short one", () => {
    const ids = [...hashedTokenIds("Red, then red!", 1000, 8)];
    expect(ids.slice(5)).toEqual([0, 0, 0]);
    expect(ids[0]).toBe(ids[3]);
    expect(new Set(ids.slice(0, 5)).size).toBe(4);
    expect(ids.slice(0, 5).every((id) => id >= 1 && id < 1000)).toBe(true);
    expect([...hashedTokenIds("Red, then red!", 1000, 2)]).toEqual(ids.slice(3, 5));
    expect([...hashedTokenIds("", 1000, 2)]).toEqual([0, 0]);
  });

  it("is found by name, with its numbers in the fingerprint", async () => {
    const embedder = await embedderFrom("tokens:100x4");
    expect(embedder.dim).toBe(4);
    const [vector] = await embedder.embed(["a b"], directContext());
    expect(vector).toEqual(hashedTokenIds("a b", 100, 4));
    expect((await embedderFrom("tokens:101x4")).fingerprint).not.toBe(embedder.fingerprint);
    expect((await embedderFrom("tokens")).dim).toBe(64);
    await expect(embedderFrom("tokens:many")).rejects.toThrow(/no vocabulary and context/);
    expect(() => hashedTokens({ vocabulary: 1 })).toThrow(/no vocabulary/);
  });
});
