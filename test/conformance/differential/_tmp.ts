import { differential } from "/tmp/wt/proofs/test/conformance/differential/run.ts";
const [each, seed, only=""] = process.argv.slice(2);
const r = await differential({ each: Number(each), seed: Number(seed), only: only.split(",").filter(Boolean) });
for (const d of r.differences) console.log(d.slice(0,4000));
console.log(JSON.stringify({ ...r, differences: r.differences.length }));
