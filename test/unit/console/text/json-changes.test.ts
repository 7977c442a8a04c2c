import { at, changes, leaves, listAt, textAt } from "../../../../console/src/text/json.ts";
import { countdown, relative } from "../../../../console/src/text/time.ts";

describe("the difference between two calls", () => {
  test("names added, removed and changed values by pointer", () => {
    const found = changes(
      { a: 1, b: { c: "x", d: [1, 2] }, gone: true },
      { a: 1, b: { c: "y", d: [1, 2, 3] }, "n/e~w": null },
    );
    expect(found).toEqual([
      { pointer: "/b/c", kind: "changed", before: "x", after: "y" },
      { pointer: "/gone", kind: "removed", before: true, after: undefined },
      { pointer: "/b/d/2", kind: "added", before: undefined, after: 3 },
      { pointer: "/n~1e~0w", kind: "added", before: undefined, after: null },
    ]);
  });

  test("tells an empty container from an absent one", () => {
    expect(changes({ a: {} }, { a: [] })).toHaveLength(1);
    expect(leaves({ a: {} })).toEqual([{ pointer: "/a", key: "a", value: {} }]);
  });
});

describe("a context with parts missing", () => {
  test("reads as nothing instead of failing", () => {
    expect(textAt({}, "session", "id")).toBeNull();
    expect(textAt({ session: "text" }, "session", "id")).toBeNull();
    expect(listAt({ session: { history: "no list" } }, "session", "history")).toEqual([]);
    expect(at(undefined, "a")).toBeNull();
  });
});

describe("times", () => {
  test("count down and stop at zero", () => {
    expect([countdown(61_000, 0), countdown(3_661_000, 0), countdown(0, 5_000)]).toEqual(["1:01", "1:01:01", "0:00"]);
  });
  test("read as people say them", () => {
    expect([relative(0, 2_000), relative(0, 61_000), relative(7_200_000, 0)]).toEqual(["now", "1 min ago", "in 2 h"]);
  });
});
