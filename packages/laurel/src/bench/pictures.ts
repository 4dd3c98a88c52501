import { realpathSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { type Example, InputError, type Media } from "../core/index.ts";

/** The pictures of a folder, as a benchmark's rows name them. */
export interface Pictures {
  /** For a run's `open`. @throws InputError for a picture that is not in the folder */
  open(media: Media): Promise<Uint8Array>;
  /** Names of an example's pictures that are not in the folder. */
  missing(example: Example): string[];
}

/**
 * The pictures of a folder. Paths in rows are below it; a path that leads out of it is missing, since rows come from elsewhere and what they
 * name is sent to a model.
 *
 * @throws InputError where the folder is none
 * @example const pictures = picturesIn("meta_data/Image"); runBenchmark(benchmark, examples, contestant, { open: pictures.open })
 */
export function picturesIn(folder: string): Pictures {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new InputError({ file: folder }, "it is no folder of pictures");
  const root = realpathSync(folder);
  const pathOf = (uri: string): string | undefined => {
    const path = resolve(root, uri);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    // links are followed before it is said where a file lies
    return realpathSync(path).startsWith(root + sep) ? path : undefined;
  };
  return {
    async open({ uri }) {
      const path = pathOf(uri);
      if (path === undefined) throw new InputError({ file: uri }, `it is not a picture in ${folder}`);
      return readFile(path);
    },
    missing: ({ task }) =>
      [...task.prompt, ...task.candidates.flatMap(({ output }) => output)].flatMap(({ content }) =>
        typeof content === "string"
          ? []
          : content.flatMap((part) =>
              part.type === "image" && !part.media.uri.startsWith("data:") && pathOf(part.media.uri) === undefined
                ? [part.media.uri]
                : [],
            ),
      ),
  };
}
