import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigEdits } from "../../../gateway/config/config-edits.ts";

test("tells on being asked that nothing was edited, and an edit that is known again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-edits-"));
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, "version: 1\n");
  const told: string[] = [];
  const tell = (message: string): void => void told.push(message);
  const edits = new ConfigEdits(file, { debug: tell, info: tell, warn: tell, error: tell });
  try {
    await edits.look();
    expect(told).toEqual([]);
    await edits.look(true);
    expect(told).toEqual(["the configuration is still the one that the gateway started with"]);
    appendFileSync(file, "environmnt: b\n");
    await edits.look();
    await edits.look();
    await edits.look(true);
    expect(told.slice(1)).toEqual([
      expect.stringMatching(/was edited and has mistakes.*environmnt: unknown option/s),
      expect.stringMatching(/was edited and has mistakes.*environmnt: unknown option/s),
    ]);
    expect(edits.findings()).toHaveLength(1);
  } finally {
    edits.close();
    rmSync(folder, { recursive: true });
  }
});
