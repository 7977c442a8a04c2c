import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownCommand } from "../../../../gateway/cli/common/own-command.ts";
import { root } from "../../../conformance/house/guards/tree.ts";

const checkout = root.replace(/\/$/, "");
const before = process.cwd();
afterEach(() => process.chdir(before));

test("is the program's name where it is installed", () => {
  expect(ownCommand("/usr/lib/node_modules/sallyport/dist/gateway/cli/common/own-command.js")).toBe("sallyport");
});

test("is npm's script in a checkout, which names the checkout from another folder", () => {
  process.chdir(checkout);
  expect(ownCommand()).toBe("npm run --silent sallyport --");
  process.chdir(tmpdir());
  expect(ownCommand()).toBe(`npm run --silent --prefix ${checkout} sallyport --`);
});

test("takes paths from where npm was started, and not from the checkout where npm runs it", () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-asked-")));
  const module = join(checkout, "gateway/cli/common/own-command.ts");
  const script = `import { workWhereAsked } from ${JSON.stringify(module)}; workWhereAsked(); console.log(process.cwd());`;
  const ranBy = (npm: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      ...{ cwd: checkout, encoding: "utf8" },
      env: { PATH: process.env["PATH"] ?? "", INIT_CWD: dir, npm_lifecycle_event: "sallyport", ...npm },
    }).stdout.trim();
  expect(ranBy({ npm_package_json: join(checkout, "package.json") })).toBe(dir);
  expect(ranBy({ npm_package_json: "/srv/other/package.json" })).toBe(checkout);
  expect(ranBy({ npm_package_json: join(checkout, "package.json"), npm_lifecycle_event: "test" })).toBe(checkout);
  rmSync(dir, { recursive: true });
});
