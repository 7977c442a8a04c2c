import { isDeepStrictEqual } from "node:util";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { WithBytes } from "../../../gateway/lib/json.ts";
import { readJson } from "../../../gateway/parse/json/read-json.ts";
import { type Check, Failures } from "../check.ts";
import { makeBody } from "./bodies.ts";
import { readLax } from "./lax-reader.ts";
import { caseFolding, firstWins, lastWins, lossyNumbers, seenBy } from "./readings.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 10_000, maxStringBytes: 262_144 };
const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The strict reader accepts no body that another reader could take for something else, and keeps no bytes that JSON.stringify
 * would not write.
 */
export const jsonBodies: Check = {
  name: "json-bodies",
  full: 1_000_000,
  quick: 100_000,
  async run({ count, random, progress }) {
    const failures = new Failures();
    let [accepted, kept] = [0, 0];
    for (let done = 0; done < count; done++) {
      const body = makeBody(random);
      const read = strictly(body);
      if (read instanceof Error) failures.add(`${read.name}: ${read.message}: ${JSON.stringify(body.toString())}`);
      else if (read !== null) {
        accepted++;
        if (read.bytes !== null) kept++;
        const wrong = disagreement(body, read);
        if (wrong !== null) failures.add(`${wrong}: ${JSON.stringify(body.toString())}`);
      }
      progress(done);
    }
    // A reader that refuses everything agrees with everybody.
    if (accepted < count / 5)
      failures.add(`only ${accepted} of ${count} bodies were accepted, too few to say anything`);
    if (kept < count / 50) failures.add(`only ${kept} of ${count} bodies were kept as they came`);
    return { count, failures: failures.list(), figures: { accepted, kept, refused: count - accepted } };
  },
};

/** Null when it refuses; an Error when it breaks instead. */
function strictly(body: Buffer): WithBytes | Error | null {
  try {
    return readJson(body, limits);
  } catch (thrown) {
    if (thrown instanceof Refusal) return null;
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

function disagreement(body: Buffer, { value, bytes }: WithBytes): string | null {
  try {
    if (bytes !== null && bytes.toString() !== JSON.stringify(value)) return "JSON.stringify writes something else";
    const text = fatal.decode(body);
    if (!isDeepStrictEqual(JSON.parse(text), value)) return "JSON.parse reads something else";
    const tree = readLax(text);
    const last = seenBy(lastWins, tree);
    if (seenBy(firstWins, tree) !== last) return "a first-wins reader sees something else";
    if (seenBy(caseFolding, tree) !== last) return "a case-folding reader sees something else";
    const [lossy] = lossyNumbers(tree);
    return lossy === undefined ? null : `a reader of exact decimals sees another number than ${Number(lossy)}`;
  } catch (thrown) {
    return `accepted, but another reader refuses it: ${String(thrown)}`;
  }
}
