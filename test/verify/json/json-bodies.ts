import { isDeepStrictEqual } from "node:util";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { JsonValue } from "../../../gateway/domain/json.ts";
import { readJson } from "../../../gateway/parse/json/read-json.ts";
import { type Check, Failures } from "../check.ts";
import { makeBody } from "./bodies.ts";
import { readLax } from "./lax-reader.ts";
import { caseFolding, firstWins, lastWins, lossyNumbers, seenBy } from "./readings.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 10_000, maxStringBytes: 262_144 };
const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The strict reader accepts no body that another reader could take for something else. */
export const jsonBodies: Check = {
  name: "json-bodies",
  full: 1_000_000,
  quick: 100_000,
  async run({ count, random, progress }) {
    const failures = new Failures();
    let accepted = 0;
    for (let done = 0; done < count; done++) {
      const body = makeBody(random);
      const read = strictly(body);
      if (read instanceof Error) failures.add(`${read.name}: ${read.message}: ${JSON.stringify(body.toString())}`);
      else if (read !== null) {
        accepted++;
        const wrong = disagreement(body, read.value);
        if (wrong !== null) failures.add(`${wrong}: ${JSON.stringify(body.toString())}`);
      }
      progress(done);
    }
    // A reader that refuses everything agrees with everybody.
    if (accepted < count / 5)
      failures.add(`only ${accepted} of ${count} bodies were accepted, too few to say anything`);
    return { count, failures: failures.list(), figures: { accepted, refused: count - accepted } };
  },
};

/** Null when it refuses; an Error when it breaks instead. */
function strictly(body: Buffer): { readonly value: JsonValue } | Error | null {
  try {
    return { value: readJson(body, limits).value };
  } catch (thrown) {
    if (thrown instanceof Refusal) return null;
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

function disagreement(body: Buffer, value: JsonValue): string | null {
  try {
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
