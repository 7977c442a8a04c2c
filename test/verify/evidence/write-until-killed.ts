/** Child process: writes calls to the log in a folder until it is killed. Arguments: folder, bytes of a segment, seed, first call. */
import { Random } from "../check.ts";
import { openLogKey } from "../../../gateway/record/tree/log-keys.ts";
import { join } from "node:path";
import { openWriter, writeCalls } from "./made-log.ts";

const [dir = "", bytes, seed, first] = process.argv.slice(2);
const random = new Random(Number(seed));
const writer = openWriter({ dir, segmentBytes: Number(bytes), key: openLogKey(join(dir, "key.pem")) });
await writer.open();
process.stdout.write("open\n");
for (let from = Number(first); ; from += 50) await writeCalls(writer, random, 50, from);
