import { readFile } from "node:fs/promises";
import { InputError } from "../../core/index.ts";

/** A tensor's numbers, row by row. */
export interface Tensor {
  shape: readonly number[];
  values: Float32Array;
}

/**
 * The float32 tensors of a safetensors file, as views of its bytes.
 * @throws InputError for another file, or tensors of another type
 */
export async function readSafetensors(path: string): Promise<Map<string, Tensor>> {
  const bytes = await readFile(path);
  const wrong = (why: string): InputError => new InputError({ file: path }, why);
  const length = bytes.length < 8 ? Number.POSITIVE_INFINITY : Number(bytes.readBigUInt64LE(0));
  if (8 + length > bytes.length) throw wrong("this is no safetensors file");
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, data_offsets: at }] of Object.entries(header)) {
    if (name === "__metadata__" || dtype === "I64") continue;
    if (dtype !== "F32") throw wrong(`${name} is of type ${dtype}; only F32 is read`);
    const start = bytes.byteOffset + 8 + length + at[0];
    const count = shape.reduce((a, b) => a * b, 1);
    if (at[1] - at[0] !== 4 * count || start - bytes.byteOffset + 4 * count > bytes.length)
      throw wrong(`${name} is cut off`);
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
