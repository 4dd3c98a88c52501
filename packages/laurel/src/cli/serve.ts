import { MissingPackageError } from "../core/index.ts";

/** What of the server's package is used here; it is not imported, so that the light package stands alone. */
interface ServePackage {
  serve(options: Record<string, unknown>): Promise<void>;
  shim(trainer: string): string;
}

const name: string = "@laurel/serve";

async function load(): Promise<ServePackage> {
  try {
    return (await import(name)) as ServePackage;
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ERR_MODULE_NOT_FOUND" && String(thrown).includes(`'${name}'`))
      throw new MissingPackageError("the server", `npm install ${name}`);
    throw thrown;
  }
}

/** `laurel serve`. */
export async function serve(options: Record<string, unknown>): Promise<void> {
  await (await load()).serve(options);
}

/** `laurel shim`: a trainer's Python file on the output stream. */
export async function shim(trainer: string): Promise<void> {
  process.stdout.write((await load()).shim(trainer));
}
