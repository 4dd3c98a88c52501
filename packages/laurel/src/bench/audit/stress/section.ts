/** A part of a stress audit that could not be shown, and why. */
export interface Missing {
  missing: string;
}

/** A part of a stress audit, or why it could not be shown. */
export type Section<T> = T | Missing;

/** Could a part not be shown? */
export function isMissing<T>(section: Section<T>): section is Missing {
  return typeof section === "object" && section !== null && "missing" in section;
}
