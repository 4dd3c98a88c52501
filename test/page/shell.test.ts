import { afterAll, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";
import { expectAccessible, inBrowser, openPage, serveFolder, sizes } from "./browser.ts";

const place = folder();
afterAll(() => place[Symbol.dispose]());

inBrowser("the page's frame", { folder: () => place.path }, (shown) => {
  it.each(Object.keys(sizes) as (keyof typeof sizes)[])(
    "shows every view of its menu at %s size, accessible and quiet",
    async (size) => {
      const { page, quiet } = await openPage(shown.browser, shown.url, size);
      const views = await page
        .locator("header nav a")
        .evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
      expect(views.length).toBeGreaterThan(1);
      for (const view of views) {
        await page.goto(new URL(view, shown.url).href);
        await page.locator("main h1").first().waitFor();
        await expectAccessible(page);
      }
      await page.goBack();
      expect(new URL(page.url()).hash).toBe(new URL(views.at(-2)!, shown.url).hash);
      await page.locator("main h1").first().waitFor();
      quiet();
      await page.close();
    },
  );

  it("sends its first view in under 200 kB", async () => {
    const page = await shown.browser.newPage({ viewport: sizes.desk });
    const network = await page.context().newCDPSession(page);
    await network.send("Network.enable");
    let bytes = 0;
    network.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(shown.url);
    await page.locator("main h1").first().waitFor();
    expect(bytes).toBeGreaterThan(5_000);
    expect(bytes).toBeLessThan(200_000);
    await page.close();
  });

  it("says what to do about a view that it does not know", async () => {
    const { page } = await openPage(shown.browser, `${shown.url}/#/nonsense`);
    await page.getByText("There is no view “nonsense”").waitFor();
    await page.close();
  });

  it("asks for the key where the server has keys, says when it is wrong, and goes on with the right one", async () => {
    const token = laurel(["serve", "--keys", "keys.json", "--new-key", "ann"], { cwd: place.path }).out.trim();
    await using guarded = await serveFolder(place.path, ["--reward", "verify.math", "--keys", "keys.json"]);
    const { page } = await openPage(shown.browser, `${guarded.url}/#/papers`);
    const key = page.getByLabel("This server asks for a key:");
    await key.fill("not-it");
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByLabel("This server does not know that key. Another:").fill(token);
    await page.getByRole("button", { name: "Use it" }).click();
    await page.getByText("rewardmath", { exact: false }).first().waitFor();
    expect(await page.getByRole("button", { name: "Use it" }).count()).toBe(0);
    await expectAccessible(page);
    await page.close();
  });

  it("forbids inline script, frames and anything from elsewhere", async () => {
    const policy = (await fetch(shown.url)).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
  });
});
