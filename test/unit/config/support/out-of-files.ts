/** Run on its own with a low limit of open files: what is told of the configuration, and of a policy folder, while none can be opened. */
import { appendFileSync, closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { readSources } from "../../../../gateway/bundles/sources.ts";
import { ConfigEdits } from "../../../../gateway/config/config-edits.ts";
import { readConfig } from "../../../../gateway/config/read-config.ts";

const file = process.argv[2] ?? "";
const logged: string[] = [];
const tell = (message: string): void => void logged.push(message);
const edits = new ConfigEdits(file, { debug: tell, info: tell, warn: tell, error: tell });
await edits.look();

const before = edits.findings();
const taken = openAll();
const read = failureOf(() => readConfig(file));
const policy = await readSources(dirname(file)).catch(String);
for (let look = 0; look < 2; look += 1) await edits.look();
const during = edits.findings();
for (const descriptor of taken) closeSync(descriptor);
await edits.look();
const after = edits.findings();
appendFileSync(file, "environmnt: b\n");
await edits.look();
const edited = edits.findings();
edits.close();
process.stdout.write(JSON.stringify({ before, read, policy, during, after, edited, logged }));

/** All that the limit leaves. */
function openAll(): number[] {
  const opened: number[] = [];
  try {
    for (;;) opened.push(openSync("/dev/null", "r"));
  } catch {
    return opened;
  }
}

function failureOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (thrown) {
    return String(thrown);
  }
}
