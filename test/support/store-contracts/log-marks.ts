import type { LogMarks } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

/** Marks of the logs of two data folders that share a store. */
export type TwoLogs = readonly [LogMarks, LogMarks];

/** What every store of log marks promises. */
export function describeLogMarks(make: () => Promise<Shared<TwoLogs>>): void {
  describe("marks of a decision log", () => {
    let shared: Shared<TwoLogs>;
    let [one, other]: LogMarks[] = [];
    beforeEach(async () => {
      shared = await make();
      [one, other] = shared.store;
    });
    afterEach(() => shared.close());

    it("are zeros for a log that has never been written", async () => {
      expect(await one!.read()).toEqual({ last: 0, reserved: 0 });
      await one!.note(5);
      expect(await one!.read()).toEqual({ last: 0, reserved: 0 });
    });

    it("are those of the log's own folder", async () => {
      await one!.reserve({ last: 3, reserved: 100 });
      await other!.reserve({ last: 7, reserved: 50 });
      expect([await one!.read(), await other!.read()]).toEqual([
        { last: 3, reserved: 100 },
        { last: 7, reserved: 50 },
      ]);
    });

    it("never fall, in whatever order they are written", async () => {
      await Promise.all([
        one!.reserve({ last: 10, reserved: 300 }),
        one!.reserve({ last: 20, reserved: 200 }),
        one!.note(15),
      ]);
      expect(await one!.read()).toEqual({ last: 20, reserved: 300 });
      await one!.note(25);
      await one!.note(24);
      expect(await one!.read()).toEqual({ last: 25, reserved: 300 });
    });

    it("are durable when a reservation resolves, and another connection sees them", async () => {
      const again = await shared.again();
      await one!.reserve({ last: 1, reserved: 8_192 });
      await one!.note(2);
      expect(await again.store[0].read()).toEqual({ last: 2, reserved: 8_192 });
      await again.close();
    });
  });
}
