import { randomFillSync } from "node:crypto";
import type { Clock, Ids } from "../domain/ports.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

const idBytes = 16;

/** 128 random bits each, drawn from the system's generator in blocks: one call into it serves 256 ids. */
export function systemIds(): Ids {
  const pool = Buffer.alloc(idBytes * 256);
  let used = pool.length;
  return {
    make: (prefix) => {
      if (used === pool.length) {
        randomFillSync(pool);
        used = 0;
      }
      const text = pool.toString("base64url", used, used + idBytes);
      pool.fill(0, used, used + idBytes);
      used += idBytes;
      return `${prefix}_${text}`;
    },
  };
}
