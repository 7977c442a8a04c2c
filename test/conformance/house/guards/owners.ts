/** One owner per dependency: replacing a library, or asking what reads the environment, is a question to one place. */
import ts from "typescript";
import { importsOf, lineOf, syntaxOf, visitAll } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

/** Package → the places in gateway/ that may import it: folders (ending in /) or files. */
export const packageOwners: Readonly<Record<string, readonly string[]>> = {
  "@modelcontextprotocol/client": ["stdio/", "cli/init/"],
  "@modelcontextprotocol/server": ["stdio/"],
  "@peculiar/asn1-cms": ["record/time-stamp/"],
  "@peculiar/asn1-schema": ["record/time-stamp/"],
  "@peculiar/asn1-tsp": ["record/time-stamp/"],
  "@peculiar/asn1-x509": ["record/time-stamp/"],
  "@open-policy-agent/opa-wasm": ["decide/"],
  "@opentelemetry/api": ["traces/"],
  "@opentelemetry/otlp-transformer": ["traces/exporter.ts"],
  "@opentelemetry/resources": ["traces/"],
  "@opentelemetry/sdk-trace": ["traces/"],
  "@simplewebauthn/server": ["admin/passkeys/"],
  aws4: ["credentials/aws/"],
  canonicalize: ["domain/", "parse/", "gather/", "approvals/", "authzen/", "limits/", "record/", "credentials/"],
  chokidar: ["bundles/"],
  commander: ["cli/", "main.ts"],
  "eventsource-parser": ["lib/event-stream.ts"],
  express: ["listener/app.ts", "admin/"],
  "ipaddr.js": ["net/", "gather/"],
  graphql: ["decide/builtins/"],
  jose: ["bundles/", "identify/"],
  "jsonc-parser": ["cli/connect/"],
  jsonwebtoken: ["identify/", "authorize/", "approvals/", "cli/token/"],
  nodemailer: ["notify/"],
  "openid-client": ["cli/hook/sign-in.ts", "sign-in/", "credentials/"],
  pg: ["store/postgres/"],
  picocolors: ["cli/", "main.ts"],
  "prom-client": ["record/"],
  re2js: ["decide/", "lib/pattern.ts"],
  "smol-toml": ["cli/connect/"],
  "tar-stream": ["bundles/"],
  undici: ["act/", "stdio/"],
  winston: ["record/logger.ts"],
  // Rego has a yaml builtin; the configuration is YAML too.
  yaml: ["lib/", "config/", "cli/", "decide/builtins/"],
  zod: ["lib/", "authorize/", "bundles/", "config/", "admin/", "cli/", "authzen/", "leases/", "ship/"],
  "node:sqlite": ["store/"],
  "node:child_process": ["bundles/", "cli/", "stdio/"],
};

/** What is read or called, whichever way it is imported → the only places that may. */
const useOwners = new Map<string, readonly string[]>([
  ["process.env", ["config/"]],
  ["Date.now", ["compose/clock-and-ids.ts"]],
  ["new Date()", ["compose/clock-and-ids.ts"]],
  ["randomUUID", ["compose/clock-and-ids.ts"]],
  ["randomBytes", ["compose/clock-and-ids.ts"]],
  ["randomFillSync", ["compose/clock-and-ids.ts"]],
  ["getRandomValues", ["compose/clock-and-ids.ts"]],
]);

export function ownerProblems(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => file.path.startsWith("gateway/") && file.path.endsWith(".ts"))
    .flatMap((file) => [...importProblems(file), ...useProblems(file)].map((text) => `${file.path}:${text}`));
}

/** A dependency that nobody owns would be everybody's. */
export function unownedDependencies(manifest: { readonly dependencies?: Readonly<Record<string, string>> }): string[] {
  return Object.keys(manifest.dependencies ?? {}).filter((name) => packageOwners[name] === undefined);
}

function importProblems(file: SourceFile): string[] {
  return importsOf(file).flatMap(({ specifier, line }) => {
    const name = packageOf(specifier);
    const owners = name === null ? undefined : packageOwners[name];
    if (name === null || (owners === undefined && name.startsWith("node:"))) return [];
    if (owners === undefined) return [`${line} imports ${name}, which has no owner`];
    return isOwner(file.path, owners)
      ? []
      : [`${line} imports ${name}; its owner is gateway/${owners.join(", gateway/")}`];
  });
}

function useProblems(file: SourceFile): string[] {
  const tree = syntaxOf(file);
  const found: string[] = [];
  visitAll(tree, (node) => {
    const use = useOf(node);
    const owners = use === null ? undefined : useOwners.get(use);
    if (owners === undefined || isOwner(file.path, owners)) return;
    found.push(`${lineOf(tree, node)} uses ${use}; only gateway/${owners.join(", gateway/")} may`);
  });
  return found;
}

function useOf(node: ts.Node): string | null {
  if (ts.isNewExpression(node)) {
    const isNow = node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0;
    return isNow ? "new Date()" : null;
  }
  if (ts.isPropertyAccessExpression(node)) {
    const whole = `${node.expression.getText()}.${node.name.text}`;
    return useOwners.has(whole) ? whole : node.name.text;
  }
  if (!ts.isImportSpecifier(node)) return null;
  const name = (node.propertyName ?? node.name).text;
  return name === "env" ? "process.env" : name;
}

function isOwner(path: string, owners: readonly string[]): boolean {
  const inside = path.slice("gateway/".length);
  return owners.some((owner) => (owner.endsWith("/") ? inside.startsWith(owner) : inside === owner));
}

/** `@scope/name/part` → `@scope/name`; null for a relative path. */
function packageOf(specifier: string): string | null {
  if (specifier.startsWith(".")) return null;
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
