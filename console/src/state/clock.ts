import { signal } from "@preact/signals";

/** Server minus browser, in milliseconds: countdowns must not depend on this machine's clock. */
let offset = 0;

/** The server's time, once a second. */
export const now = signal(Date.now());

export function serverTime(server: number): void {
  offset = server - Date.now();
  now.value = server;
}

setInterval(() => {
  now.value = Date.now() + offset;
}, 1000);
