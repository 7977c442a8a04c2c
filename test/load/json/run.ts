import { writeFile } from "node:fs/promises";
import { readJson } from "../../../gateway/parse/json/read-json.ts";
import { machineFacts } from "../machine/facts.ts";
import type { BenchOptions } from "../options.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { batchSize, timeUs } from "../timing.ts";
import { paddedRecords } from "../world/padding.ts";

const sizesKb = [1, 4, 16, 64] as const;
const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 100_000, maxStringBytes: 262_144 };

interface JsonResult {
  readonly kb: number;
  readonly strict_us: Spread;
  readonly parse_us: Spread;
  readonly ratio: Spread;
}

/** Reading a body with exactly one meaning, against JSON.parse, which takes more than one. */
export async function benchJson({ rounds, out }: BenchOptions): Promise<boolean> {
  const results = sizesKb.map((kb) => measure(kb, rounds));
  const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, results };
  if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
  process.stdout.write(`${render(results)}\n`);
  return true;
}

function measure(kb: number, rounds: number): JsonResult {
  const records = paddedRecords((items) => JSON.stringify({ records: items }), kb * 1024);
  const bytes = Buffer.from(JSON.stringify({ records }));
  const readStrictly = (): unknown => readJson(bytes, limits).value;
  const parse = (): unknown => JSON.parse(bytes.toString("utf8"));
  const sizes = [batchSize(readStrictly), batchSize(parse)] as const;
  const pairs = Array.from(
    { length: rounds },
    () => [timeUs(readStrictly, sizes[0]), timeUs(parse, sizes[1])] as const,
  );
  return {
    kb,
    strict_us: spread(
      pairs.map(([strict]) => strict),
      2,
    ),
    parse_us: spread(
      pairs.map(([, plain]) => plain),
      2,
    ),
    ratio: spread(
      pairs.map(([strict, plain]) => strict / plain),
      2,
    ),
  };
}

function render(results: readonly JsonResult[]): string {
  const rows = results.map(({ kb, strict_us, parse_us, ratio }) => [
    `${kb} KB`,
    strict_us.median.toFixed(2),
    parse_us.median.toFixed(2),
    `${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}]`,
  ]);
  return textTable(["body", "strict reader µs", "JSON.parse µs", "ratio"], rows);
}
