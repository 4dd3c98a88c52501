import type { start } from "../laurel.ts";

/** The address that a started `laurel serve` prints. */
export function listeningAt({ child, done }: ReturnType<typeof start>): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += String(chunk);
      const url = /at (http:\S+)/.exec(out)?.[1];
      if (url !== undefined) resolve(url);
    });
    done.then(({ err }) => reject(new Error(`laurel serve ended: ${err}`)), reject);
  });
}
