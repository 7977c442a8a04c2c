import { readFragment } from "../../../../gateway/bundles/data/fragments.ts";
import { outsideCatalog } from "../../../../gateway/bundles/data/outside-catalog.ts";
import { asLine } from "../../../../gateway/bundles/failure.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";

const catalog = { "sallyport/catalog/data.yaml": "billing: { refund: {} }\n" };

function warned(data: Readonly<Record<string, string>>, modules: readonly SourceFile[] = []): string[] {
  const files = Object.entries(data).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  const fragments = files.map((file) => readFragment(file));
  return outsideCatalog(fragments, [...files, ...modules]).map(asLine);
}

test("servers and tools of rights and limits", () => {
  const limits = { "sallyport/limits/data.yaml": "billing: { refnud: {} }\nbiling: { refund: {} }\n" };
  expect(warned({ ...catalog, ...limits })).toEqual([
    "sallyport/limits/data.yaml:1: billing.refnud: data.sallyport.catalog.billing has no tool refnud (did you mean refund?); this has no effect",
    "sallyport/limits/data.yaml:2: biling: data.sallyport.catalog has no server biling (did you mean billing?); this has no effect",
  ]);
  expect(warned(limits)).toEqual([]);
});

test("servers of an OPA-Envoy policy, of which prompts and resources are judged all the same", () => {
  const envoy = { "sallyport/envoy/data.yaml": "servers:\n  - billing\n  - biling\n" };
  expect(warned({ ...catalog, ...envoy })).toEqual([
    "sallyport/envoy/data.yaml:3: servers[1]: data.sallyport.catalog has no server biling (did you mean billing?); this has no effect on its tools",
  ]);
});

test("servers of an adopted decision that have no route either, at their place in the configuration", () => {
  const at = (key: string, column: number) => ({ file: "sallyport.yaml", key, line: 8, column });
  const unrouted = [
    { server: "billing", ...at("policy.adopt[0].for[0]", 30) },
    { server: "biling", ...at("policy.adopt[0].for[1]", 40) },
  ];
  const from = { source: "adopted", below: "a.rego", defaults: false, roots: null, regoVersion: 1 } as const;
  const configured = { whole: at("policy.adopt[0]", 7), lines: [], unrouted };
  const module = { path: "adopted/a.rego", bytes: Buffer.from(""), from: { ...from, configured } };
  expect(warned(catalog, [module])).toEqual([
    "sallyport.yaml:8: policy.adopt[0].for[1]: data.sallyport.catalog has no server biling (did you mean billing?), and no route has it; this has no effect",
  ]);
});

const of = (path: string, text: string): SourceFile => ({ path, bytes: Buffer.from(text) });

test("packages of rules about a server or tool that is none, with the line of the package, also in brackets", () => {
  const modules = [
    of("a.rego", "# Refunds.\n\npackage sallyport.tools.billing.refnud\n\ndeny contains 1\n"),
    of("b.rego", 'package sallyport.tools["bill-ing"].refund # of the shop\n'),
    of("c.rego", "package sallyport.tools.billing.refund\n"),
    of("d.rego", "package sallyport.rules.billing.refnud\n"),
  ];
  expect(warned(catalog, modules)).toEqual([
    "a.rego:3: data.sallyport.catalog.billing has no tool refnud (did you mean refund?); no tool is judged by these rules",
    "b.rego:1: data.sallyport.catalog has no server bill-ing (did you mean billing?); no tool is judged by these rules",
  ]);
  expect(warned({}, modules)).toEqual([]);
});
