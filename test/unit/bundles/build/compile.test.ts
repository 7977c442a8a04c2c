import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileSources } from "../../../../gateway/bundles/build/compile.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-compile-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("what OPA says of rules is told when the modules cannot be parsed beside it, and they are not parsed again", async () => {
  const [program, runs] = [join(folder, "opa"), join(folder, "runs")];
  const refused = `case "$1" in eval) echo run >> '${runs}'; echo 'no memory' >&2; exit 2;; esac`;
  await writeFile(program, `#!/bin/sh\n${refused}\nexec '${opa}' "$@"\n`);
  await chmod(program, 0o755);
  const files = [{ path: "a.rego", bytes: Buffer.from("package a\n\nx := y\n") }];
  await expect(compileSources(program, { files, revision: "r" }, join(folder, "out"))).rejects.toMatchObject({
    locations: [{ file: "a.rego", line: 3, message: expect.stringContaining("var y is unsafe") }],
  });
  expect(await readFile(runs, "utf8")).toBe("run\n");
});
