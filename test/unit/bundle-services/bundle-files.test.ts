import { hash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BundleFiles } from "../../../gateway/bundle-services/bundle-files.ts";

let folder: string;
let files: BundleFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-bundle-files-"));
  files = new BundleFiles({ name: "refunds", folder });
});
afterEach(() => rmSync(folder, { recursive: true }));

const digestOf = (text: string): string => `sha256:${hash("sha256", text, "hex")}`;
const taken = (): Promise<void> => Promise.resolve();
const put = (text: string): Promise<void> => files.put(Buffer.from(text), taken);
const textOf = (file: string): string | null => (existsSync(file) ? readFileSync(file, "utf8") : null);

test("there is no source before the first download", async () => {
  expect(await files.open(true)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test("of an archive that is refused nothing stays, and the source is the one before", async () => {
  await files.open(true);
  await put("first");
  await expect(files.put(Buffer.from("second"), () => Promise.reject(new Error("no bundle")))).rejects.toThrow();
  expect([textOf(files.downloaded), readdirSync(folder).length]).toEqual(["first", 1]);
});

test("only the archive that became active is kept: not one that was downloaded meanwhile", async () => {
  await files.open(true);
  await put("first");
  await files.keep(digestOf("first"));
  await put("second");
  await expect(files.keep(digestOf("first"))).rejects.toThrow("another bundle has been downloaded meanwhile");
  expect(textOf(files.kept)).toBe("first");
  await files.restore();
  expect(textOf(files.downloaded)).toBe("first");
  expect(readdirSync(folder).toSorted()).toEqual(["bundle.tar.gz", "downloaded.tar.gz"]);
});

test("a start has what was kept as its source, and knows when its server last confirmed it", async () => {
  await files.open(true);
  await put("first");
  await files.keep(digestOf("first"));
  await put("second");
  utimesSync(files.kept, 1, 1);
  await files.confirm(1_795_910_400_000);
  expect(await new BundleFiles({ name: "refunds", folder }).open(true)).toBe(1_795_910_400_000);
  expect(textOf(files.downloaded)).toBe("first");
});

test("a start that keeps nothing has no source, and removes what was kept", async () => {
  await files.open(true);
  await put("first");
  await files.keep(digestOf("first"));
  expect(await files.open(false)).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
});

test("a kept archive that cannot be looked at is a fault, and not one that is not there", async () => {
  symlinkSync(files.kept, files.kept);
  await expect(files.open(true)).rejects.toThrow(expect.objectContaining({ code: "ELOOP" }) as Error);
});
