import { ReadBudget } from "../../../../../gateway/cli/hook/shell/read-budget.ts";
import { commandsOf } from "../../../../../gateway/cli/hook/shell/commands.ts";

const texts = (line: string) => commandsOf(line, new ReadBudget()).map((command) => command.map(({ text }) => text));

test.each([
  ["a b; c | d && e\nf", [["a", "b"], ["c"], ["d"], ["e"], ["f"]]],
  ["a 'b  c' \"d e\" f\\ g", [["a", "b  c", "d e", "f g"]]],
  ["a''b \"\" c", [["ab", "", "c"]]],
  ["a # b\nc", [["a"], ["c"]]],
  ["a#b", [["a#b"]]],
  ["a 2>x <y 3", [["a", "x", "y", "3"]]],
  ["a\u00a0#b", [["a\u00a0#b"]]],
])("reads %j as %j", (line, wanted) => {
  expect(texts(line)).toEqual(wanted);
});

test("reads the commands inside of substitutions, and says which words are not known", () => {
  expect(texts("a $(b $(c)) `d`")).toEqual(expect.arrayContaining([["b", "$(c)"], ["c"], ["d"]]));
  const [last] = commandsOf("a $X '$Y' \"$Z\"", new ReadBudget()).slice(-1);
  expect(last?.map(({ isOpen }) => isOpen)).toEqual([false, true, false, true]);
});

test("says which words can become several", () => {
  const [command] = commandsOf('a $X "$X" "$@" "${X[@]}"', new ReadBudget()).slice(-1);
  expect(command?.map(({ splits }) => splits)).toEqual([false, true, false, true, true]);
});

test("reads a line whose quote stays open once more, line by line", () => {
  expect(texts("a 'b\nc d")).toEqual(
    expect.arrayContaining([
      ["a", "b\nc d"],
      ["c", "d"],
    ]),
  );
});
