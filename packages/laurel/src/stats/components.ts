import { NotEnoughDataError } from "../core/index.ts";

/**
 * The comparisons do not connect the items, so that their strengths have no finite maximum-likelihood estimate.
 * `components` lists the groups of items (indices) within which strengths can be compared, the strongest group first
 * where there is an order.
 */
export class DisconnectedComparisonsError extends NotEnoughDataError {
  readonly components: readonly (readonly number[])[];
  constructor(components: readonly (readonly number[])[], advice: string) {
    const shown = components
      .slice(0, 8)
      .map((items) => `[${items.slice(0, 12).join(", ")}${items.length > 12 ? ", …" : ""}]`)
      .join(" ");
    super(
      `the comparisons fall into ${components.length} groups between which no item both wins and loses: ` +
        `${shown}${components.length > 8 ? " …" : ""}; ${advice}`,
    );
    this.components = components;
  }
}

/**
 * Strongly connected components of a directed graph.
 *
 * @param n number of nodes.
 * @param successors the nodes that an edge of a node leads to.
 * @returns the components as lists of nodes, each ascending; an edge between two components leads from a later one of
 * the list to an earlier one.
 *
 * Source: Tarjan, SIAM Journal on Computing 1 (1972), written with an explicit stack so that long chains are safe.
 */
export function strongComponents(n: number, successors: (node: number) => ArrayLike<number>): number[][] {
  const index = new Int32Array(n).fill(-1);
  const low = new Int32Array(n);
  const onStack = new Uint8Array(n);
  const stack: number[] = [];
  const components: number[][] = [];
  let counter = 0;
  for (let root = 0; root < n; root++) {
    if (index[root] !== -1) continue;
    const work: { node: number; next: number; out: ArrayLike<number> }[] = [];
    const enter = (node: number): void => {
      index[node] = low[node] = counter++;
      stack.push(node);
      onStack[node] = 1;
      work.push({ node, next: 0, out: successors(node) });
    };
    enter(root);
    while (work.length > 0) {
      const frame = work[work.length - 1]!;
      if (frame.next < frame.out.length) {
        const to = frame.out[frame.next++]!;
        if (index[to] === -1) enter(to);
        else if (onStack[to] === 1) low[frame.node] = Math.min(low[frame.node]!, index[to]!);
        continue;
      }
      work.pop();
      const parent = work[work.length - 1];
      if (parent !== undefined) low[parent.node] = Math.min(low[parent.node]!, low[frame.node]!);
      if (low[frame.node] === index[frame.node]) {
        const component: number[] = [];
        for (;;) {
          const node = stack.pop()!;
          onStack[node] = 0;
          component.push(node);
          if (node === frame.node) break;
        }
        components.push(component.sort((a, b) => a - b));
      }
    }
  }
  return components;
}
