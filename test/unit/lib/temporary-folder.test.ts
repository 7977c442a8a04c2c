import { existsSync } from "node:fs";
import { inTemporaryFolder } from "../../../gateway/lib/temporary-folder.ts";

test("a folder of its own is there while the work goes on, and gone after it, also when it fails", async () => {
  const seen: string[] = [];
  const work = async (folder: string): Promise<string> => {
    seen.push(folder);
    expect(existsSync(folder)).toBe(true);
    if (seen.length === 2) throw new Error("it fails");
    return "done";
  };
  expect(await inTemporaryFolder("sallyport-test-", work)).toBe("done");
  await expect(inTemporaryFolder("sallyport-test-", work)).rejects.toThrow("it fails");
  expect(seen[0]).not.toBe(seen[1]);
  expect(seen.map((folder) => existsSync(folder))).toEqual([false, false]);
});
