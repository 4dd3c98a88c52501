const place = "laurel-key";

let asked: "missing" | "wrong" | undefined = $state();
let changes = $state(0);

/** The key of this tab, where the server asks for one. */
export function storedKey(): string {
  return sessionStorage.getItem(place) ?? "";
}

/** Has the server asked for a key, and was the one that it got wrong? */
export function keyAsked(): "missing" | "wrong" | undefined {
  return asked;
}

/** How often the key was changed: what was read with the old one is read again. */
export function keyChanges(): number {
  return changes;
}

/** Notes that a request was refused for want of a key. */
export function askForKey(wrong: boolean): void {
  asked = wrong ? "wrong" : "missing";
}

/** Keeps a key until the tab is closed. */
export function keepKey(key: string): void {
  sessionStorage.setItem(place, key);
  asked = undefined;
  changes++;
}
