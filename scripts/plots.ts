// Makes the README's plot from the demo: npm run plots
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "laurel-plots-"));
execFileSync(process.execPath, [join(root, "packages/laurel/bin/laurel.js"), "demo", "--dir", place, "--json"], {
  stdio: "ignore",
});
copyFileSync(join(place, "best-of-n.svg"), join(root, "docs/img/best-of-n.svg"));
rmSync(place, { recursive: true });
console.log("docs/img/best-of-n.svg");
