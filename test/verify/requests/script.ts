import type { Random } from "../check.ts";
import { type Message, soundMessage, type Surroundings, textOf } from "./message.ts";
import { mutationNames, mutations } from "./mutations.ts";

/** What one connection sends: requests one behind the other, of which some are spoiled. */
export interface Script {
  readonly bytes: Buffer;
  readonly requests: number;
  /** What was done to them, to find a failure again. */
  readonly told: string;
}

export function makeScript(random: Random, around: Surroundings, id: string): Script {
  const messages = Array.from({ length: 1 + random.below(5) }, () => ({
    message: soundMessage(random, around, id),
    done: [] as string[],
  }));
  const smuggled = textOf(soundMessage(random, around, id));
  for (const { message, done } of messages) {
    if (random.chance(0.4)) continue;
    for (let times = random.pick([1, 1, 1, 2, 3]); times > 0; times--) {
      const name = random.pick(mutationNames);
      mutations[name]?.(message, random, smuggled);
      done.push(name);
    }
  }
  const last = messages.at(-1)?.message as Message;
  if (random.chance(0.8)) last.headers.push("Connection: close");
  return {
    bytes: Buffer.from(messages.map(({ message }) => textOf(message)).join(""), "latin1"),
    requests: messages.length,
    told: messages.map(({ done }) => done.join(" + ") || "sound").join(" | "),
  };
}
