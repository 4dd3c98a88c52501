/** Something about the form of an answer that says nothing about how good it is. */
export interface Feature {
  id: string;
  /** What "more" of it is called. */
  more: string;
  of(text: string): number;
}

/** How often a pattern is found; each pattern is linear in the text. */
function count(pattern: RegExp): (text: string) => number {
  return (text) => {
    let found = 0;
    pattern.lastIndex = 0;
    while (pattern.exec(text) !== null) found++;
    return found;
  };
}

const opening = 300;

/** The features that labels are held against: length first, then format and phrases. */
export const features: readonly Feature[] = [
  { id: "length", more: "is longer (characters)", of: (text) => text.length },
  { id: "format.lines", more: "has more lines", of: count(/\n/g) },
  { id: "format.lists", more: "has more list items", of: count(/^[ \t]{0,8}(?:[-*•]|\d{1,3}[.)])[ \t]/gm) },
  { id: "format.headings", more: "has more headings", of: count(/^#{1,6}[ \t]/gm) },
  { id: "format.bold", more: "has more bold text", of: count(/\*\*[^*\n]/g) },
  { id: "format.code", more: "has more code fences", of: count(/^[ \t]{0,8}```/gm) },
  { id: "format.tables", more: "has more table rows", of: count(/^[ \t]{0,8}\|/gm) },
  { id: "format.digits", more: "has more digits", of: count(/\d/g) },
  { id: "format.exclamations", more: "has more exclamation marks", of: count(/!/g) },
  { id: "format.non-ascii", more: "has more characters beyond ASCII", of: count(/[^\u0000-\u007f]/g) },
  { id: "phrase.question", more: "ends with a question", of: (text) => Number(text.trimEnd().endsWith("?")) },
  {
    id: "phrase.refusal",
    more: "begins like a refusal",
    of: (text) =>
      Number(/\b(?:i'?m sorry|i am sorry|i cannot|i can'?t|i won'?t|as an ai)\b/i.test(text.slice(0, opening))),
  },
  {
    id: "phrase.assent",
    more: "begins with an assent",
    of: (text) =>
      Number(/^\s{0,20}(?:sure|certainly|of course|absolutely|great question)\b/i.test(text.slice(0, opening))),
  },
];
