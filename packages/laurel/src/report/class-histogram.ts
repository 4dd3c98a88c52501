import { at, axes, box, type ChartText, colours, escapeMarkup, height, scale, svg, width } from "./svg.ts";

/**
 * The distributions of a value in two or more classes, as outlines over the same bins, each scaled to the share of its class.
 *
 * @param classes a name and the values of each class
 * @param bins equal-width bins from the least to the greatest value, default 30
 */
export function classHistogram(
  classes: readonly { name: string; values: ArrayLike<number> }[],
  text: Omit<ChartText, "y">,
  bins = 30,
): string {
  const full = { ...text, y: "share of the class" };
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { values } of classes)
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
  if (low > high) return svg(full, `<text x="${box.left}" y="${height / 2}">nothing to show</text>`);
  const one = low === high;
  const [from, to] = one ? [low - 0.5, high + 0.5] : [low, high];
  const count = one ? 1 : bins;
  const shares = classes.map(({ values }) => {
    const share = new Float64Array(count);
    for (let i = 0; i < values.length; i++)
      share[Math.min(count - 1, Math.floor(((values[i]! - from) / (to - from)) * count))]! += 1 / values.length;
    return share;
  });
  const x = scale(from, to, box.left, width - box.right);
  const y = scale(0, Math.max(...shares.flatMap((share) => [...share])), height - box.bottom, box.top);
  const outlines = shares.map((share, c) => {
    const colour = colours[c % colours.length]!;
    const corners: string[] = [`${at(x(from))},${at(y(0))}`];
    for (const [b, part] of share.entries())
      for (const edge of [b, b + 1]) corners.push(`${at(x(from + ((to - from) * edge) / count))},${at(y(part))}`);
    corners.push(`${at(x(to))},${at(y(0))}`);
    const label = `<text x="${width - box.right}" y="${box.top + 16 * (c + 1)}" text-anchor="end" style="fill:${colour}">${escapeMarkup(`${classes[c]!.name} (${classes[c]!.values.length})`)}</text>`;
    return `<polygon points="${corners.join(" ")}" fill="${colour}" fill-opacity=".2" stroke="${colour}" stroke-width="1.5"/>${label}`;
  });
  return svg(full, [axes(x, y, full, one ? [low] : undefined), ...outlines].join("\n"));
}
