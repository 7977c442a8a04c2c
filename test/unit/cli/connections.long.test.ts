import { connections, disconnect } from "../../../gateway/cli/connections.ts";
import type { ConnectedAccountStore, SharedEndings } from "../../../gateway/domain/ports.ts";
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import { connectedAccountStore } from "../../../gateway/store/connected-accounts.ts";
import { connected } from "../../support/store-contracts/connected-accounts.ts";
import { consentServer } from "../../support/person/person-room.ts";
import { peopleAt, personCredential } from "../../support/person/people-at.ts";
import { type ConsoleCli, startConsoleCli } from "./console-cli.ts";
import { expectExamples } from "./run.ts";

let cli: ConsoleCli;
let store: ConnectedAccountStore;
const closing: { close(): Promise<void> }[] = [];
/** As if another process had not answered. */
const sharedEndings: Pick<SharedEndings, "end"> = {
  end: () => Promise.resolve({ ...nothingEnded, calls: 3, unanswered: 1 }),
};
beforeAll(async () => {
  const at = await consentServer();
  cli = await startConsoleCli({
    connectedAccounts({ connection, accounts, url }) {
      store = connectedAccountStore(connection);
      const given = { connection, accounts, consoleUrl: url, credentials: [personCredential(at)] };
      return peopleAt(given, { sharedEndings });
    },
  });
  closing.push(cli, at);
});
afterAll(() => Promise.all(closing.map((one) => one.close())));

test("lists the accounts that people have connected, in words, without what is sealed", async () => {
  expect((await cli.asApprover("credentials", "connections")).stdout).toBe("Nobody has connected an account.\n");
  const { account, user } = cli.running;
  await store.put(connected({ account, credential: "acme" }));
  await store.used("k_1", "refund-bot", 5_000);
  await store.put(connected({ id: "k_2", account: "gone", tokenEndsAt: null, isRenewed: false }));
  await store.put(connected({ id: "k_3", account: "gone", credential: "mail" }));
  await store.end("k_3", { why: "refused", reason: null, at: 1 });
  const { stdout } = await cli.asApprover("credentials", "connections");
  const [since, ends, used] = [1_000, 90_000, 5_000].map((at) => new Date(at).toISOString());
  const lines = stdout.split("\n").map((line) => line.replaceAll(/ {2,}/g, " | "));
  expect(lines).toEqual(
    expect.arrayContaining([
      `k_1 | ${user} | acme | alice@crm | ${since} | ends ${ends}, renewed | ${used} by refund-bot | connected`,
      expect.stringMatching(/^k_2 \| gone \| crm \| alice@crm \| \S+ \| end not known \| .*connected$/),
      expect.stringMatching(/^k_3 \| gone \| mail \| .*refused at the other side$/),
    ]),
  );
  expect(stdout).not.toContain("sealed");
});

test("disconnects one with a reason, and says what was cut and what may still run", async () => {
  await store.put(connected({ id: "k_4", account: cli.running.account, credential: "acme", sealed: null }));
  const run = () => cli.asApprover("credentials", "disconnect", "k_4", "--reason", "taken over");
  const { code, stdout } = await run();
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^Disconnected k_4\. Ended with it: .* 3 calls under way/)]);
  expect(stdout).toContain("One other process has not said within a second");
  expect((await cli.asApprover("credentials", "connections")).stdout).toMatch(/k_4 .*disconnected: taken over/);
  expect(await run()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^There is no account of this kind/) });
});

test("the examples of its verbs are such that they run", async () => {
  await expectExamples("credentials", [connections, disconnect]);
});
