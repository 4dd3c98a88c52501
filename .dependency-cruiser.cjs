// The layers of packages/laurel/src, from the lowest: a file imports only from rows above its own (and its own row).
const layers = [
  ["core"],
  ["stats"],
  ["io"],
  ["store"],
  ["models"],
  ["compose"],
  ["rewards"],
  ["spec", "run"],
  ["report"],
  ["search"],
  ["recipes"],
  ["bench"],
  ["papers"],
  ["vitest"],
  ["cli"],
];

const src = "^packages/laurel/src";
const rules = layers.map((row, i) => ({
  name: `layer-${row.join("-")}`,
  comment: `${row.join(" and ")} may import only from ${layers
    .slice(0, i + 1)
    .flat()
    .join(", ")}`,
  severity: "error",
  from: { path: `${src}/(${row.join("|")})/`, pathNot: "\\.test\\.ts$" },
  to: {
    path: `${src}/(${
      layers
        .slice(i + 1)
        .flat()
        .join("|") || "nothing"
    })/`,
  },
}));

module.exports = {
  forbidden: [
    ...rules,
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "core-needs-nothing",
      severity: "error",
      from: { path: `${src}/core/`, pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer"] },
    },
    {
      name: "light-package-stands-alone",
      comment: "only cli/ may load the laboratory and the server, by dynamic import",
      severity: "error",
      from: { path: src, pathNot: `${src}/cli/` },
      to: { path: "^packages/(lab|serve)/" },
    },
    {
      name: "cli-loads-others-dynamically",
      severity: "error",
      from: { path: `${src}/cli/` },
      to: { path: "^packages/(lab|serve)/", dynamic: false },
    },
    {
      name: "nets-fences-jax",
      severity: "error",
      from: { path: "^packages/", pathNot: "^packages/lab/src/nets/" },
      to: { path: "@jax-js" },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { pathNot: "\\.test\\.ts$|^test/" },
      to: { path: "\\.test\\.ts$|^test/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "\\.test\\.ts$" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { conditionNames: ["source", "import", "node", "default"], exportsFields: ["exports"] },
  },
};
