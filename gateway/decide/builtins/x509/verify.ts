import type { BuiltinContext } from "../types.ts";
import type { Certificate } from "./certificate.ts";
import { constraintsHold } from "./name-constraints.ts";
import { isBroken } from "./signature-algorithm.ts";
import { ipText } from "./extensions.ts";

export interface VerifyOptions {
  /** Empty asks nothing. */
  readonly dnsName: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** Numbers of Go's ExtKeyUsage; 0 is any. */
  readonly usages: readonly number[];
}

const CHECK_FUEL = 60_000;

/**
 * A chain from the leaf to the root: the first certificate is the root, the last the leaf, those between may help.
 * The rules of Go's x509.Certificate.Verify without certificate policies.
 * @returns leaf first, or undefined when no chain holds
 */
export function verifyChain(
  context: BuiltinContext,
  certificates: readonly Certificate[],
  options: VerifyOptions,
): readonly Certificate[] | undefined {
  const root = certificates[0];
  const leaf = certificates.at(-1);
  if (certificates.length < 2 || root === undefined || leaf === undefined) return undefined;
  if (!isCurrent(leaf, options.now) || (options.dnsName !== "" && !hasName(leaf, options.dnsName))) return undefined;
  if (leaf.node.raw.equals(root.node.raw)) return usageHolds([leaf], options.usages) ? [leaf] : undefined;
  const search = new Search(context, root, certificates.slice(1, -1), options);
  return search.extend([leaf]);
}

class Search {
  readonly #context: BuiltinContext;
  readonly #root: Certificate;
  readonly #intermediates: readonly Certificate[];
  readonly #options: VerifyOptions;

  constructor(
    context: BuiltinContext,
    root: Certificate,
    intermediates: readonly Certificate[],
    options: VerifyOptions,
  ) {
    this.#context = context;
    this.#root = root;
    this.#intermediates = intermediates;
    this.#options = options;
  }

  extend(chain: readonly Certificate[]): readonly Certificate[] | undefined {
    if (this.#issues(this.#root, chain, false)) {
      const complete = [...chain, this.#root];
      if (usageHolds(complete, this.#options.usages)) return complete;
    }
    for (const issuer of this.#intermediates) {
      if (chain.includes(issuer) || !this.#issues(issuer, chain, true)) continue;
      const found = this.extend([...chain, issuer]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #issues(issuer: Certificate, chain: readonly Certificate[], intermediate: boolean): boolean {
    const child = chain.at(-1) as Certificate;
    if (!issuer.subject.equals(child.issuer) || !isCurrent(issuer, this.#options.now)) return false;
    const { IsCA: isCa, BasicConstraintsValid: valid, MaxPathLen: most } = issuer.members;
    const isAuthority = valid === true && isCa === true;
    if (!isAuthority && (intermediate || issuer.members["Version"] === 3)) return false;
    if (valid === true && typeof most === "number" && most >= 0 && chain.length - 1 > most) return false;
    if (issuer.constraints !== undefined && !chain.every(({ names }) => holds(issuer, names))) return false;
    this.#context.charge(CHECK_FUEL);
    return !isBroken(child.members["SignatureAlgorithm"] as number) && child.node.verify(issuer.node.publicKey);
  }
}

function holds(issuer: Certificate, names: Certificate["names"]): boolean {
  return issuer.constraints === undefined || constraintsHold(issuer.constraints, names);
}

/** Whether the certificate is within its validity period and has no unknown critical extension. */
function isCurrent(certificate: Certificate, now: number): boolean {
  if (certificate.members["UnhandledCriticalExtensions"] !== null) return false;
  return now >= certificate.notBefore && now <= certificate.notAfter;
}

/** Some wanted usage that every certificate of the chain allows. */
function usageHolds(chain: readonly Certificate[], wanted: readonly number[]): boolean {
  if (wanted.includes(0)) return true;
  return wanted.some((usage) =>
    chain.every(({ members }) => {
      const known = members["ExtKeyUsage"] as readonly number[] | null;
      if (known === null) return members["UnknownExtKeyUsage"] === null;
      return known.includes(0) || known.includes(usage);
    }),
  );
}

function hasName(certificate: Certificate, name: string): boolean {
  const address = /^\[(.*)\]$/.exec(name)?.[1] ?? name;
  if (certificate.names.ips.some((bytes) => ipText(bytes) === address)) return true;
  const host = name.toLowerCase().replace(/\.$/, "");
  return certificate.names.dns.some((pattern) => matchesHost(pattern.toLowerCase().replace(/\.$/, ""), host));
}

/** A wildcard stands for exactly one whole label, the leftmost. */
function matchesHost(pattern: string, host: string): boolean {
  const rules = pattern.split(".");
  const labels = host.split(".");
  if (host === "" || rules.length !== labels.length) return false;
  return rules.every((rule, i) => (i === 0 && rule === "*" && labels[0] !== "") || rule === labels[i]);
}
