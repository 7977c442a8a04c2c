import { PassThrough } from "node:stream";
import { openTerminal, table } from "../../../../gateway/cli/common/printer.ts";

test("pads columns to their widest cell, marks missing cells and shows control characters by number", () => {
  const text = table(
    ["ID", "NAME"],
    [
      ["a_1", "refund"],
      ["a", null],
      ["b", "x\u202ey"],
    ],
  );
  expect(text).toBe("ID   NAME\na_1  refund\na    –\nb    x⟦U+202E⟧y");
});

test("asks nobody when the input is no terminal", () => {
  const out = new PassThrough();
  const stop = new AbortController().signal;
  expect(openTerminal({ stdout: out, stderr: out, stdin: new PassThrough() }, stop)).toBeNull();
  expect(openTerminal({ stdout: out, stderr: out }, stop)).toBeNull();
});
