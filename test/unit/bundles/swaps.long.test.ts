import { writeFileSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { decide } from "../../../gateway/decide/decide.ts";
import type { ActivePolicy, Bundles, PolicyStatus } from "../../../gateway/domain/ports.ts";
import { inputOf } from "../decide/support/compile-rego.ts";
import { type FolderOptions, mainRego, type PolicyFolder, policyFolder } from "./support/policy-folder.ts";

const MAIN = "sallyport/main/main.rego";
let folder: PolicyFolder;
let root: string;

beforeEach(async () => {
  folder = await policyFolder({ [MAIN]: mainRego("ONE") });
  root = dirname(folder.dir);
});
afterEach(() => folder.remove());

const codeOf = (policy: ActivePolicy | null): string | undefined =>
  policy === null ? undefined : decide(policy, inputOf({})).reasons[0]?.code;

/** A gateway's delivery from `path`, which looks again every 50 ms. */
async function deliver(path: string, options: FolderOptions = {}): Promise<Bundles> {
  const bundles = folder.bundles({ sources: [{ kind: "folder", path }], pollMs: 50, ...options });
  await bundles.start();
  return bundles;
}

/** The release folder `name` beside the policy folder, whose every answer carries `code`. */
async function release(name: string, code: string): Promise<string> {
  const file = join(root, name, MAIN);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, mainRego(code));
  return join(root, name);
}

/** What `ln -sfn` and Kubernetes do: a new link, renamed over the old one. */
async function pointTo(target: string, link: string): Promise<void> {
  await symlink(target, `${link}.new`);
  await rename(`${link}.new`, link);
}

/** Resolves when `act` has made `code` the active answer. */
async function becomes(bundles: Bundles, code: string, act: () => Promise<unknown>): Promise<void> {
  const active = folder.next(bundles, () => codeOf(bundles.active()) === code);
  await act();
  await active;
}

const nextFailure = (bundles: Bundles): Promise<PolicyStatus> =>
  folder.next(bundles, ({ failure }) => failure !== null);

test("activates what a swapped symlink leads to, and later edits there", async () => {
  const current = join(root, "current");
  await symlink(await release("v1", "ONE"), current);
  const bundles = await deliver(current);
  await becomes(bundles, "TWO", async () => pointTo(await release("v2", "TWO"), current));
  await becomes(bundles, "THREE", () => writeFile(join(root, "v2", MAIN), mainRego("THREE")));
  await becomes(bundles, "FOUR", async () => pointTo(await release("v4", "FOUR"), current));
});

test("activates what a symlink further up the path leads to", async () => {
  const current = join(root, "current");
  await cp(await release("v1", "ONE"), join(root, "a/policy"), { recursive: true });
  await cp(await release("v2", "TWO"), join(root, "b/policy"), { recursive: true });
  await symlink(join(root, "a"), current);
  const bundles = await deliver(join(current, "policy"));
  await becomes(bundles, "TWO", () => pointTo(join(root, "b"), current));
});

test("activates a folder that is renamed over the old one", async () => {
  const live = await release("live", "ONE");
  const bundles = await deliver(live);
  await becomes(bundles, "TWO", async () => {
    const next = await release("next", "TWO");
    await rename(live, join(root, "old"));
    await rename(next, live);
  });
});

test("activates a volume of Kubernetes, whose files are links through ..data, and each new version of it", async () => {
  const volume = join(root, "volume");
  const version = async (stamp: string, code: string): Promise<void> => {
    await mkdir(join(volume, stamp), { recursive: true });
    await writeFile(join(volume, stamp, "main.rego"), mainRego(code));
    await pointTo(stamp, join(volume, "..data"));
  };
  await version("..2026_11_26", "ONE");
  await symlink("..data/main.rego", join(volume, "main.rego"));
  const bundles = await deliver(volume);
  await becomes(bundles, "TWO", async () => {
    await version("..2026_11_27", "TWO");
    await rm(join(volume, "..2026_11_26"), { recursive: true });
  });
});

test.each(["symlink", "renamed folder"])("activates an archive behind a swapped %s", async (way) => {
  const archives = folder.bundles({ watch: false });
  await archives.start();
  const one = archives.active()?.revision as string;
  await folder.write(MAIN, mainRego("TWO"));
  const second = folder.bundles({ watch: false });
  await second.start();
  const two = second.active()?.revision as string;
  const place = async (name: string, revision: string): Promise<string> => {
    await mkdir(join(root, name));
    await cp(join(folder.outDir, `${revision}.tar.gz`), join(root, name, "policy.tar.gz"));
    return join(root, name);
  };
  const [v1, v2] = [await place("v1", one), await place("v2", two)];
  const live = join(root, "live");
  await (way === "symlink" ? symlink(v1, live) : rename(v1, live));
  const path = join(live, "policy.tar.gz");
  const bundles = await deliver("", { sources: [{ kind: "archive", path }] });
  await becomes(bundles, "TWO", async () => {
    if (way === "symlink") return pointTo(v2, live);
    await rename(live, v1);
    await rename(v2, live);
  });
});

test("says at once that the policy folder cannot be read, tries again, and is over it without a build", async () => {
  const live = await release("live", "ONE");
  const bundles = await deliver(live);
  const lost = nextFailure(bundles);
  await rename(live, join(root, "away"));
  const { active, failure } = await lost;
  expect(failure).toMatchObject({ stage: "load", message: "the policy folder cannot be read: ENOENT" });
  expect(active?.revision).toBe(bundles.active()?.revision);
  const back = folder.next(bundles, (status) => status.failure === null);
  await rename(join(root, "away"), live);
  await back;
  expect(folder.logged.filter((line) => line === "policy active")).toHaveLength(1);
});

test("says at once that the policy archive cannot be read, and activates the one that comes back", async () => {
  const built = folder.bundles({ watch: false });
  await built.start();
  const file = join(root, "policy.tar.gz");
  await cp(join(folder.outDir, `${built.active()?.revision}.tar.gz`), file);
  const bundles = await deliver("", { sources: [{ kind: "archive", path: file }] });
  const lost = nextFailure(bundles);
  await rename(file, `${file}.away`);
  expect((await lost).failure?.message).toBe("the bundle archive cannot be read: ENOENT");
  const back = folder.next(bundles, (status) => status.failure === null);
  await rename(`${file}.away`, file);
  await back;
});

test("refuses a link that leads out of the policy folder, where a rule would be missing in silence", async () => {
  await writeFile(join(root, "outside.rego"), "package outside");
  await symlink(join(root, "outside.rego"), join(folder.dir, "inside.rego"));
  await expect(deliver(folder.dir)).rejects.toThrow("inside.rego is a link that leads out of the policy folder");
});

test("refuses a link to nothing and a link in a circle, and names them", async () => {
  await symlink(join(folder.dir, "sallyport"), join(folder.dir, "sallyport/again"));
  await expect(deliver(folder.dir)).rejects.toThrow("sallyport/again is a link to a folder that it lies in");
  await rm(join(folder.dir, "sallyport/again"));
  await symlink("nothing.rego", join(folder.dir, "dangling.rego"));
  await expect(deliver(folder.dir)).rejects.toThrow("dangling.rego cannot be read: ENOENT");
});

const asRoot = process.getuid?.() === 0;
(asRoot ? test.skip : test)("names a file that may not be read, and no folder of the machine", async () => {
  await chmod(join(folder.dir, MAIN), 0o000);
  await expect(deliver(folder.dir)).rejects.toThrow(/^sallyport\/main\/main\.rego cannot be read: EACCES$/);
});

test("activates an archive that was there, gone and back while it was read", async () => {
  const archives: Buffer[] = [];
  for (const code of ["ONE", "TWO", "THREE"]) {
    await folder.write(MAIN, mainRego(code));
    const built = folder.bundles({ watch: false });
    await built.start();
    archives.push(await readFile(join(folder.outDir, `${built.active()?.revision}.tar.gz`)));
  }
  const [one, two, three] = archives as [Buffer, Buffer, Buffer];
  const file = join(root, "policy.tar.gz");
  await writeFile(file, one);
  let between = (): void => undefined;
  // Between the look at the archive and the reading of it the time is taken.
  const monotonic = (): number => {
    between();
    return performance.now();
  };
  const clock = { now: () => Date.now(), monotonic };
  const bundles = await deliver("", { sources: [{ kind: "archive", path: file }], clock });
  expect(codeOf(bundles.active())).toBe("ONE");
  await becomes(bundles, "TWO", async () => {
    let swapped = false;
    between = () => {
      if (swapped) return;
      swapped = true;
      writeFileSync(file, three);
      setTimeout(() => writeFileSync(file, two), 400);
    };
    await writeFile(`${file}.new`, two);
    await rename(`${file}.new`, file);
  });
});

test("goes on when a listener throws: the policy is active, nothing failed, and later edits are seen", async () => {
  const live = await release("live", "ONE");
  const bundles = await deliver(live);
  bundles.watch(() => {
    throw new Error("a stream is gone");
  });
  for (const code of ["TWO", "THREE"]) {
    await becomes(bundles, code, () => writeFile(join(live, MAIN), mainRego(code)));
    expect(bundles.status().failure).toBeNull();
  }
  expect(folder.logged).toContain("a listener of policy changes failed");
});
