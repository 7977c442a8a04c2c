import { detect } from "../../../gateway/detect/detect.ts";

const size = 1_000_000;

/** Of the processor, not of the clock: 100 milliseconds on a machine of its own, and many tests share one. */
const limitMs = 6_000;

function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function repeated(part: string): string {
  return part.repeat(Math.ceil(size / part.length)).slice(0, size);
}

const characters = [
  "a",
  "A",
  "1",
  "0",
  " ",
  "\n",
  "@",
  ".",
  "-",
  "+",
  "(",
  "/",
  ":",
  "=",
  "_",
  '"',
  "\\",
  "#",
  "<",
  "é",
  "中",
];
const invisible = ["\u200b", "Ａ", "１", "\u{1d400}", "\u{e0041}", "\u0301", "\ufe0f"];

test.each([...characters, ...invisible])("a million times %j takes no longer than any other text", (character) => {
  const text = repeated(character);
  expect(processorMs(() => detect(text))).toBeLessThan(limitMs);
});

/** Beginnings of what is looked for, again and again, so that each place has to be looked at. */
const beginnings = [
  "a@a.",
  "a.a@",
  "a@b.c@",
  "(at)",
  "://",
  "a://b:c",
  "eyJ",
  " eyJhbGciOiJIUzI1NiJ9.",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN ",
  "password: ",
  "password=your_a_a_a_a_a_",
  "bearer ",
  "sk-",
  " ghp_",
  ":AA",
  "1234567890:AA",
  "4111 ",
  "4111-1111-1111-",
  "DE89 ",
  "+49 171 ",
  "tel 0",
  "1 ",
  "111222333 ",
  "12345678A ",
  "<|",
  "<system ",
  "ignore ",
  "ignore previous ",
  "not tell ",
  "you are now an ",
  "\u200bign\u200bore previous ",
  "0044 ",
  "a1",
];

test.each(beginnings)("a text of %j takes its time in proportion to its length", (part) => {
  const text = repeated(part);
  expect(processorMs(() => detect(text))).toBeLessThan(limitMs);
});
