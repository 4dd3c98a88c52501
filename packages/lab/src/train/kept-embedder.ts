import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Embedder, sha256, type Unscored } from "laurel";

/** Texts that are embedded before their vectors are written. */
const batch = 8;

/**
 * An embedder whose vectors are kept on disk by the text's hash, so that a second training, and one that was interrupted, embed nothing
 * twice.
 *
 * Below `folder` each embedder has a folder by its fingerprint, and each process its own file in it: records of the text's SHA-256 (32
 * bytes) and the vector (float32). A record that was cut off is left out.
 *
 * @returns the embedder as it is where it has no fingerprint
 */
export function keptEmbedder(embedder: Embedder, folder: string): Embedder {
  if (embedder.fingerprint === null) return embedder;
  const place = join(folder, embedder.fingerprint);
  const known = new Map<string, Float32Array>();
  const size = 32 + 4 * embedder.dim;
  mkdirSync(place, { recursive: true });
  for (const name of readdirSync(place).sort()) {
    const bytes = readFileSync(join(place, name));
    for (let at = 0; at + size <= bytes.length; at += size)
      known.set(
        bytes.toString("hex", at, at + 32),
        new Float32Array(new Uint8Array(bytes.subarray(at + 32, at + size)).buffer),
      );
  }
  const own = join(place, `${Date.now()}-${process.pid}.f32`);
  return {
    ...embedder,
    async embed(contents, ctx) {
      const keys = contents.map((content) => sha256(typeof content === "string" ? content : JSON.stringify(content)));
      const out = keys.map((key): Float32Array | Unscored | undefined => known.get(key));
      const missing = out.flatMap((vector, i) => (vector === undefined ? [i] : []));
      for (let from = 0; from < missing.length; from += batch) {
        const some = missing.slice(from, from + batch);
        const made = await embedder.embed(
          some.map((i) => contents[i]!),
          ctx,
        );
        const records: Uint8Array[] = [];
        for (const [k, i] of some.entries()) {
          const vector = made[k]!;
          out[i] = vector;
          if (!(vector instanceof Float32Array)) continue;
          known.set(keys[i]!, vector);
          records.push(
            Buffer.from(keys[i]!, "hex"),
            new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
          );
        }
        if (records.length > 0) appendFileSync(own, Buffer.concat(records));
      }
      return out as (Float32Array | Unscored)[];
    },
  };
}
