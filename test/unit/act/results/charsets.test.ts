import { isReadAsUtf8, otherEncodingIn } from "../../../../gateway/act/results/charsets.ts";
import { leastCpuMs } from "../../../support/cpu-time.ts";

test.each([
  "text/plain",
  "text/plain; charset=utf-8",
  'text/html; charset="UTF-8"',
  "text/html;charset=us-ascii;format=flowed",
  "multipart/mixed; boundary=x; charset=utf8",
])("takes %s for UTF-8", (type) => {
  expect(isReadAsUtf8(type)).toBe(true);
});

test.each([
  "text/plain; charset=utf-7",
  "text/plain; charset='utf-7'",
  "text/plain; charset=utf-8; charset=utf-7",
  'text/plain; x="; charset=utf-8"; charset=utf-7',
  "text/plain; charset*=utf-8''utf-7",
  'text/plain; charset="utf-8',
  "text/plain; charset=",
])("does not take %s for UTF-8", (type) => {
  expect(isReadAsUtf8(type)).toBe(false);
});

const blanks = " ".repeat(3_000);

test.each([
  [`<?xml version="1.0"${blanks}encoding="utf-7"?><a/>`, "utf-7"],
  [`<meta data-x="${"x".repeat(220)}" charset="utf-7">`, "utf-7"],
  [`<meta data-x=">" charset=utf-16>`, "utf-16"],
  [`<meta charset=utf-8><meta http-equiv=content-type content="text/html; charset=utf-7">`, "utf-7"],
  [`${blanks}<meta charset=utf-7>${"x".repeat(60_000)}`, "utf-7"],
])("finds the encoding in %.60s", (text, name) => {
  expect(otherEncodingIn(text)).toBe(name);
});

test.each(["charset=latin1 is old", "<p>encoding=utf-7", `<meta charset=utf-8>${blanks}charset=latin1`])(
  "finds none in %.40s",
  (text) => {
    expect(otherEncodingIn(text)).toBeNull();
  },
);

test("a text of nothing but beginnings is searched in a moment", () => {
  const spent = leastCpuMs(() => {
    for (const part of ["<meta ", "<?xml ", "charset ", '"'])
      for (const text of [part.repeat(100_000), `<?xml ${part.repeat(100_000)}`, `<meta ${part.repeat(100_000)}`])
        expect(otherEncodingIn(text)).toBeNull();
    for (const part of ["; charset", ";", " "]) isReadAsUtf8(`text/plain${part.repeat(20_000)}`);
  });
  expect(spent).toBeLessThan(1_000);
});
