import { checkedMoment, momentOf, timeOption } from "../../../../gateway/cli/common/moment.ts";

const now = Date.parse("2026-12-02T12:00:00Z");

test.each([
  ["2h", "2026-12-02T10:00:00.000Z"],
  ["30d", "2026-11-02T12:00:00.000Z"],
  ["36500d", "1926-12-27T12:00:00.000Z"],
  ["2026-11-25", "2026-11-25T00:00:00.000Z"],
  ["2028-02-29", "2028-02-29T00:00:00.000Z"],
  ["2026-11-25T13:00Z", "2026-11-25T13:00:00.000Z"],
  ["2026-11-25T13:00:00.123456+02:00", "2026-11-25T11:00:00.123Z"],
  ["2026-11-25T13:00:00", "2026-11-25T13:00:00.000Z"],
  ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"],
])("%s is the moment %s, whatever the zone of the machine", (value, moment) => {
  expect(momentOf(checkedMoment(value), now)).toBe(moment);
});

const noTimes = ["12", "yesterday 2", "last 7", "02.12.2026", "2026-02-30", "2026-13-01", "2026-11-25T24:00Z"];
const notThen = ["2026-11-25T13:00+2", "2026-11-25 13:00", "+275760-09-13", "1969-12-31", "9999-12-31T23:59-14:00", ""];

test.each([...noTimes, ...notThen])("%j is no moment, and the forms are said", (value) => {
  expect(() => checkedMoment(value)).toThrow(
    "Expected how long ago, such as 2h or 30d, a date such as 2026-11-25, or a time such as 2026-11-25T13:00:00Z",
  );
  expect(() => timeOption(value)).toThrow("Expected a date such as 2026-11-25, or a time");
});

test.each(["36501d", "99999999999d", "9".repeat(400) + "d"])(
  "%.20s ago is further back than any log reaches",
  (value) => {
    expect(() => checkedMoment(value)).toThrow("Expected 36500d ago at most.");
  },
);
