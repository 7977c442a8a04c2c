import { detect } from "../../../gateway/detect/detect.ts";
import type { Found } from "../../../gateway/detect/kinds.ts";
import { detectorKinds, type DetectorKind } from "../../../gateway/domain/result.ts";
import { corpusFiles, readCorpus, type Example } from "./corpus/read-corpus.ts";

/** How many findings of a kind were right, how many wrong, and how many values were not found. */
interface Score {
  right: number;
  wrong: number;
  missed: number;
}

/**
 * The least that each kind must reach. The part that is held out was written before the detectors and has never been used to
 * change them; it is smaller, so that one miss weighs more.
 */
const floors = {
  tuned: { precision: 0.97, recall: 0.97 },
  "held out": { precision: 0.85, recall: 0.9 },
} as const;

const examples = readCorpus();

/** A value must be found exactly; of a phrase aimed at agents any part. */
function isExpected(found: Found, { expected }: Example): boolean {
  const same = expected.filter(({ kind }) => kind === found.kind);
  if (found.kind === "injection") return same.length > 0;
  return same.some(({ start, end }) => start === found.start && end === found.end);
}

function isFound(value: Found, found: readonly Found[]): boolean {
  const same = found.filter(({ kind }) => kind === value.kind);
  if (value.kind === "injection") return same.some(({ start, end }) => start < value.end && end > value.start);
  return same.some(({ start, end }) => start === value.start && end === value.end);
}

function scores(part: readonly Example[]): Map<DetectorKind, Score> {
  const all = new Map<DetectorKind, Score>(detectorKinds.map((kind) => [kind, { right: 0, wrong: 0, missed: 0 }]));
  for (const example of part) {
    const found = detect(example.text);
    for (const one of found) all.get(one.kind)![isExpected(one, example) ? "right" : "wrong"] += 1;
    for (const one of example.expected) if (!isFound(one, found)) all.get(one.kind)!.missed += 1;
  }
  return all;
}

const parts = [
  ["tuned", scores(examples.filter(({ heldOut }) => !heldOut))],
  ["held out", scores(examples.filter(({ heldOut }) => heldOut))],
] as const;

function precision({ right, wrong }: Score): number {
  return right / Math.max(1, right + wrong);
}

function recall({ right, missed }: Score): number {
  return right / Math.max(1, right + missed);
}

afterAll(() => {
  const lines = parts.flatMap(([part, all]) =>
    [...all].map(([kind, score]) => {
      const counts = `${score.right} right, ${score.wrong} wrong, ${score.missed} missed`;
      const figures = `precision ${precision(score).toFixed(3)}  recall ${recall(score).toFixed(3)}`;
      return `${part.padEnd(9)} ${kind.padEnd(12)} ${figures}  (${counts})`;
    }),
  );
  process.stdout.write(`${lines.join("\n")}\n`);
});

describe.each(parts)("on the %s part of the corpus", (part, all) => {
  test.each([...all])("%s is found precisely and completely enough", (_kind, score) => {
    expect(precision(score)).toBeGreaterThanOrEqual(floors[part].precision);
    expect(recall(score)).toBeGreaterThanOrEqual(floors[part].recall);
  });
});

test.each(corpusFiles)("%s has 60 examples with findings and 60 without, a quarter or more held out", (file) => {
  const own = examples.filter((example) => example.file === file);
  const [found, nothing] = [true, false].map((has) => own.filter(({ expected }) => expected.length > 0 === has));
  for (const list of [found!, nothing!]) {
    expect(list.length).toBeGreaterThanOrEqual(60);
    expect(list.filter(({ heldOut }) => heldOut).length).toBeGreaterThanOrEqual(list.length / 4);
  }
});
