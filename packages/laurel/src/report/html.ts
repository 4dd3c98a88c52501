import { escapeMarkup } from "./svg.ts";

/** A piece of a page: HTML that is already safe. */
export type Html = string & { readonly html: unique symbol };

/** Marks text that is already safe HTML, such as a chart. */
export function raw(html: string): Html {
  return html as Html;
}

/** A template whose values are escaped, unless they are `Html`; arrays are joined. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (Html | { text: string } | number | readonly Html[])[]
): Html {
  let out = strings[0]!;
  for (const [i, value] of values.entries()) {
    if (typeof value === "number") out += String(value);
    else if (typeof value === "string") out += value;
    else if ("text" in value) out += escapeMarkup(value.text);
    else out += value.join("");
    out += strings[i + 1]!;
  }
  return out as Html;
}

/** Text for `html`, to be escaped. */
export function text(value: string | number): { text: string } {
  return { text: String(value) };
}

/** A table; cells are escaped. */
export function htmlTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): Html {
  const numeric = (value: string | number): string =>
    typeof value === "number" || /^[-+]?[\d.,]+%?$/.test(value) ? ' class="n"' : "";
  const cells = rows.map(
    (row) => html`<tr>${row.map((value) => raw(`<td${numeric(value)}>${escapeMarkup(String(value))}</td>`))}</tr>`,
  );
  return html`<div class="wide"><table><thead><tr>${header.map((name) => html`<th>${text(name)}</th>`)}</tr></thead><tbody>${cells}</tbody></table></div>`;
}

const css = `
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fff; --soft: #f4f4f2; --line: #ddd; --link: #0072b2 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #161618; --soft: #222226; --line: #3a3a3f; --link: #7cc4f0 } }
* { box-sizing: border-box } body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } p { margin: .5rem 0 }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem } svg { width: 100%; height: auto; background: var(--soft); border-radius: 6px }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: .9rem; width: 100% } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top } .n { text-align: right; font-variant-numeric: tabular-nums }
.card { border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; margin: .75rem 0 } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .5rem .75rem; border-radius: 4px; margin: .4rem 0; font-size: .85rem; max-height: 20rem; overflow: auto }
.muted { opacity: .75; font-size: .9rem } code { background: var(--soft); padding: .1rem .3rem; border-radius: 3px }
`;

/** A whole page that needs nothing from elsewhere and runs no script. */
export function page(title: string, body: readonly Html[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(title)}</title><style>${css}</style></head>
<body>
${body.join("\n")}
</body></html>
`;
}
