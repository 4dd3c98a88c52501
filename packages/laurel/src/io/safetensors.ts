import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { InputError, messageOf, UsageError } from "../core/index.ts";

/** A tensor's numbers, row by row. */
export interface Tensor {
  shape: readonly number[];
  values: Float32Array;
}

/** Tensors by name: all that a model has learnt. */
export type Weights = ReadonlyMap<string, Tensor>;

/** An entry of a safetensors header. */
interface Entry {
  dtype: string;
  shape: readonly number[];
  data_offsets: readonly [number, number];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isEntry(value: unknown): value is Entry {
  const { dtype, shape, data_offsets: at } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof dtype === "string" &&
    Array.isArray(shape) &&
    shape.every(isCount) &&
    Array.isArray(at) &&
    at.length === 2 &&
    at.every(isCount)
  );
}

/**
 * The float32 tensors of a safetensors file, as views of its bytes; tensors of type I64 (positions of an encoder) are left out.
 *
 * @throws InputError for a file that cannot be read, is none, is cut off, or has tensors of another type
 */
export async function readSafetensors(path: string): Promise<Map<string, Tensor>> {
  const wrong = (why: string, hint?: string): InputError => new InputError({ file: path }, why, hint);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    throw wrong(`it cannot be read: ${messageOf(thrown)}`);
  }
  const length = bytes.length < 8 ? Number.POSITIVE_INFINITY : Number(bytes.readBigUInt64LE(0));
  if (8 + length > bytes.length)
    throw wrong(
      `this is no safetensors file, or its header is cut off: it has ${bytes.length} bytes${bytes.length < 8 ? "" : `, and the header alone would need ${8 + length}`}`,
    );
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<string, unknown>;
  } catch (thrown) {
    throw wrong(`its header is not valid JSON: ${messageOf(thrown)}`);
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (!isEntry(entry)) throw wrong(`the header's entry for ${name} lacks dtype, shape or data_offsets`);
    const { dtype, shape, data_offsets: at } = entry;
    if (dtype === "I64") continue;
    if (dtype !== "F32") throw wrong(`${name} is of type ${dtype}; only F32 is read`);
    const start = bytes.byteOffset + 8 + length + at[0];
    const count = shape.reduce((a, b) => a * b, 1);
    if (at[1] - at[0] !== 4 * count)
      throw wrong(
        `${name} has ${at[1] - at[0]} bytes, but its shape [${shape.join(", ")}] needs ${4 * count}`,
        "the file is damaged: write or download it again",
      );
    if (start - bytes.byteOffset + 4 * count > bytes.length)
      throw wrong(
        `it is cut off: ${name} ends at byte ${start - bytes.byteOffset + 4 * count}, and the file has ${bytes.length}`,
        "write or download it again",
      );
    tensors.set(name, {
      shape,
      values:
        start % 4 === 0
          ? new Float32Array(bytes.buffer, start, count)
          : new Float32Array(bytes.buffer.slice(start, start + 4 * count)),
    });
  }
  return tensors;
}

/**
 * The bytes of a safetensors file: 8 bytes of the header's length (little-endian), the header in JSON, padded to a multiple of 8 with spaces,
 * then the tensors in order, F32.
 *
 * @param metadata texts for the header's `__metadata__`
 * @throws UsageError for a tensor whose values are not as many as its shape says, or not finite
 */
export function safetensorsBytes(weights: Weights, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { shape, values }] of weights) {
    if (values.length !== shape.reduce((a, b) => a * b, 1))
      throw new UsageError(`${name} has ${values.length} values, which its shape [${shape.join(", ")}] does not say`);
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new UsageError(`${name} holds ${values[at]} at place ${at}; weights must be finite`);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + 4 * values.length] };
    offset += 4 * values.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = 8 * Math.ceil(text.length / 8);
  const bytes = Buffer.alloc(8 + length + offset, " ");
  bytes.writeBigUInt64LE(BigInt(length), 0);
  text.copy(bytes, 8);
  let at = 8 + length;
  for (const { values } of weights.values()) {
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).copy(bytes, at);
    at += values.byteLength;
  }
  return bytes;
}

/**
 * Writes tensors as a safetensors file, whole or not at all: into a file beside it, which then takes its name.
 *
 * @throws UsageError as `safetensorsBytes`; the system's error where the file cannot be written
 * @example await writeSafetensors("rm/model.safetensors", new Map([["weight", { shape: [1, 2], values: Float32Array.of(1, 2) }]]));
 */
export async function writeSafetensors(
  path: string,
  weights: Weights,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    await writeFile(beside, safetensorsBytes(weights, metadata));
    await rename(beside, path);
  } catch (thrown) {
    await rm(beside, { force: true });
    throw thrown;
  }
}
