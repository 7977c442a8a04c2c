import { marked, sectionText } from "../../../../../gateway/cli/connect/files/toml-markers.ts";

const section = sectionText("[a]\nb = 1\n", "\n");
const headers = new Set(["[a]"]);

it("finds sections with their marked lines, whatever the line ends", () => {
  for (const eol of ["\n", "\r\n"]) {
    const text = `x = 1${eol}${sectionText("[a]\nb = 1", eol)}[z]${eol}`;
    const [found, ...others] = marked(text, "f", headers);
    expect(others).toEqual([]);
    expect(found?.inner).toBe(`[a]${eol}b = 1${eol}`);
    expect(text.slice(0, found?.from) + text.slice(found?.to)).toBe(`x = 1${eol}[z]${eol}`);
  }
  expect(marked(section + section, "f", headers)).toHaveLength(2);
  expect(marked("[z]\n", "f", headers)).toEqual([]);
});

it.each([
  [
    section.replace(/^# <<<.*\n/m, ""),
    /^f:1: .* is missing: # <<< sallyport\nPut it behind what was written, or take out/,
  ],
  [section.replace(/^# <<<.*\n/m, "") + section, /^f:1: .* is missing: # <<< sallyport\n/],
  [section.replace(/^# >>>.*\n/m, ""), /^f:3: .* is missing: # >>> sallyport.*\nPut it before what was written/],
  ["[a]\nb = 1\n", /^f:1: \[a\] is what .* the marked lines around it are gone\.\nTake it out yourself/],
])("says where a marked line is missing, and what to do: %j", (text, sentence) => {
  expect(() => marked(text, "f", headers)).toThrow(sentence);
});
