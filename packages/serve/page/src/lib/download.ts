import { ApiError } from "./api.ts";
import { storedKey } from "./key.svelte.ts";

/** Fetches a file with this tab's key and hands it to the browser to keep. */
export async function download(path: string, name: string): Promise<void> {
  const key = storedKey();
  const response = await fetch(path, key === "" ? {} : { headers: { authorization: `Bearer ${key}` } });
  if (!response.ok) throw new ApiError(response.status, "download", `the server answered ${response.status}`);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
