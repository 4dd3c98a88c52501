/** What the tags of a text look like. */
export interface TagReport {
  /** Is each opened tag closed in the right order? */
  nested: boolean;
  /** How often each name is opened. */
  counts: ReadonlyMap<string, number>;
  /** Is the text, but for white space, one element? */
  single: boolean;
}

const tagStart = /<(\/?)([A-Za-z_][\w.:-]{0,127})/y;

/** The end of a tag that starts before `from`: after its `>`, quotes respected; −1 where it is not closed. */
function endOfTag(text: string, from: number): number {
  let quote = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 34 || code === 39) quote = code;
    else if (code === 62) return i + 1;
    else if (code === 60) return -1;
  }
  return -1;
}

/**
 * Reads the XML tags of a text in one pass. A `<` that starts no tag is text; comments, CDATA and `<? ?>` are skipped.
 *
 * @param names only these tags count, if given; others are text
 */
export function readTags(text: string, names?: ReadonlySet<string>): TagReport {
  const open: string[] = [];
  const counts = new Map<string, number>();
  let nested = true;
  let roots = 0;
  let outside = false;
  let last = 0;
  const textUntil = (end: number): void => {
    if (open.length === 0 && !outside && text.slice(last, end).trim() !== "") outside = true;
  };
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const skip = text.startsWith("<!--", at)
      ? "-->"
      : text.startsWith("<![CDATA[", at)
        ? "]]>"
        : text.startsWith("<?", at)
          ? "?>"
          : "";
    if (skip !== "") {
      textUntil(at);
      const end = text.indexOf(skip, at);
      if (end < 0) {
        nested = false;
        break;
      }
      at = last = end + skip.length;
      continue;
    }
    tagStart.lastIndex = at;
    const tag = tagStart.exec(text);
    const end = tag === null ? -1 : endOfTag(text, tagStart.lastIndex);
    if (tag === null || end < 0 || (names !== undefined && !names.has(tag[2]!))) {
      at++;
      continue;
    }
    textUntil(at);
    const name = tag[2]!;
    if (tag[1] === "/") {
      if (open.pop() !== name) nested = false;
    } else {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (open.length === 0) roots++;
      if (text.charCodeAt(end - 2) !== 47) open.push(name);
    }
    at = last = end;
  }
  textUntil(text.length);
  nested &&= open.length === 0;
  return { nested, counts, single: nested && roots === 1 && !outside };
}
