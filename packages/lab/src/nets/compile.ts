import type { Array as JaxArray } from "@jax-js/jax";
import { UsageError } from "laurel";
import { jax } from "./jax.ts";

type Jax = Awaited<ReturnType<typeof jax>>;

/** Named arrays inside a compiled function. Each is moved where it is used: take `.ref` of all uses but the last. */
export type Named = Readonly<Record<string, JaxArray>>;

/** A loss as jax-js sees it, built from its operations. */
export type NetLoss = (jax: Jax, parameters: Named, batch: Named) => JaxArray;

/** Shapes of the arrays, in the order in which the parameters stand in a flat list. */
export interface NetShapes {
  parameters: Readonly<Record<string, readonly number[]>>;
  /** Whole numbers as `int32`. */
  batch: Readonly<Record<string, { shape: readonly number[]; type: "float32" | "int32" }>>;
}

/** Values of a batch, row-major. */
export type NetBatch = Readonly<Record<string, Float32Array | Int32Array>>;

/** A compiled function of flat parameters and a batch. */
export interface Compiled extends Disposable {
  /** How many parameters there are. */
  parameters: number;
  /** The function's values, row-major. */
  run(theta: Float32Array, batch: NetBatch): Float32Array;
  /** The value of a scalar function; its gradient by the parameters is written to `gradient`. */
  step(theta: Float32Array, batch: NetBatch, gradient: Float32Array): number;
  dispose(): void;
}

/**
 * Compiles a function for fixed shapes: values and gradients on flat Float32Arrays, on jax-js's WebAssembly backend. All arrays are moved
 * into the call or read and so freed; none outlives it.
 *
 * @param loss built from jax-js's operations; a scalar where `step` is to be called
 * @returns both forms, each compiled at its first call; dispose it when done
 * @throws UsageError where jax-js is not installed; on a call, for a list of another size than its shape
 * @example
 * using net = await compile(({ numpy }, { w }, { x }) => numpy.mean(numpy.square(numpy.matmul(x, w))), {
 *   parameters: { w: [3] }, batch: { x: { shape: [2, 3], type: "float32" } } });
 * net.step(theta, { x }, gradient);
 */
export async function compile(loss: NetLoss, shapes: NetShapes): Promise<Compiled> {
  const own = await jax();
  const f = (parameters: Named, batch: Named): JaxArray => loss(own, parameters, batch);
  const value = own.jit(f);
  const both = own.jit((parameters: Named, batch: Named) => own.valueAndGrad(f)(parameters, batch));
  const sized = Object.entries(shapes.parameters).map(([name, shape]) => ({ name, shape: [...shape], size: sizeOf(shape) }));
  const parameters = sized.reduce((sum, { size }) => sum + size, 0);
  const arrayOf = (values: Float32Array | Int32Array, shape: readonly number[], what: string): JaxArray => {
    if (values.length !== sizeOf(shape))
      throw new UsageError(`${what} has ${values.length} numbers for the shape ${shape.join(" × ") || "of a scalar"}`);
    // a copy, since the array takes the buffer
    return own.numpy.array(values.slice() as Float32Array<ArrayBuffer>, { shape: [...shape] });
  };
  const given = (theta: Float32Array, batch: NetBatch): [Named, Named] => {
    if (theta.length !== parameters)
      throw new UsageError(`${theta.length} parameters for a network that has ${parameters}`);
    let from = 0;
    const own = sized.map(({ name, shape, size }) => {
      from += size;
      return [name, arrayOf(theta.subarray(from - size, from), shape, name)] as const;
    });
    const rows = Object.entries(shapes.batch).map(([name, { shape }]) => {
      const values = batch[name];
      if (values === undefined) throw new UsageError(`the batch has no "${name}"`);
      return [name, arrayOf(values, shape, name)] as const;
    });
    return [Object.fromEntries(own), Object.fromEntries(rows)];
  };
  const dispose = (): void => {
    value.dispose();
    both.dispose();
  };
  return {
    parameters,
    run(theta, batch) {
      return value(...given(theta, batch)).dataSync() as Float32Array;
    },
    step(theta, batch, gradient) {
      const [loss, slopes] = both(...given(theta, batch)) as [JaxArray, Named];
      let from = 0;
      for (const { name, size } of sized) {
        gradient.set(slopes[name]!.dataSync() as Float32Array, from);
        from += size;
      }
      return (loss.dataSync() as Float32Array)[0]!;
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
