import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setUp as setUpWith, type Step } from "../../../scripts/setup/set-up.mjs";

let folder: string;
let said: string[];
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-steps-"));
  lines = [];
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function setUp(steps: Step[], lockFile = join(folder, "lock")): Promise<void> {
  return setUpWith(steps, { lockFile, say: (line) => lines.push(line) });
}

/** A step whose piece is here once it was installed. */
function step(name: string, after: string[], install: () => Promise<string> = () => Promise.resolve("done")): Step {
  let here = false;
  return {
    name,
    after,
    missing: () => Promise.resolve(here ? null : "not here"),
    install: async () => {
      said.push(`${name} begins`);
      const done = await install();
      here = true;
      said.push(`${name} ends`);
      return done;
    },
  };
}

test("runs independent steps side by side and dependent ones after what they need", async () => {
  const gate = Promise.withResolvers<string>();
  const slow = step("slow", [], () => gate.promise);
  const quick = step("quick", [], () => {
    gate.resolve("done"); // were they run one after the other, slow would never end
    return Promise.resolve("done");
  });
  await setUp([slow, quick, step("last", ["slow"])]);
  expect(said.slice(0, 2)).toEqual(["slow begins", "quick begins"]);
  expect(said.indexOf("last begins")).toBeGreaterThan(said.indexOf("slow ends"));
});

test("does nothing, and takes no lock, when everything is here", async () => {
  const steps = [step("a", []), step("b", ["a"])];
  await setUp(steps);
  said = [];
  await setUp(steps, join(folder, "no", "such", "folder", "lock"));
  expect(said).toEqual([]);
  expect(existsSync(join(folder, "no"))).toBe(false);
});

test("makes what an interrupted set-up left missing when it is run again", async () => {
  let broken = true;
  const flaky = step("flaky", [], () => (broken ? Promise.reject(new Error("line cut")) : Promise.resolve("done")));
  const steps = [step("sound", []), flaky, step("after flaky", ["flaky"])];
  await expect(setUp(steps)).rejects.toMatchObject({
    errors: [expect.objectContaining({ message: "flaky: line cut" })],
  });
  expect(said).toEqual(["sound begins", "flaky begins", "sound ends"]);
  expect(lines).toEqual([
    expect.stringMatching(/^sound +\d+\.\d s  done$/),
    expect.stringMatching(/^flaky +\d+\.\d s  failed$/),
  ]);
  broken = false;
  said = [];
  await setUp(steps);
  expect(said).toEqual(["flaky begins", "flaky ends", "after flaky begins", "after flaky ends"]);
});
