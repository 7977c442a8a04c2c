import { canaries } from "./access/canaries.ts";
import { expire, keyWithdrawn } from "./access/expire.ts";
import { leases } from "./access/leases.ts";
import { persons } from "./access/persons.ts";
import { kill, revoke } from "./access/revocations.ts";
import { signals } from "./access/signals.ts";
import { stoodStill } from "./access/stood-still.ts";
import { close, taskExpires } from "./access/tasks.ts";
import type { Check } from "./check.ts";

/** Access lives as long as it is meant to: what ends it reaches all that runs, and nothing begins afterwards. */
export const accessChecks: readonly Check[] = [
  ...[kill, revoke, close, taskExpires, expire, keyWithdrawn],
  ...[signals, leases, canaries, persons, stoodStill],
];
