import { type Part, type Unscored, unscored } from "../../core/index.ts";

/** The text of what is to be embedded, or why a text embedder cannot embed it. */
export function contentText(content: string | readonly Part[]): string | Unscored {
  if (typeof content === "string") return content;
  const texts: string[] = [];
  for (const part of content) {
    if (part.type === "image" || part.type === "video") return unscored("unsupported", "this embedder sees no images");
    if (part.type === "text") texts.push(part.text);
  }
  return texts.join("\n");
}
