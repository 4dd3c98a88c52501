const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const dayLength = 86_400_000;

/** Days since 1 January 1970 of an ISO date (proleptic Gregorian, years 1 to 9999); undefined if there is no such day. */
export function dayNumber(date: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date.trim());
  if (match === null || match[1] === "0000") return undefined;
  const time = Date.parse(`${match[0]}T00:00:00Z`);
  if (!Number.isFinite(time) || new Date(time).toISOString().slice(0, 10) !== match[0]) return undefined;
  return time / dayLength;
}

/** The weekday of an ISO date, such as "Monday"; undefined if there is no such day. */
export function weekDay(date: string): string | undefined {
  const day = dayNumber(date);
  return day === undefined ? undefined : days[(((day + 4) % 7) + 7) % 7];
}

/** The ISO date that is n days after (before, if negative) another; undefined outside the years 1 to 9999. */
export function targetDay(date: string, n: number): string | undefined {
  const day = dayNumber(date);
  if (day === undefined || !Number.isInteger(n) || Math.abs(n) > 4_000_000) return undefined;
  const iso = new Date((day + n) * dayLength).toISOString();
  return /^\d{4}-/.test(iso) && !iso.startsWith("0000") ? iso.slice(0, 10) : undefined;
}

/** Days between two ISO dates, whichever is first; undefined if one of them is no day. */
export function dayDifference(from: string, to: string): number | undefined {
  const a = dayNumber(from);
  const b = dayNumber(to);
  return a === undefined || b === undefined ? undefined : Math.abs(a - b);
}
