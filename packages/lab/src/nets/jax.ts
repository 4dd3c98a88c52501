import { UsageError } from "laurel";

/** The version that is tested; any other may differ in its arrays' ownership rules. */
const version = "0.1.25";

type Jax = typeof import("@jax-js/jax");

let loaded: Promise<Jax> | undefined;

/**
 * jax-js with its WebAssembly backend ready; loaded once.
 *
 * @throws UsageError that names the install command where the package is absent or has no such backend
 */
export function jax(load: () => Promise<Jax> = () => import("@jax-js/jax")): Promise<Jax> {
  loaded ??= ready(load).catch((thrown: unknown) => {
    loaded = undefined;
    throw thrown;
  });
  return loaded;
}

async function ready(load: () => Promise<Jax>): Promise<Jax> {
  let found: Jax;
  try {
    found = await load();
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw thrown;
    throw new UsageError("small networks need @jax-js/jax, which is not installed", `npm i -E @jax-js/jax@${version}`);
  }
  const devices = await found.init("wasm");
  if (!devices.includes("wasm")) throw new UsageError("jax-js found no WebAssembly here");
  found.defaultDevice("wasm");
  return found;
}
