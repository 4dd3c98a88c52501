/** Where the page is: `#/view/arg/…?key=value`. Every view is an address, so that links and the back button work. */
export interface Route {
  view: string;
  args: readonly string[];
  query: URLSearchParams;
}

function read(): Route {
  const [path = "", search = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...args] = path.split("/").map(decodeURIComponent);
  return { view, args, query: new URLSearchParams(search) };
}

let current = $state.raw(read());
addEventListener("hashchange", () => (current = read()));

/** The present route; reading it in a component follows it. */
export function route(): Route {
  return current;
}

/** The address of a view. */
export function href(view: string, args: readonly string[] = [], query: Readonly<Record<string, string>> = {}): string {
  const path = [view, ...args].map(encodeURIComponent).join("/");
  const kept = Object.entries(query).filter(([, value]) => value !== "");
  return `#/${path}${kept.length > 0 ? `?${new URLSearchParams(kept)}` : ""}`;
}

/** Changes the query of the present view without a step in the history. */
export function refine(query: Readonly<Record<string, string>>): void {
  const { view, args } = current;
  history.replaceState(null, "", href(view, args, { ...Object.fromEntries(current.query), ...query }));
  current = read();
}
