import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArchive } from "../../../gateway/bundles/archive/archive.ts";
import { compileSources } from "../../../gateway/bundles/build/compile.ts";
import { ENTRYPOINTS } from "../../../gateway/bundles/build/entrypoints.ts";
import { deriveProjections } from "../../../gateway/bundles/projection/project.ts";
import { runOpa } from "../../../gateway/bundles/build/opa.ts";
import { readSources } from "../../../gateway/bundles/sources.ts";
import { createPolicyEngine } from "../../../gateway/decide/engine.ts";
import type { HostedPolicy } from "../../../gateway/decide/host/hosted-policy.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { Projections } from "../../../gateway/domain/ports.ts";
import { adversarialPolicies, besides } from "./policies.ts";
import { readOnlyPolicy } from "../../support/policy-copy.ts";

/** One policy in two engines: one gets the whole input, the other what is read of it. */
export interface Pair {
  /** What is asked, in words, and the entrypoint that answers. */
  readonly questions: Readonly<Record<string, string>>;
  readonly projections: Projections;
  readonly data: JsonObject;
  readonly full: HostedPolicy;
  readonly projected: HostedPolicy;
}

const opa = fileURLToPath(new URL("../../../.tools/bin/opa", import.meta.url));
const starter = readOnlyPolicy();

/** The starter policy, built as the gateway builds it. @throws Error when its projections cannot be derived */
export async function starterPair(): Promise<Pair> {
  return await inFolder(async (folder) => {
    const { archive, unprojected } = await compileSources(opa, await readSources(starter), folder);
    if (unprojected !== null) throw new Error(unprojected);
    const { wasm, data, projections } = await readArchive(archive);
    const questions = Object.fromEntries(ENTRYPOINTS.map((name) => [`the starter policy: ${name}`, name]));
    return await pairOf(questions, wasm, data, projections);
  });
}

/** Every adversarial policy, each in a package of its own. @throws Error when one does not compile */
export async function adversarialPair(): Promise<Pair> {
  const named = Object.entries(adversarialPolicies).map(([name, rego], index) => ({ name, rego, home: `p${index}` }));
  const files: Record<string, string> = { ...besides };
  for (const { rego, home } of named) files[`${home}/${home}.rego`] = `package ${home}\n\n${rego}\n`;
  const questions = Object.fromEntries(named.map(({ name, home }) => [name, `${home}/answer`]));
  return await pairFrom(files, questions);
}

/** Files of Rego and data (path → text). @throws Error when they do not compile or their projections cannot be derived */
export async function pairFrom(files: Readonly<Record<string, string>>, questions: Pair["questions"]): Promise<Pair> {
  return await inFolder(async (folder) => {
    const source = join(folder, "source");
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(source, path)), { recursive: true });
      await writeFile(join(source, path), text);
    }
    const asked = Object.values(questions).flatMap((entrypoint) => ["--entrypoint", entrypoint]);
    const build = (target: string): string[] => [
      ...["build", "--bundle", "--target", target, "--revision", "test", ...asked],
      ...["--output", join(folder, `${target}.tar.gz`), "."],
    ];
    await runOpa(opa, build("wasm"), source, "compile");
    const { projections, fault } = await deriveProjections(opa, build("plan"), source, join(folder, "plan.tar.gz"));
    if (fault !== null) throw new Error(fault);
    const { wasm, data } = await readArchive(join(folder, "wasm.tar.gz"));
    return await pairOf(questions, wasm, data, projections);
  });
}

async function pairOf(
  questions: Pair["questions"],
  wasm: Uint8Array,
  data: JsonObject,
  projections: Projections,
): Promise<Pair> {
  const engine = createPolicyEngine();
  const [full, projected] = [await engine.prepare(wasm, data), await engine.prepare(wasm, data, projections)];
  return { questions, projections, data, full, projected };
}

async function inFolder<Made>(make: (folder: string) => Promise<Made>): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-projection-"));
  try {
    return await make(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
