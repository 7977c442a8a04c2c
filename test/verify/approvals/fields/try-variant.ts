import { heldId } from "../world/caller.ts";
import type { House } from "../world/house.ts";
import type { Person } from "../world/person.ts";
import { made, type Variant } from "./variants.ts";

/** One call is approved, and comes again by another transport: it runs, once. @returns what is wrong, or null */
export async function trySame(house: House, person: Person, item: string, variant: Variant): Promise<string | null> {
  const { caller } = house.gateways[0]!;
  const send = async (written: Variant["sent"]) => caller.call(await made(house, item, written));
  const id = heldId(await send(variant.approved));
  if (id === null) return `${variant.what}: the call was not held`;
  await person.vote(id);
  await send(variant.sent);
  const ran = house.upstream.count(item);
  return ran === 1 ? null : `${variant.what}: the approved call was executed ${ran} times`;
}

/**
 * One call is approved, another comes: it must not run, before or after; the approved one must, once.
 * @returns what is wrong, or null
 */
export async function tryVariant(house: House, person: Person, item: string, variant: Variant): Promise<string | null> {
  const { caller } = house.gateways[0]!;
  const { upstream } = house;
  const send = async (written: Variant["sent"]) => caller.call(await made(house, item, written));
  const fail = (why: string): string => `${variant.what}: ${why}`;

  const held = await send(variant.approved);
  const id = heldId(held);
  if (id === null) return fail(`the call was not held: ${held.status} ${JSON.stringify(held.body)}`);
  const { body } = await person.vote(id);
  if (body["state"] !== "approved") return fail(`not approved: ${JSON.stringify(body)}`);

  const other = await send(variant.sent);
  if (upstream.count(item) !== 0) return fail(`was executed under the approval, and answered ${other.status}`);
  await send(variant.approved);
  if (upstream.count(item) !== 1) return fail(`the approved call itself was executed ${upstream.count(item)} times`);
  await send(variant.sent);
  if (upstream.count(item) !== 1) return fail("was executed after the approval was used up");
  return null;
}
