import { askForKey, storedKey } from "./key.svelte.ts";

/** What went wrong, in the server's words. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Calls the server that served this page.
 * @throws ApiError with the server's own message, or code "offline" where it cannot be reached
 */
export async function call<T>(path: string, options: RequestInit & { json?: unknown } = {}): Promise<T> {
  const { json, ...init } = options;
  const headers = new Headers(init.headers);
  const key = storedKey();
  if (key !== "") headers.set("authorization", `Bearer ${key}`);
  if (json !== undefined) headers.set("content-type", "application/json");
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
  } catch (thrown) {
    if (init.signal?.aborted === true) throw thrown;
    throw new ApiError(0, "offline", "the server cannot be reached: is laurel serve still running?");
  }
  if (response.ok) return (await response.json()) as T;
  const text = await response.text();
  let said: { message?: string; code?: string } = {};
  try {
    said = (JSON.parse(text) as { error?: { message?: string; code?: string } }).error ?? {};
  } catch {
    // no JSON: the status has to do
  }
  if (said.code === "key-missing" || said.code === "key-wrong") askForKey(said.code === "key-wrong");
  throw new ApiError(response.status, said.code ?? "unknown", said.message ?? `the server answered ${response.status}`);
}

/** A thrown thing as words for people. */
export function words(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
