import type { ConsoleSessionStore, EndedSessions, KeptConsoleSession } from "../domain/ports.ts";

/** Sessions of a console that shares them with nobody, in memory: a restart signs everybody out. */
export function ownSessions(): ConsoleSessionStore {
  const kept = new Map<string, KeptConsoleSession>();
  const ofLife = (life: string): KeptConsoleSession | null =>
    [...kept.values()].find((one) => one.life === life) ?? null;
  return {
    add: async (session) => void kept.set(session.key, session),
    get: async (key) => kept.get(key) ?? null,
    ofLife: async (life) => ofLife(life),
    async replace(key, next) {
      if (!kept.delete(key)) return false;
      kept.set(next.key, next);
      return true;
    },
    async noteSeen(life, at) {
      const session = ofLife(life);
      if (session !== null) kept.set(session.key, { ...session, seen: at });
    },
    list: async (account) =>
      [...kept.values()]
        .filter((one) => account === null || one.account === account)
        .toSorted((one, other) => one.began - other.began),
    async end(which) {
      const ended = [...kept.values()].filter((one) => isOf(one, which));
      for (const { key } of ended) kept.delete(key);
      return ended.length;
    },
    async purge(seenBefore, beganBefore) {
      for (const { key, seen, began } of kept.values()) if (seen < seenBefore || began < beganBefore) kept.delete(key);
    },
  };
}

function isOf({ key, account, life }: KeptConsoleSession, which: EndedSessions): boolean {
  if ("key" in which) return key === which.key;
  return "account" in which ? account === which.account : which.lives.includes(life);
}
