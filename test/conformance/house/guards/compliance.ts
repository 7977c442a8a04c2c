/** The map of controls: what the gateway does for each, and the tests that prove it. */
import { z } from "zod";
import type { Manifest } from "./requirements.ts";

const row = z
  .strictObject({
    id: z.string().min(1),
    name: z.string().min(1),
    status: z.enum(["enforced", "supported", "not covered"]),
    how: z.string().min(10),
    /** Ids of requirements. */
    proof: z.array(z.string()).min(1).optional(),
    /** What whoever runs the gateway has to do. */
    site: z.string().min(1).optional(),
  })
  .refine(({ status, proof }) => status !== "enforced" || proof !== undefined, "an enforced row names its proof")
  .refine(({ status, site }) => status !== "supported" || site !== undefined, "a supported row says what the site does")
  .refine(({ status, proof }) => status !== "not covered" || proof === undefined, "what is not covered has no proof");

const framework = z.strictObject({ title: z.string(), version: z.string(), rows: z.array(row).min(1) });

export const complianceSchema = z.strictObject({ frameworks: z.array(framework).min(1) });
export type Compliance = z.infer<typeof complianceSchema>;
type Row = z.infer<typeof row>;

/** Rows whose proof is no requirement, or one that is only planned, and ids that one framework has twice. */
export function complianceProblems({ frameworks }: Compliance, { requirements }: Manifest): string[] {
  const proven = new Set(requirements.flatMap((one) => ("test" in one ? [one.id] : [])));
  return frameworks.flatMap(({ title, rows }) => {
    const ids = rows.map(({ id }) => id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `${title}: ${id} is there twice`);
    const missing = rows.flatMap(({ id, proof = [] }) =>
      proof.filter((name) => !proven.has(name)).map((name) => `${title}: ${id}: nothing proves ${name}`),
    );
    return [...twice, ...missing];
  });
}

const begin = "<!-- controls: written by scripts/write-compliance.ts -->";

/** The page with its tables made anew. @throws Error when it has no place for them */
export function compliancePage(page: string, { frameworks }: Compliance, { requirements }: Manifest): string {
  const at = page.indexOf(begin);
  if (at === -1) throw new Error(`docs/compliance.md lacks ${begin}`);
  const tests = new Map(requirements.flatMap((one) => ("test" in one ? [[one.id, one.test] as const] : [])));
  const parts = frameworks.map(({ title, version, rows }) =>
    [
      `## ${title}`,
      `Version: ${version}.`,
      ["| id | control | status | what is done, and what you have to do | proof |", "| --- | --- | --- | --- | --- |"]
        .concat(rows.map((one) => line(one, tests)))
        .join("\n"),
    ].join("\n\n"),
  );
  return `${page.slice(0, at)}${begin}\n\n${parts.join("\n\n")}\n`;
}

function line({ id, name, status, how, proof = [], site }: Row, tests: ReadonlyMap<string, string>): string {
  const done = site === undefined ? how : `${how} **You:** ${site}`;
  const links = proof.map((one) => `[\`${one}\`](../${tests.get(one) ?? ""})`).join(", ");
  return `| ${id} | ${name} | ${status} | ${done} | ${links} |`;
}
