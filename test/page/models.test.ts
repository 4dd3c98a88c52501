import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";
import { served } from "../serve/server.ts";
import { expectAccessible, inBrowser, openPage } from "./browser.ts";

const place = folder();
const rows = Array.from({ length: 120 }, (_, i) => ({
  prompt: `question ${i >> 1}`,
  chosen: `a clear answer to question ${i}, with reasons`,
  rejected: `no idea ${i}`,
}));

beforeAll(() => {
  writeFileSync(place.file("prefs.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const trained = laurel(["train", "prefs.jsonl", "--out", "rm", "--set", "epochs=3"], { cwd: place.path });
  expect(trained.code, trained.err).toBe(0);
  writeFileSync(
    place.file("rm/stress.json"),
    JSON.stringify({
      perturbations: [{ perturbation: "lower <b>case</b>", both: { value: 0.1, low: 0.02, high: 0.3, n: 40 } }],
      batch: { missing: "it sees no groups" },
    }),
  );
  // a stranger's folder, and one that is half written
  mkdirSync(place.file("other"));
  writeFileSync(place.file("other/config.json"), '{"format":"something"}');
  mkdirSync(place.file("half"));
  writeFileSync(place.file("half/config.json"), '{"format":"laurel-reward"');
});
afterAll(() => place[Symbol.dispose]());

describe("the models' operations", () => {
  it("list what laurel train wrote, and nothing else", async () => {
    await using server = await served({ page: true, folder: place.path });
    const { models } = (await (await server.get("/v1/models")).json()) as { models: { path: string; rows: number }[] };
    expect(models.map(({ path }) => path)).toEqual(["rm"]);
  });

  it("read nothing outside of the folder", async () => {
    await using server = await served({ page: true, folder: place.file("rm") });
    expect((await server.get("/v1/model?path=.")).status).toBe(200);
    for (const path of ["..", "../rm", "/etc", "%00"])
      expect((await server.get(`/v1/model?path=${path}`)).status).toBe(404);
  });
});

inBrowser("the models in a browser", { folder: () => place.path }, (shown) => {
  it.each(["desk", "phone"] as const)("shows figures, curves, the card and the stress report (%s)", async (size) => {
    const { page, quiet } = await openPage(shown.browser, `${shown.url}/#/models`, size);
    await page.getByRole("link", { name: "rm" }).click();
    await page.getByRole("heading", { name: "Model card" }).waitFor();
    expect(await page.getByRole("cell", { name: "lower <b>case</b>" }).isVisible()).toBe(true);
    expect(await page.getByText("batch: not shown, it sees no groups").isVisible()).toBe(true);
    const picture = page.getByAltText(/Loss by step/);
    expect(await picture.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth)).toBeGreaterThan(100);
    expect(await page.getByText("Known weaknesses").isVisible()).toBe(true);
    await expectAccessible(page);
    quiet();
    await page.close();
  });
});
