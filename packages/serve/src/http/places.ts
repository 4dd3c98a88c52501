import type { Operation } from "./operation.ts";
import { Problem } from "./problem.ts";

/** Operations by method and path; several may share one. */
export function byPlace(operations: readonly Operation[]): Map<string, [Operation, ...Operation[]]> {
  const places = new Map<string, [Operation, ...Operation[]]>();
  for (const one of operations)
    for (const path of one.paths) {
      const place = `${one.method} ${path}`;
      const sharing = places.get(place);
      if (sharing === undefined) places.set(place, [one]);
      else sharing.push(one);
    }
  return places;
}

/** Which of the operations of a path a body is for: the members that it has decide. @throws Problem (422) */
export function meantBy(json: unknown, sharing: readonly Operation[]): Operation {
  if (typeof json === "object" && json !== null)
    for (const one of sharing) if (one.fields?.some((field) => Object.hasOwn(json, field))) return one;
  const fields = sharing.flatMap((one) => one.fields ?? []);
  throw new Problem(
    422,
    "invalid",
    `the body has none of the members that say which protocol it is: ${fields.join(", ")}`,
  );
}
