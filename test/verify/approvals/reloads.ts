import { copyFile, rename } from "node:fs/promises";
import { readArchive } from "../../../gateway/bundles/archive/archive.ts";
import { eventually, pause } from "../../support/eventually.ts";
import { type Check, Failures } from "../check.ts";
import { type Answer, heldId } from "./world/caller.ts";
import { type House, withHouse } from "./world/house.ts";
import { inParallel } from "./world/in-parallel.ts";
import { approveAll, type Person } from "./world/person.ts";

const path = "/payments/v1/transfers";
const keptHeld = 100;
const keptWaiting = 40;

/** The policy is replaced again and again while calls are held: none is lost, answered or run for it, and each runs once in the end. */
export const reloads: Check = {
  name: "reloads",
  full: 1_000,
  quick: 12,
  run: ({ count, progress }) =>
    withHouse({}, async (house) => {
      const failures = new Failures();
      const person = await house.gateways[0]!.person();
      const token = await house.issuer.token({ sub: "refund-bot" });
      const held = Array.from({ length: keptHeld }, (_, at) => `kept-${at}`);
      await inParallel(held, 16, async (item) => void (await ask(house, token, item)));
      const waiting = await waiters(house, token);
      const bundles = await twoBundles(house);
      for (let at = 0; at < count; at++) {
        // Approved under one bundle, it runs under the next.
        const item = `passing-${at}`;
        await person.vote(heldId(await ask(house, token, item)) ?? "");
        await replace(house, person, bundles[at % 2]!);
        const { status } = await ask(house, token, item);
        if (status !== 200 || house.upstream.count(item) !== 1) failures.add(`${item} was answered ${status}`);
        for (const early of waiting.filter(({ answer }) => answer !== null))
          failures.add(`${early.item} was answered ${early.answer?.status} after ${at} reloads`);
        progress(at);
      }
      const open = await house.look((store) => store.list({ states: ["held"], limit: 10_000 }));
      if (open.length !== keptHeld + keptWaiting)
        failures.add(`${open.length} of ${keptHeld + keptWaiting} are still held`);
      const approved = await approveAll([person], open);
      if (approved.size !== open.length) failures.add(`${approved.size} of ${open.length} could be approved`);
      await inParallel(held, 16, async (item) => void (await ask(house, token, item)));
      await eventually(
        "all who waited are answered",
        () => (waiting.every(({ answer }) => answer !== null) ? true : null),
        60_000,
      );
      for (const { item, answer } of waiting)
        if (answer?.status !== 200) failures.add(`${item} was answered ${answer?.status}`);
      for (const item of [...held, ...waiting.map((one) => one.item)])
        if (house.upstream.count(item) !== 1) failures.add(`${item} was executed ${house.upstream.count(item)} times`);
      return { count, failures: failures.list(), figures: { held: keptHeld, waiting: keptWaiting } };
    }),
};

interface Waiter {
  readonly item: string;
  answer: Answer | null;
}

async function ask({ gateways }: House, token: string, item: string, headers = {}): Promise<Answer> {
  return gateways[0]!.caller.call({ path, token, json: { item }, headers });
}

/** Callers that keep their connection open until people decide. */
async function waiters(house: House, token: string): Promise<readonly Waiter[]> {
  const all = Array.from({ length: keptWaiting }, (_, at): Waiter => ({ item: `waiting-${at}`, answer: null }));
  for (const waiter of all)
    void ask(house, token, waiter.item, { prefer: "wait=1800" }).then(
      (answer) => (waiter.answer = answer),
      (broken: Error) => (waiter.answer = { status: 0, headers: {}, body: { broken: broken.message } }),
    );
  await eventually("all are held", async () =>
    (await house.look((store) => store.countAllHeld())) === keptHeld + keptWaiting ? true : null,
  );
  return all;
}

/** The same policy twice, told apart by something that no rule reads. */
async function twoBundles(house: House): Promise<readonly { readonly file: string; readonly digest: string }[]> {
  const bundles = [];
  for (const unused of [1, 2]) {
    await house.policy.addData("limits", { proof: { unused: { n: { above: 0, max: unused } } } });
    const file = await house.build();
    bundles.push({ file, digest: (await readArchive(file)).digest });
  }
  return bundles;
}

async function replace(
  house: House,
  person: Person,
  { file, digest }: { file: string; digest: string },
): Promise<void> {
  await copyFile(file, `${house.archive}.new`);
  await rename(`${house.archive}.new`, house.archive);
  await eventually(
    "the bundle is active",
    async () => {
      const { body } = await person.get("/api/policy");
      const { active } = body as { active: { digest: string } | null };
      if (active?.digest === digest) return true;
      await pause(20);
      return null;
    },
    60_000,
  );
}
