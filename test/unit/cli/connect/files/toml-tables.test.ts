import { headersOf, placesOf, valueOf, withoutWritten } from "../../../../../gateway/cli/connect/files/toml-tables.ts";
import { readToml } from "../../../../../gateway/cli/connect/files/toml-file.ts";

const written = ["only = true", '[hooks]\ndir = "d"\n\n[[hooks.pre]]\n[[hooks.pre.hooks]]\ncommand = "x"\n'];
const whole = written.join("\n");
const without = (section: string, rest = "") => withoutWritten(section, written, readToml(section + rest, "f"));

it("knows tables and keys by their places", () => {
  expect([...headersOf(written)]).toEqual(["[hooks]", "[[hooks.pre]]", "[[hooks.pre.hooks]]"]);
  expect(placesOf(written).map(({ path }) => path.join("."))).toEqual([
    ...["only", "hooks", "hooks.pre", "hooks.pre.hooks"],
  ]);
  expect(valueOf(readToml(whole, "f"), { path: ["hooks", "dir"] })).toBe("d");
  expect(valueOf({}, { path: ["hooks"] })).toBeUndefined();
});

it("leaves nothing of what is as it was written, empty lines and all", () => {
  expect(without(whole)).toEqual({ text: "", left: [] });
  expect(without(whole.replaceAll("\n", "\r\n"))).toEqual({ text: "", left: [] });
});

it("leaves an item that was added to a list of tables, and a table that holds it", () => {
  const mine = '[[hooks.post]]\ncommand = "y"\n';
  expect(without(whole + mine)).toEqual({
    text: `[hooks]\ndir = "d"\n\n${mine}`,
    left: [{ path: ["hooks"] }, { path: ["hooks", "post"] }],
  });
  expect(without(whole, mine).left).toEqual([{ path: ["hooks"] }]);
});

it("takes nothing out of which it is not known that it was written", () => {
  expect(withoutWritten("[a]\nb = 1\n", [], { a: { b: 1 } })).toEqual({
    text: "[a]\nb = 1\n",
    left: [{ path: ["a"] }],
  });
});
