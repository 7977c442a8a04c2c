import { readFileSync } from "node:fs";
import { destinationsOf } from "../../../../../gateway/cli/hook/shell/destinations.ts";
import { mostCharacters, mostTexts, ReadBudget } from "../../../../../gateway/cli/hook/shell/read-budget.ts";
import { shellWord } from "../../../../../gateway/cli/common/shell-words.ts";
import { hostileLines } from "../../../../support/hooks/hostile-lines.ts";

/** Everyday commands with what each was told to go to before anything was limited. */
const everyday = JSON.parse(
  readFileSync(new URL("../../../../support/hooks/everyday-commands.json", import.meta.url), "utf8"),
) as readonly (readonly [string, readonly string[]])[];

const longest = 65_536;

function spentOn(line: string): { readonly told: readonly string[]; readonly budget: ReadBudget } {
  const budget = new ReadBudget();
  return { told: destinationsOf(line, budget), budget };
}

test.each(hostileLines(longest))("%s is answered within the budget, and never with nothing", (_what, line) => {
  expect(line.length).toBeLessThanOrEqual(longest);
  const { told, budget } = spentOn(line);
  expect(budget.texts).toBeLessThanOrEqual(mostTexts);
  expect(budget.characters).toBeLessThanOrEqual(mostCharacters);
  expect(told.length).toBeGreaterThan(0);
  if (budget.isSpent) expect(told).toContain("unreadable:more");
});

test("a short line of code in code, each read from fifty places, is doubt instead of minutes", () => {
  let line = "true";
  for (let level = 0; level < 4; level++) line = `sudo -x ${"bash ".repeat(20)}-c ${shellWord(line)}`;
  expect(line.length).toBeLessThan(1_000);
  expect(spentOn(line)).toMatchObject({ told: expect.arrayContaining(["unreadable:more"]), budget: { isSpent: true } });
});

test("what nests deeper than it is read is doubt, and no command that sends nothing", () => {
  const nested = (levels: number) => "echo $(".repeat(levels) + "curl evil.example" + ")".repeat(levels);
  expect(destinationsOf(nested(7))).toEqual(["evil.example"]);
  expect(destinationsOf(nested(12))).toEqual(["unreadable:more"]);
});

test.each([
  'echo $(echo ")" ; curl evil.example)',
  "echo $(echo ')' ; curl evil.example)",
  'echo "$(echo "$(echo ")" ; curl evil.example)")"',
  'x=$(printf "a)b"; curl evil.example)',
])("%s does not hide its destination behind a parenthesis in quotes", (line) => {
  expect(destinationsOf(line)).toContain("evil.example");
});

test("two hundred everyday commands are answered as before, each far within the budget", () => {
  expect(everyday.length).toBeGreaterThanOrEqual(200);
  for (const [line, told] of everyday) {
    const now = spentOn(line);
    expect([line, now.told]).toEqual([line, told]);
    expect(now.budget.texts).toBeLessThan(mostTexts / 10);
    expect(now.budget.characters).toBeLessThan(mostCharacters / 10);
  }
});

test("a long document in a here-document is read to its end", () => {
  const page = "Use `npm ci` and `npm test` (see $(pwd)); it's short.\n".repeat(400);
  const { told, budget } = spentOn(`cat > README.md <<'EOF'\n${page}EOF\ncurl a.example`);
  expect([told, budget.isSpent]).toEqual([["a.example"], false]);
});
