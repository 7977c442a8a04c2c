import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { readEntries } from "../../../gateway/bundles/archive/entries.ts";
import { policyInputOf, selfTestInput } from "../../../gateway/bundles/golden-cases.ts";
import type { PolicySource } from "../../../gateway/bundles/layers/policy-source.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import { decide } from "../../../gateway/decide/decide.ts";
import type { ActivePolicy, Logger } from "../../../gateway/domain/ports.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { Readable } from "node:stream";
import { opa } from "../decide/support/compile-rego.ts";
import { archiveRoom, main } from "./support/archive-room.ts";

const room = await archiveRoom();
afterAll(() => room.remove());

/** Both arguments are read by the print alone. */
const loud = main
  .replace(
    '"reasons": [{',
    '"reasons": [r | print("asked", input.context.arguments.seen, input.context.arguments.card, input.gone); r := {',
  )
  .replace('"controls": []}],', '"controls": []}],');
const told = 'told = "x" {\n\tprint("in v0", input.gone)\n}\n';

async function started(...sources: readonly PolicySource[]) {
  const logged: [string, Record<string, unknown>][] = [];
  const log = (message: string, fields: Record<string, unknown> = {}): void => void logged.push([message, fields]);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const engine = createPolicyEngine({ remembers: true, maskPointers: ["/context/arguments/card"] });
  const bundles = room.folder.bundles({ engine, sources, logger, watch: false });
  await bundles.start();
  const printed = () => logged.filter(([message]) => message === "print").map(([, fields]) => fields);
  return { policy: bundles.active() as ActivePolicy, status: bundles.status(), logged, printed };
}

function asking(args: JsonObject) {
  const input = selfTestInput("call");
  return policyInputOf({ ...input, context: { ...(input["context"] as JsonObject), arguments: args } });
}

test("logs what rules print of calls, in folders and in modules of Rego v0, without what is masked, and nothing while it is activated", async () => {
  await room.folder.write("sallyport/main/main.rego", loud);
  const old = await room.bundle(
    "v0",
    { "team/team.rego": `package team\n\n${told}` },
    { rego_version: 0, roots: ["team"] },
  );
  const { policy, printed, status, logged } = await started(room.only, old);
  // What is printed counts as read, so that the input can still be reduced to what is read.
  expect(logged.map(([message]) => message)).toEqual(["policy active"]);
  expect(status.warnings.filter(({ message }) => message.includes("print"))).toEqual([]);
  expect(printed()).toEqual([]);
  const about = { entrypoint: "decision", revision: policy.revision };
  for (const id of ["d_1", "d_2"]) {
    expect(decide(policy, asking({ seen: 1, card: "4111-1111" }), id).effect).toBe("deny");
    // An argument that is printed counts as read: another value is another evaluation.
    decide(policy, asking({ seen: id, card: "4111-1111" }), id);
  }
  const at = new Set(printed().map((fields) => fields["at"]));
  expect(at).toEqual(new Set(["rego/sallyport/main/main.rego:7", "v0.tar.gz/team/team.rego:4"]));
  const texts = printed().map(({ text, decision_id }) => `${String(decision_id)} ${String(text)}`);
  expect(texts.filter((text) => text.includes("asked"))).toEqual([
    "d_1 asked 1 [masked] <undefined>",
    "d_1 asked d_1 [masked] <undefined>",
    "d_2 asked 1 [masked] <undefined>",
    "d_2 asked d_2 [masked] <undefined>",
  ]);
  expect(texts.filter((text) => text.includes("in v0 <undefined>"))).toHaveLength(4);
  expect(printed()[0]).toMatchObject(about);
  expect(JSON.stringify(printed())).not.toContain("4111");
});

test("a built archive has the modules as they were written, and prints in another gateway", async () => {
  const { policy } = await started(
    room.only,
    await room.bundle(
      "v1",
      { "team/team.rego": 'package team\n\ntold := "x" if print("in v1")\n' },
      { roots: ["team"] },
    ),
  );
  const archive = join(room.folder.outDir, `${policy.revision}.tar.gz`);
  const entries = await readEntries(Readable.from([await readFile(archive)]), null);
  const [path = ""] = [...entries.keys()].filter((name) => name.endsWith("team.rego"));
  expect(entries.get(path)?.toString()).toBe('package team\n\ntold := "x" if print("in v1")\n');
  for (const [name, bytes] of entries) if (name.endsWith(".rego")) expect(bytes.toString()).not.toContain("{{");
  const again = await started({ kind: "archive", path: archive });
  decide(again.policy, asking({ seen: 1 }), "d_1");
  expect(again.printed().map(({ text }) => text)).toContain("in v1");
  expect(again.printed().every(({ at }) => /\.rego:\d+$/.test(String(at)))).toBe(true);
});

test("warns of prints in an archive that was compiled without them, and of none where opa kept them", async () => {
  const source = join(room.root, "foreign");
  mkdirSync(source);
  const helped = main.replace("data.team.told", '"x"').replace('"effect": "deny"', '"effect": _effect');
  writeFileSync(join(source, "main.rego"), `${helped}\n_effect := "deny" if print("foreign")\n`);
  for (const flags of [[], ["--wasm-include-print"]]) {
    const path = join(room.root, `foreign${flags.length}.tar.gz`);
    const entrypoints = ["decision", "visible", "result"].flatMap((name) => ["-e", `sallyport/main/${name}`]);
    execFileSync(
      opa,
      ["build", "-b", "-t", "wasm", ...flags, ...entrypoints, "-r", `foreign${flags.length}`, "-o", path, "."],
      { cwd: source },
    );
    const { policy, status, printed } = await started({ kind: "archive", path });
    decide(policy, asking({}), "d_1");
    const warned = status.warnings.filter(({ message }) => message.startsWith("print writes nothing"));
    expect([warned.length, printed().map(({ at = null, text }) => [at, text])]).toEqual(
      flags.length === 0 ? [1, []] : [0, [[null, "foreign"]]],
    );
  }
  expect((await readdir(room.root)).filter((name) => name.startsWith("foreign"))).toHaveLength(3);
});
