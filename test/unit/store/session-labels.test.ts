import { sessionStore } from "../../../gateway/store/session-labels.ts";
import { describeSessionLabels } from "../../support/store-contracts/session-labels.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

describeSessionLabels(sqliteStores(sessionStore));

test("labels in SQLite that a process has given itself are no change that it is told of", async () => {
  const shared = await sqliteStores(sessionStore)();
  await shared.look();
  shared.store.changedElsewhere();
  await shared.store.addLabels([{ key: "s1", labels: ["a"], since: 1 }]);
  await shared.look();
  expect(shared.store.changedElsewhere()).toBe(false);
  await shared.close();
});
