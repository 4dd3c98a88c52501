export * from "./lab/index.ts";
export { type CatalogueClaim, type CatalogueRow, catalogue } from "./papers/catalogue.ts";
export { type Capability, type PaperRow, paperRows } from "./papers/rows.ts";
export { checkedSlugs, paperModule } from "./papers/table.ts";
