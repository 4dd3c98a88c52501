import { MissingPackageError } from "../core/index.ts";

/**
 * The laboratory, which is a package of its own.
 *
 * @param room one of its folders, such as "worlds/preferences"; the whole by default
 * @returns its module; the caller names what it uses of it, so that the light package compiles without it
 * @throws MissingPackageError with the install command
 */
export async function laboratory<T>(room?: string): Promise<T> {
  const name: string = room === undefined ? "@laurel/lab" : `@laurel/lab/${room}`;
  try {
    return (await import(name)) as T;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
      throw new MissingPackageError("the laboratory (@laurel/lab)", "npm install @laurel/lab");
    throw thrown;
  }
}
