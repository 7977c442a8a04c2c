import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const probe = fileURLToPath(new URL("support/longest-turn.ts", import.meta.url));

test("activates 5 MB of data in turns that are short beside what loading it takes on one thread", () => {
  const { stdout, stderr } = spawnSync(process.execPath, [probe], { encoding: "utf8" });
  const measured = JSON.parse(stdout.trimEnd().split("\n").at(-1) || `"${stderr}"`);
  console.log(
    `longest turns: ${measured.turns.map(Math.round).join(", ")} ms; loading: ${Math.round(measured.loading)} ms`,
  );
  expect(measured.facts).toMatchObject({ known: true, owner: "payments-team" });
  expect(measured.shortest / measured.loading).toBeLessThan(1 / 2);
}, 180_000);
