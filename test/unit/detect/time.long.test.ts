import { detect } from "../../../gateway/detect/detect.ts";
import { slowdown } from "../../support/slowdown.ts";

/** Characters of a short and of a long text. */
const [short, long] = [12_500, 100_000];

/** A long text of the part takes so many times as long as a short one: 8 in proportion, 64 by its square. */
const times = (part: string): Promise<number> => {
  const [one, other] = [repeated(part, long), repeated(part, short)];
  return slowdown(
    () => detect(one),
    () => detect(other),
    limit,
  );
};
const limit = 24;

function repeated(part: string, size: number): string {
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

test.each([...characters, ...invisible])("%j again and again takes its time in proportion", async (character) => {
  expect(await times(character)).toBeLessThan(limit);
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

test.each(beginnings)("a text of %j takes its time in proportion to its length", async (part) => {
  expect(await times(part)).toBeLessThan(limit);
});
