const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** The number that 16 bits of bfloat16 stand for: the upper half of a float32. */
export function fromBfloat16(bits: number): number {
  u32[0] = bits << 16;
  return f32[0]!;
}

/** The nearest bfloat16, ties to even. */
export function toBfloat16(value: number): number {
  f32[0] = value;
  const bits = u32[0]!;
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The number that 16 bits of IEEE half precision stand for. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The nearest half-precision number, ties to even; beyond 65,520 infinity. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // the step between neighbours: 2^-24 for subnormals, else 2^(exponent - 10)
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const step =
    2 **
    ((size >= 2 ** (exponent + 1) ? exponent + 1 : size < 2 ** exponent ? Math.max(-14, exponent - 1) : exponent) - 10);
  const units = size / step;
  const down = Math.floor(units);
  const rest = units - down;
  const rounded = (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down) * step;
  if (rounded < 2 ** -14) return sign | (rounded * 2 ** 24);
  const own = Math.floor(Math.log2(rounded));
  return sign | ((own + 15) << 10) | (rounded * 2 ** (10 - own) - 1024);
}
