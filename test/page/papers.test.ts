import { afterAll, describe, expect, it } from "vitest";
import { catalogue } from "../../packages/laurel/src/papers/index.ts";
import { newKey } from "../../packages/serve/src/index.ts";
import { folder } from "../laurel.ts";
import { served } from "../serve/server.ts";
import { expectAccessible, inBrowser, openPage } from "./browser.ts";

describe("the papers' operations", () => {
  it("needs the key where one is set", async () => {
    const { token, entry } = newKey("me");
    await using server = await served({ page: true, keys: [entry] });
    const paths = ["/v1/papers/par/run", "/v1/papers/par/cancel"];
    for (const path of paths) expect((await server.post(path, {})).status).toBe(401);
    expect((await server.post(paths[1]!, {}, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it("refuses what is no paper, and what has no check", async () => {
    await using server = await served({ page: true });
    expect((await server.post("/v1/papers/none/run", {})).status).toBe(404);
    const planned = catalogue().find(({ state }) => state !== "checked");
    if (planned !== undefined) expect((await server.post(`/v1/papers/${planned.slug}/run`, {})).status).toBe(422);
  });
});

const place = folder();
afterAll(() => place[Symbol.dispose]());

inBrowser("the papers in a browser", { folder: () => place.path }, (shown) => {
  it("finds papers by words and filters, by address alone, at phone size", async () => {
    const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/papers?q=starc`, "phone");
    const wanted = catalogue().filter((paper) =>
      [paper.slug, paper.title, ...paper.component, ...paper.claims.map((claim) => claim.statement)]
        .join(" ")
        .toLowerCase()
        .includes("starc"),
    );
    await page.locator(".list article").first().waitFor();
    expect(await page.locator(".list article").count()).toBe(wanted.length);
    await page.getByRole("searchbox").fill("no paper is like this");
    await page.getByText("No paper is like that").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    expect(await page.locator(".list article").count()).toBe(catalogue().length);
    expect(await page.getByText("chance alone would give at most").isVisible()).toBe(true);
    await expectAccessible(page);
    quiet();
    await page.close();
  });

  it("shows a paper with what uses it, runs it once more, and cancels a run", { timeout: 60_000 }, async () => {
    const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/papers/best-systems`);
    await page.getByText('from "laurel/stats"').waitFor();
    await page.getByRole("button", { name: "Look at 8 seeds" }).click();
    await page.getByText("no verdict follows from so few").waitFor();
    expect(await page.locator("#again").locator("..").locator("tbody tr").count()).toBeGreaterThan(0);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Run all seeds" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText(/Cancelled after|All seeds/).waitFor();
    await page.goBack();
    quiet();
    await page.close();
  });
});
