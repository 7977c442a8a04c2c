import { combine, texts } from "./generate.ts";

// prettier-ignore
const INSTANTS = ["0", "1700000000123456789", "-1", "-9223372036854775808", "9223372036854775807", "1e18", "1.5", "951782400000000000",
  "1709164800000000000", "12345678901234567890"];
// prettier-ignore
const ZONES = texts("", "UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo", "Australia/Sydney",
  "europe/berlin", "Nope/Nope", "+05:00", "Etc/GMT+5", "US/Eastern", "Asia/Kathmandu");
// prettier-ignore
const LAYOUTS = texts("", "RFC3339", "UnixDate", "RFC822", "RFC850", "RFC1123Z", "ANSIC", "RubyDate",
  "2006-01-02 15:04:05.000 -0700 MST",
  "Jan _2 06 03:04PM pm 002 __2 .999999 ,000 Z0700 Z07:00:00 -07 _2006 Monday January Janx Mond 1 2 3 4 5");
// prettier-ignore
const DURATIONS = texts("1h", "1.5h", "-2d", "1w3d", "1y", "300ms", "1h15m30.918273645s", ".5s", "0", "", "1", "1x", "+5s", "1µs", "1us",
  "d", "1.5.5d", "9223372036s", "9999999999s", "1d1", "-.5d", "2562047h47m16.854775807s", "0.000000001y");
// prettier-ignore
const RFC3339 = texts("2023-01-01T00:00:00Z", "2023-01-01T00:00:00+01:00", "2023-02-29T00:00:00Z", "2023-1-1T0:0:0Z",
  "2023-01-01T24:00:00Z", "2023-01-01T00:00:00.5Z", "2023-01-01T00:00:00,5Z", "2023-01-01t00:00:00z", "2023-01-01T00:00:60Z",
  "2023-01-01T00:00:00+24:00", "2023-01-01T00:00:00", "2023-01-01T00:00:00Zx", "2023-12-31T23:59:59.1234567891Z", "0000-01-01T00:00:00Z");
// prettier-ignore
const PARSED: readonly (readonly [string, string])[] = [
  ["2006-01-02", "2023-02-30"], ["Jan 2 2006", "feb 3 2023"], ["January 2 2006", "FEBRUARY 28 2023"],
  ["Monday, 02-Jan-06 15:04:05 MST", "Monday, 02-Jan-23 15:04:05 CEST"], ["RFC1123", "Mon, 02 Jan 2006 15:04:05 GMT+3"],
  ["2006-002", "2023-045"], ["2006-002", "2024-366"], ["2006-002", "2023-366"], ["2006 __2", "2023  45"], ["3:04PM", "3:04AM"],
  ["3:04pm 2006", "12:04am 2000"], ["15:04:05.000 2006", "12:01:02.123 2001"], ["15:04:05 2006", "12:01:02.123 2001"],
  ["  2006", "2001"], ["06", "68"], ["06", "70"], ["2006-01-02 -07", "2001-02-03 +05"], ["2006-01-02 -0700", "2001-02-03 -0530"],
  ["2006-01-02 -07:00:00", "2001-02-03 -05:30:10"], ["2006-01-02 MST", "2001-02-03 WITA"], ["2006-01-02 MST", "2001-02-03 +03"],
  ["2006-01-02 MST", "2001-02-03 ChST"], ["2006-01-02 MST", "2001-02-03 AB"], ["_2 2006", "3 2001"], ["_2 2006", " 3 2001"],
  ["2006-01-02T15:04:05.999Z", "2001-02-03T04:05:06Z"], ["unknown", "x"], ["2006x", "2001x"],
];

const zoned = INSTANTS.flatMap((instant) => ZONES.map((zone) => `[${instant},${zone}]`));
const formatted = INSTANTS.flatMap((instant) =>
  ZONES.flatMap((zone) => LAYOUTS.map((layout) => `[${instant},${zone},${layout}]`)),
);

/** Each rule of abbreviations: none but a number, letters that no English-speaking region uses, changes of them, negative daylight time. */
// prettier-ignore
const ABBREVIATED = texts("Asia/Dubai", "Europe/Moscow", "Asia/Manila", "Asia/Kolkata", "Asia/Tokyo", "Africa/Casablanca", "Europe/Dublin",
  "America/Caracas", "America/Argentina/Buenos_Aires", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Lagos", "Asia/Jakarta", "Asia/Karachi",
  "Antarctica/Troll", "Pacific/Guam", "Asia/Shanghai", "Africa/Johannesburg", "Europe/Istanbul", "Etc/GMT-14", "EST5EDT", "Europe/London",
  "Asia/Tehran", "America/St_Johns", "Pacific/Chatham", "Atlantic/Azores", "Asia/Jerusalem", "WET", "Africa/Monrovia", "Europe/Stockholm", "Africa/Kinshasa", "Africa/El_Aaiun", "Africa/Djibouti");
// prettier-ignore
const CHANGES = ["-5000000000000000000", "-2500000000000000000", "-1500000000000000000", "-800000000000000000", "-60000000000000000",
  "300000000000000000", "900000000000000000", "1300000000000000000", "1700000000000000000", "1720000000000000000", "2500000000000000000", "4102444800000000000", "4118083200000000000", "6937182354315586594"];

export const timeCalls = [
  ...combine(
    "time.format",
    CHANGES.flatMap((instant) => ABBREVIATED.map((zone) => `[${instant},${zone},"MST"]`)),
  ),
  ...["time.date", "time.clock", "time.weekday", "time.format"].flatMap((name) =>
    combine(name, [...INSTANTS, "[]", '"x"']),
  ),
  ...["time.date", "time.clock", "time.weekday"].flatMap((name) => combine(name, zoned)),
  ...combine("time.format", formatted),
  ...combine("time.add_date", zoned, ["1"], ["-3"], ["40"]),
  ...combine("time.diff", INSTANTS, INSTANTS),
  ...combine("time.diff", ['[0,"America/New_York"]', "1709164800000000000"], zoned.slice(0, 40)),
  ...combine("time.parse_duration_ns", DURATIONS),
  ...combine("time.parse_rfc3339_ns", RFC3339),
  ...PARSED.flatMap(([layout, text]) => combine("time.parse_ns", texts(layout), texts(text))),
];
