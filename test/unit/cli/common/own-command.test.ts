import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownCommand } from "../../../../gateway/cli/common/own-command.ts";
import { commandLine } from "../../../../gateway/cli/common/shell-words.ts";
import { root } from "../../../conformance/house/guards/tree.ts";
import { sallyport } from "../run.ts";

const checkout = root.replace(/\/$/, "");
const before = process.cwd();
afterEach(() => process.chdir(before));

test("is the program's name where it is installed", () => {
  expect(
    ownCommand(
      ["check", "-c", "my gate/s.yaml"],
      "/usr/lib/node_modules/sallyport/dist/gateway/cli/common/own-command.js",
    ),
  ).toBe("sallyport check -c 'my gate/s.yaml'");
});

test("is npm's script in a checkout, which names the checkout from another folder", () => {
  process.chdir(checkout);
  expect(ownCommand(["check"])).toBe("npm run --silent sallyport -- check");
  process.chdir(tmpdir());
  const words = ["npm", "run", "--silent", "--prefix", checkout, "sallyport", "--", "check"];
  expect(ownCommand(["check"])).toBe(commandLine(words));
});

let dir: string;
beforeEach(() => (dir = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-asked-")))));
afterEach(() => rmSync(dir, { recursive: true }));

const ranByNpm = { npm_lifecycle_event: "sallyport", npm_package_json: join(checkout, "package.json") };

test("takes paths from where npm was started, and not from the checkout where npm runs it", () => {
  const module = join(checkout, "gateway/cli/common/own-command.ts");
  const script = `import { workWhereAsked } from ${JSON.stringify(module)}; workWhereAsked(); console.log(process.cwd());`;
  const ranBy = (npm: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: checkout,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", INIT_CWD: dir, ...ranByNpm, ...npm },
    }).stdout.trim();
  symlinkSync(checkout, join(dir, "link"));
  expect(ranBy({})).toBe(dir);
  expect(ranBy({ npm_package_json: join(dir, "link/package.json") })).toBe(dir);
  expect(ranBy({ npm_package_json: "/srv/other/package.json" })).toBe(checkout);
  expect(ranBy({ npm_lifecycle_event: "test" })).toBe(checkout);
});

test("says that the folder in which npm was started is not there", async () => {
  const env = { ...ranByNpm, INIT_CWD: join(dir, "gone") };
  expect(await sallyport(["check"], { cwd: checkout, env })).toEqual({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^The folder .*\/gone, in which npm was started, is not there\.\n$/),
  });
});
