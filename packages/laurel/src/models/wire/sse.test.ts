import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sseData } from "./sse.ts";

async function* chunks(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < places.length; i++) yield bytes.subarray(places[i - 1]!, places[i]!);
}

async function all(stream: AsyncIterable<Uint8Array>, maxEvent?: number): Promise<string[]> {
  const out: string[] = [];
  for await (const data of sseData(stream, maxEvent)) out.push(data);
  return out;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe("sseData", () => {
  it("gives the same events wherever the bytes are cut, for each way of ending lines", async () => {
    const event = fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, "·"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 6 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (events, end, cuts) => {
          const text = events.map((one) => `: a comment${end}event: message${end}data: ${one}${end}${end}`).join("");
          expect(await all(chunks(bytes(text), cuts))).toEqual(events.map((one) => Buffer.from(one).toString()));
        },
      ),
    );
  });

  it("joins data lines, takes away one space, and leaves out an event that does not end", async () => {
    const text = "data: a\ndata:b\n\ndata:  c\n\ndata\n\nid: 7\n\ndata: d\n";
    expect(await all(chunks(bytes(text), [3, 4, 9]))).toEqual(["a\nb", " c", ""]);
  });

  it("bounds what it holds", async () => {
    await expect(all(chunks(bytes(`data: ${"x".repeat(3000)}`), [10, 1000]), 1000)).rejects.toThrow(RangeError);
  });
});
