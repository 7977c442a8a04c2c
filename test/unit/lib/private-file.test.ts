import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPrivateFile, readPrivateFile, UnusableKey } from "../../../gateway/lib/private-file.ts";
import { mayNotSkip } from "../../support/found-tool.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-private-"));
  file = join(folder, "keys", "a.key");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("makes the file once, for its owner alone, and leaves nothing beside it", () => {
  expect(readPrivateFile(file)).toBeNull();
  expect(openPrivateFile(file, () => "first")).toBe("first");
  expect(openPrivateFile(file, () => "second")).toBe("first");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, "keys"))).toEqual(["a.key"]);
});

test("takes the file of another process that came first", () => {
  mkdirSync(join(folder, "keys"));
  const made = openPrivateFile(file, () => {
    writeFileSync(file, "theirs", { mode: 0o600 });
    return "ours";
  });
  expect(made).toBe("theirs");
  expect(readdirSync(join(folder, "keys"))).toEqual(["a.key"]);
});

function othersMayRead(): void {
  openPrivateFile(file, () => "key");
  chmodSync(file, 0o640);
}

const unusable: readonly [what: string, begin: () => void, message: string][] = [
  ["others may read", () => othersMayRead(), "can be read by others"],
  ["is no file", () => mkdirSync(file, { recursive: true, mode: 0o700 }), "cannot be read (EISDIR); make it readable"],
  [
    "cannot be made",
    () => writeFileSync(join(folder, "keys"), ""),
    "cannot be made (EEXIST); make its folder writable",
  ],
];

test.each(unusable)("names a file that %s", (_what, begin, message) => {
  begin();
  const open = (): string => openPrivateFile(file, () => "key");
  expect(open).toThrow(UnusableKey);
  expect(open).toThrow(`the key file ${file} ${message}`);
});

// Only root can have a file of root's read by somebody else. In CI it runs as root, or fails.
(process.getuid?.() === 0 || mayNotSkip ? test : test.skip)(
  "takes a file of root's that its group may read, and no more",
  () => {
    openPrivateFile(file, () => "key");
    for (const above of [folder, join(folder, "keys")]) chmodSync(above, 0o755);
    chownSync(file, 0, 65_534);
    const module = new URL("../../../gateway/lib/private-file.ts", import.meta.url).href;
    const script = `import { readPrivateFile } from ${JSON.stringify(module)}; console.log(readPrivateFile(${JSON.stringify(file)}));`;
    const read = (mode: number, id: number): string => {
      chmodSync(file, mode);
      const options = { uid: id, gid: id, cwd: "/", stdio: "pipe", encoding: "utf8" } as const;
      return execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
    };
    expect(read(0o440, 65_534)).toBe("key\n");
    for (const mode of [0o460, 0o444, 0o442])
      expect(() => read(mode, 65_534)).toThrow("can be read by others; chmod 640 it");
    // Whose file it is needs no group.
    expect(() => read(0o440, 0)).toThrow("can be read by others; chmod 600 it");
  },
);
