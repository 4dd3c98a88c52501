import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { InputError, messageOf, UsageError } from "laurel";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./half.ts";

/** A tensor of a file: where it stands, and whether it can be computed with. */
export interface CheckpointTensor {
  dtype: string;
  shape: readonly number[];
  /** Is it of F32, F16 or BF16? Others (whole numbers, masks) are copied as they are. */
  floating: boolean;
}

/** A safetensors file whose tensors are read one at a time. */
export interface Checkpoint extends AsyncDisposable {
  path: string;
  tensors: ReadonlyMap<string, CheckpointTensor>;
  metadata: Readonly<Record<string, string>>;
  /** The values of a floating tensor, as float32. */
  read(name: string): Promise<Float32Array>;
  /** The bytes of any tensor. */
  bytes(name: string): Promise<Uint8Array>;
}

const sizes: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};
const floating = new Set(["F32", "F16", "BF16"]);
const longestHeader = 100 * 1024 * 1024;

/**
 * Opens a safetensors file of any size; only its header is read.
 *
 * @throws InputError for a file that cannot be read, is none, is cut off, or has a tensor of a type that cannot be merged (F64, F8)
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (thrown) {
    throw new InputError({ file: path }, `it cannot be read: ${messageOf(thrown)}`);
  }
  try {
    return await checkpointOf(file, path);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function checkpointOf(file: FileHandle, path: string): Promise<Checkpoint> {
  const wrong = (why: string): InputError => new InputError({ file: path }, why);
  const { size } = await file.stat();
  const head = Buffer.alloc(8);
  if (size < 8 || (await file.read(head, 0, 8, 0)).bytesRead < 8) throw wrong("this is no safetensors file");
  const length = Number(head.readBigUInt64LE(0));
  if (8 + length > size || length > longestHeader) throw wrong("this is no safetensors file, or its header is cut off");
  const text = Buffer.alloc(length);
  await file.read(text, 0, length, 8);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text.toString("utf8")) as Record<string, unknown>;
  } catch (thrown) {
    throw wrong(`its header is not valid JSON: ${messageOf(thrown)}`);
  }
  const tensors = new Map<string, CheckpointTensor>();
  const places = new Map<string, { at: number; bytes: number }>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const {
      dtype,
      shape,
      data_offsets: at,
    } = value as { dtype: string; shape: number[]; data_offsets: [number, number] };
    if (typeof dtype !== "string" || !Array.isArray(shape) || !Array.isArray(at))
      throw wrong(`the header's entry for ${name} lacks dtype, shape or data_offsets`);
    const one = sizes[dtype];
    if (one === undefined || dtype === "F64")
      throw wrong(`${name} is of type ${dtype}; F32, F16 and BF16 are merged, whole numbers copied`);
    const bytes = one * shape.reduce((a, b) => a * b, 1);
    if (at[1] - at[0] !== bytes || 8 + length + at[1] > size) throw wrong(`${name} is damaged or cut off`);
    tensors.set(name, { dtype, shape, floating: floating.has(dtype) });
    places.set(name, { at: 8 + length + at[0], bytes });
  }
  const bytes = async (name: string): Promise<Uint8Array> => {
    const place = places.get(name);
    if (place === undefined) throw new UsageError(`${path} has no tensor ${name}`);
    const out = new Uint8Array(place.bytes);
    let done = 0;
    while (done < out.length) {
      const { bytesRead } = await file.read(out, done, Math.min(out.length - done, 1 << 30), place.at + done);
      if (bytesRead === 0) throw wrong(`${name} is cut off`);
      done += bytesRead;
    }
    return out;
  };
  return {
    path,
    tensors,
    metadata: (header["__metadata__"] ?? {}) as Record<string, string>,
    bytes,
    read: async (name) => toFloats(await bytes(name), tensors.get(name)!.dtype),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

function toFloats(bytes: Uint8Array, dtype: string): Float32Array {
  if (dtype === "F32") return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const from = dtype === "BF16" ? fromBfloat16 : fromFloat16;
  return Float32Array.from(halves, from);
}

function fromFloats(values: Float32Array, dtype: string): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const to = dtype === "BF16" ? toBfloat16 : toFloat16;
  const halves = Uint16Array.from(values, to);
  return new Uint8Array(halves.buffer);
}

/**
 * Writes a safetensors file tensor by tensor, whole or not at all, with the names, types and shapes of another.
 *
 * @param valuesOf the values of each floating tensor; all others are copied from `like`
 * @throws UsageError for values that are not finite in the tensor's type, or too few
 */
export async function writeCheckpoint(
  path: string,
  like: Checkpoint,
  valuesOf: (name: string) => Promise<Float32Array>,
  metadata: Readonly<Record<string, string>> = like.metadata,
): Promise<void> {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { dtype, shape }] of like.tensors) {
    const bytes = sizes[dtype]! * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = 8 * Math.ceil(text.length / 8);
  const head = Buffer.alloc(8 + length, " ");
  head.writeBigUInt64LE(BigInt(length), 0);
  text.copy(head, 8);
  const beside = `${path}.${process.pid}.part`;
  try {
    const file = await open(beside, "w");
    try {
      await file.writeFile(head);
      for (const [name, { dtype, shape, floating: computed }] of like.tensors) {
        if (!computed) {
          await file.writeFile(await like.bytes(name));
          continue;
        }
        const values = await valuesOf(name);
        if (values.length !== shape.reduce((a, b) => a * b, 1))
          throw new UsageError(
            `${name} has ${values.length} values, which its shape [${shape.join(", ")}] does not say`,
          );
        const bytes = fromFloats(values, dtype);
        if (toFloats(bytes, dtype).some((value) => !Number.isFinite(value)))
          throw new UsageError(
            `${name} holds values that are not finite as ${dtype}`,
            "a smaller scale may keep them in range",
          );
        await file.writeFile(bytes);
      }
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (thrown) {
    await rm(beside, { force: true });
    throw thrown;
  }
}
