import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../core/index.ts";
import { benchmarkOf } from "./benchmarks/index.ts";
import { picturesIn } from "./pictures.ts";

const place = mkdtempSync(join(tmpdir(), "laurel-pictures-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));
mkdirSync(join(place, "images/a"), { recursive: true });
writeFileSync(join(place, "images/a/x.png"), "picture");
writeFileSync(join(place, "secret.png"), "secret");
symlinkSync(join(place, "secret.png"), join(place, "images/link.png"));

const media = (uri: string) => ({ hash: uri, mediaType: "image/png", uri });

describe("picturesIn", () => {
  it("opens what is below the folder, and nothing else", async () => {
    const { open } = picturesIn(join(place, "images"));
    expect(Buffer.from(await open(media("a/x.png"))).toString()).toBe("picture");
    for (const uri of ["../secret.png", join(place, "secret.png"), "link.png", "a", "a/y.png", ""])
      await expect(open(media(uri))).rejects.toThrow(InputError);
    expect(() => picturesIn(join(place, "images/a/x.png"))).toThrow(/no folder of pictures/);
  });

  it("names the pictures of an example that are missing", () => {
    const rows = ["a/x.png", "b.png"].map((image, i) => ({
      row: { id: i, question: "q", image: [image], reasoning_error: "STEP1: a", task_gt: [1] } as never,
      place: { file: "detail_error.jsonl", line: i + 1 },
    }));
    const { missing } = picturesIn(join(place, "images"));
    expect(benchmarkOf("vlrmbench").read(rows).map(missing)).toEqual([[], ["b.png"]]);
  });
});
