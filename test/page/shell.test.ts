import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folder } from "../laurel.ts";
import { expectAccessible, noBrowser, openBrowser, openPage, serveFolder, sizes } from "./browser.ts";

describe.skipIf(noBrowser !== undefined)(
  `the page's frame${noBrowser === undefined ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    let browser: Browser;
    let served: Awaited<ReturnType<typeof serveFolder>>;
    const place = folder();
    beforeAll(async () => {
      browser = await openBrowser();
      served = await serveFolder(place.path);
    });
    afterAll(async () => {
      await browser?.close();
      await served?.[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    });

    it.each(Object.keys(sizes) as (keyof typeof sizes)[])(
      "shows every view of its menu at %s size, accessible and quiet",
      async (size) => {
        const { page, quiet } = await openPage(browser, served.url, size);
        const views = await page
          .locator("header nav a")
          .evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
        expect(views.length).toBeGreaterThan(1);
        for (const view of views) {
          await page.goto(new URL(view, served.url).href);
          await page.locator("main h1").first().waitFor();
          await expectAccessible(page);
        }
        await page.goBack();
        expect(new URL(page.url()).hash).toBe(new URL(views.at(-2)!, served.url).hash);
        await page.locator("main h1").first().waitFor();
        quiet();
        await page.close();
      },
    );

    it("says what to do about a view that it does not know", async () => {
      const { page } = await openPage(browser, `${served.url}/#/nonsense`);
      await page.getByText("There is no view “nonsense”").waitFor();
      await page.close();
    });

    it("forbids inline script, frames and anything from elsewhere", async () => {
      const policy = (await fetch(served.url)).headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
    });
  },
);
