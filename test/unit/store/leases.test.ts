import { openDatabase } from "../../../gateway/store/database.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { endNoticeStore } from "../../../gateway/store/end-notices.ts";
import { leaseCounters } from "../../../gateway/store/lease-counters.ts";
import { leaseKeyStore } from "../../../gateway/store/kept-keys.ts";
import { leaseStore } from "../../../gateway/store/leases.ts";
import { processStore } from "../../../gateway/store/processes.ts";
import { describeLeaseStores, type LeaseStores } from "../../support/store-contracts/leases.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";
import { lease } from "../../support/tasks/leases.ts";

/** Each connection is another process, in the order in which they open. */
function stores(): (connection: Connection) => LeaseStores {
  let opened = 0;
  return function open(connection) {
    opened += 1;
    const process = `p_${opened}`;
    return {
      processes: processStore(connection),
      notices: endNoticeStore(connection),
      leases: leaseStore(connection, process),
      counters: leaseCounters(connection, process),
      keys: leaseKeyStore(connection),
    };
  };
}

describeLeaseStores(() => sqliteStores(stores())());

test("a step that the store cannot write counts nothing and lets nothing begin", async () => {
  const database = openDatabase(":memory:");
  const { leases, counters } = stores()(new Connection(database));
  const now = lease().opened;
  await leases.insert(lease(), 10, now);
  const own = new Map<string, number>();
  const wish = { of: [{ id: "t_1", calls: 1, concurrent: 1, spend: new Map() }], prices: new Map() };
  const work = { back: [], freed: new Set<string>(), wishes: [wish] };
  database.exec("CREATE TRIGGER full BEFORE INSERT ON lease_slots BEGIN SELECT raise(ABORT, 'disk full'); END");
  await expect(counters.count(work, own, now)).rejects.toThrow("disk full");
  expect([...own]).toEqual([]);
  database.exec("DROP TRIGGER full");
  expect((await counters.count(work, own, now)).shortages).toEqual([null]);
  expect([...own]).toEqual([["t_1", 1]]);
});
