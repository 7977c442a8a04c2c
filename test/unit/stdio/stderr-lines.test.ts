import { PassThrough } from "node:stream";
import { StderrLines } from "../../../gateway/stdio/stderr-lines.ts";
import { turn } from "../../support/stdio/pipes.ts";

function reading(secrets: string[] = []) {
  const from = new PassThrough();
  const lines: string[] = [];
  const leftOut: number[] = [];
  const time = { now: 20_000 };
  new StderrLines(from, {
    secrets: [secrets],
    onLine: (line) => lines.push(line),
    onLeftOut: (count) => leftOut.push(count),
    now: () => time.now,
  });
  return { from, lines, leftOut, time };
}

test("tells each line, the last one too when it has no end", async () => {
  const { from, lines } = reading();
  from.write("one\ntw");
  from.end("o\n\nthree");
  await turn();
  expect(lines).toEqual(["one", "two", "three"]);
});

test("removes secrets, also one that crosses the longest line", async () => {
  const { from, lines } = reading(["hunter2-hunter2"]);
  from.write("key=hunter2-hunter2\n");
  from.write(`${"x".repeat(4_090)}hunter2-hunter2\n`);
  await turn();
  expect(lines.join()).not.toContain("hunter");
  expect(lines[0]).toBe("key=[secret removed]");
});

test("shows no character that a terminal would act on", async () => {
  const { from, lines } = reading();
  from.write('\u001b[31mred\u001b[0m\u2028{"level":"error"}\n');
  await turn();
  expect(lines).toEqual(['[31mred [0m {"level":"error"}']);
});

test("cuts a line that is too long, and keeps no more of it", async () => {
  const { from, lines } = reading();
  for (let piece = 0; piece < 1_000; piece += 1) from.write("y".repeat(1_000));
  from.write("\nnext\n");
  await turn();
  expect(lines.map(({ length }) => length)).toEqual([4_096, 4]);
});

test("leaves out lines of a flood, and says how many", async () => {
  const { from, lines, leftOut, time } = reading();
  from.write("again\n".repeat(1_000));
  await turn();
  expect([lines.length, leftOut]).toEqual([100, []]);
  time.now += 10_000;
  from.write("later\n");
  await turn();
  expect([lines.at(-1), leftOut]).toEqual(["later", [900]]);
});
