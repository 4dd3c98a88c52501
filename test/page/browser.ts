import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { start } from "../laurel.ts";
import { listeningAt } from "../serve/process.ts";

/** Debian's Chromium, or the one that LAUREL_CHROMIUM names. */
const executable = [process.env["LAUREL_CHROMIUM"], "/usr/bin/chromium"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Why tests with a browser do not run here; undefined where they do. */
export const noBrowser =
  executable === undefined ? "no Chromium here: apt-get install chromium, or name one in LAUREL_CHROMIUM" : undefined;

/** Desk and phone. */
export const sizes = { desk: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } } as const;

/** A headless browser; close it (`await using`) at the test's end. */
export async function openBrowser(): Promise<Browser> {
  if (executable === undefined) throw new Error(noBrowser);
  return chromium.launch({ executablePath: executable, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A real `laurel serve` on loopback that shows a folder. */
export async function serveFolder(
  folder: string,
  args: readonly string[] = ["--reward", "verify.math"],
): Promise<AsyncDisposable & { url: string; stop(signal?: NodeJS.Signals): Promise<void> }> {
  const port = args.includes("--port") ? [] : ["--port", "0"];
  const running = start(["serve", ...args, ...port, "--quiet", "--workers", "1"], { cwd: folder });
  const url = await listeningAt(running);
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    running.child.kill(signal);
    await running.done;
  };
  return { url, stop, [Symbol.asyncDispose]: () => stop("SIGKILL") };
}

/** A page of one size that fails the test, when `quiet()` is called, for console errors and for requests to elsewhere. */
export async function openPage(
  browser: Browser,
  url: string,
  size: keyof typeof sizes = "desk",
): Promise<{ page: Page; quiet(): void }> {
  const page = await browser.newPage({ viewport: sizes[size], reducedMotion: "reduce" });
  const loud: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") loud.push(message.text());
  });
  page.on("pageerror", (error) => loud.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !/^(data|blob):/.test(request.url()))
      loud.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, quiet: () => expect(loud).toEqual([]) };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A browser and a server that tests of one block share. */
export interface Shown {
  browser: Browser;
  url: string;
}

/**
 * A block of tests in a browser over one served folder; skipped, with the reason in its name, where there is no browser or `missing` says why.
 *
 * @param prepare what is put into the folder before the server starts
 * @param args of `laurel serve`
 */
export function inBrowser(
  name: string,
  {
    prepare,
    folder: path,
    args,
    missing,
  }: {
    folder: () => string;
    prepare?: () => void;
    args?: readonly string[];
    missing?: string | undefined;
  },
  tests: (shown: Shown) => void,
): void {
  const reason = noBrowser ?? missing;
  describe.skipIf(reason !== undefined)(`${name}${reason === undefined ? "" : ` (skipped: ${reason})`}`, () => {
    const shown = {} as Shown;
    let server: Awaited<ReturnType<typeof serveFolder>> | undefined;
    beforeAll(async () => {
      prepare?.();
      shown.browser = await openBrowser();
      server = await serveFolder(path(), args);
      shown.url = server.url;
    });
    afterAll(async () => {
      await shown.browser?.close();
      await server?.[Symbol.asyncDispose]();
    });
    tests(shown);
  });
}

/** Nothing serious or critical by axe, and no part of the page wider than the window. */
export async function expectAccessible(page: Page): Promise<void> {
  // the page's policy allows no inline script; the debugger's evaluation is not bound by it
  await page.evaluate(axe);
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => id + ": " + help + " at " + nodes.map(({ target }) => target.join(" ")).slice(0, 3).join(", ")))`,
  )) as string[];
  expect(found).toEqual([]);
  const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  expect(wide, "the page scrolls sideways").toBeLessThanOrEqual(0);
}
