import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { heldId } from "../world/caller.ts";
import type { House } from "../world/house.ts";
import type { Person } from "../world/person.ts";
import { made } from "./variants.ts";

interface Body {
  binding: Record<string, unknown>;
  conditions: Record<string, unknown>;
}

/** One place of what is stored about an approved call. */
export interface Place {
  readonly part: "binding" | "conditions" | "seal";
  readonly path: readonly string[];
}

/** Every place of a stored item, read from one: a field that is new is there by itself. */
export function placesOf(binding: object): Place[] {
  const leaves = Object.entries(binding).flatMap(([field, value]): Place[] =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? Object.keys(value).map((inner) => ({ part: "binding" as const, path: [field, inner] }))
      : [{ part: "binding" as const, path: [field] }],
  );
  const sealed = ["nonce", "created", "approve_by"].map((path) => ({ part: "seal" as const, path: [path] }));
  return [...leaves, ...sealed, { part: "conditions", path: ["risk"] }];
}

/**
 * A call is approved under another value of this field, as if people had been asked about that: the call as it is now must
 * not run under it. @returns what is wrong, or null
 */
export async function tryStored(house: House, person: Person, item: string, place: Place): Promise<string | null> {
  const { caller } = house.gateways[0]!;
  const what = `stored ${place.part}.${place.path.join(".")}`;
  const send = async () => caller.call(await made(house, item, { json: { amount: 1 } }));
  const id = heldId(await send());
  if (id === null) return `${what}: the call was not held`;
  const { body } = await person.vote(id);
  if (body["state"] !== "approved") return `${what}: not approved: ${JSON.stringify(body)}`;
  edit(join(house.dir, "store.db"), id, place);
  const answer = await send();
  if (house.upstream.count(item) !== 0) return `${what}: the call was executed, and answered ${answer.status}`;
  const asked = heldId(answer);
  if (place.part !== "seal" && (asked === null || asked === id))
    return `${what}: people are not asked again: ${answer.status} ${JSON.stringify(answer.body)}`;
  return null;
}

function edit(file: string, id: string, { part, path }: Place): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const row = database.prepare("SELECT body FROM approvals WHERE id = ?").get(id);
    const body = JSON.parse(String(row?.["body"])) as Body & Record<string, Record<string, unknown>>;
    const holder = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, body[part]!);
    const last = path.at(-1)!;
    holder[last] = part === "conditions" ? -1 : other(holder[last]);
    database.prepare("UPDATE approvals SET body = ? WHERE id = ?").run(JSON.stringify(body), id);
  } finally {
    database.close();
  }
}

function other(value: unknown): unknown {
  if (typeof value === "string") return `${value}x`;
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  if (Array.isArray(value)) return [...value, ["x", "1"]];
  return value === null ? "x" : { ...value, x: 1 };
}
