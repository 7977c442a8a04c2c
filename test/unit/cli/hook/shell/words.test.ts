import { ReadBudget } from "../../../../../gateway/cli/hook/shell/read-budget.ts";
import { commandsOf } from "../../../../../gateway/cli/hook/shell/words.ts";

const texts = (line: string) => commandsOf(line, new ReadBudget()).map((command) => command.map(({ text }) => text));

test.each([
  ["a b; c | d && e\nf", [["a", "b"], ["c"], ["d"], ["e"], ["f"]]],
  ["a 'b  c' \"d e\" f\\ g", [["a", "b  c", "d e", "f g"]]],
  ["a''b \"\" c", [["ab", "", "c"]]],
  ["a # b\nc", [["a"], ["c"]]],
  ["a#b", [["a#b"]]],
  ["a 2>x <y", [["a", "2", "x", "y"]]],
  ["a 'open", [["a", "open"]]],
])("reads %j as %j", (line, wanted) => {
  expect(texts(line)).toEqual(wanted);
});

test("reads the commands inside of substitutions, and says which words are not known", () => {
  expect(texts("a $(b $(c)) `d`")).toEqual(expect.arrayContaining([["b", "$(c)"], ["c"], ["d"]]));
  const [last] = commandsOf("a $X '$Y' \"$Z\"", new ReadBudget()).slice(-1);
  expect(last?.map(({ isOpen }) => isOpen)).toEqual([false, true, false, true]);
});
