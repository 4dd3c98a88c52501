import { openSandbox } from "../../packages/laurel/src/rewards/verify/code/index.ts";

/** Why the sandbox cannot run on this machine, or undefined where it can. */
export const missing: string | undefined = await openSandbox({ slots: 1 }).then(
  async (sandbox) => {
    await sandbox[Symbol.asyncDispose]();
    return undefined;
  },
  (error: Error) => error.message,
);

/** For a test's name: says plainly why it is skipped. */
export const where: string = missing === undefined ? "" : ` (skipped: ${missing})`;
