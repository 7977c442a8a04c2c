import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { dotted, findingsOf, inOurWords } from "../../lib/schema-findings.ts";
import type { Finding } from "../../lib/yaml-places.ts";
import { bundleFindings, ownNames } from "../checks/bundle-services.ts";
import type { ServedBundleValues } from "../draft.ts";
import type { DiscoveredConfig, SigningConfig } from "../policy-config.ts";
import { servedBundle, type ServiceGround, statusTarget } from "../resolve-bundle-services.ts";
import { discoveryName, statusSchema } from "../schema/bundle-services.ts";
import { bundleSchema } from "../schema/policy.ts";
import { bundleValues, goesElsewhere, serviceFor, statusValues } from "./plane-sections.ts";
import { type OpaNotes, Section } from "./section.ts";

/** What the configuration says, which no document changes. */
export interface Given {
  readonly ground: ServiceGround;
  /** Of the discovery bundle, whose keys its bundles may name. */
  readonly signing: SigningConfig | null;
  /** Of the discovery bundle: it holds for those bundles too. */
  readonly stale: Pick<ServedBundleValues, "max_stale" | "when_stale">;
  /** Names of its own bundles and labels, whether it has a status, and whether it sends decisions to a collector of OPA. */
  readonly own: {
    readonly bundles: readonly string[];
    readonly labels: readonly string[];
    readonly status: boolean;
    readonly decisionLogs: boolean;
  };
}

/**
 * Reads documents of a discovery bundle, in the form of OPA's configuration. Services and keys are those of the gateway's own
 * configuration: a document that has some could have its bundles, or a credential, go anywhere.
 */
export function discoveredFrom(given: Given): (document: unknown) => DiscoveredConfig {
  return (document) => {
    if (document === null || typeof document !== "object" || !isJsonObject(document))
      throw new Error("the document is no object");
    return new Reading(document, given).read();
  };
}

class Reading {
  readonly #given: Given;
  readonly #notes: OpaNotes = { faults: [], ignored: [] };
  readonly #root: Section;

  constructor(document: JsonObject, given: Given) {
    this.#given = given;
    this.#root = new Section(document, [], this.#notes);
    for (const name of ["services", "keys"])
      if (this.#root.raw(name) !== undefined)
        this.#root.fault(name, "may not come from a document; write it in the gateway's own configuration");
    for (const name of ["bundles", "status", "labels"])
      // OPA would replace it by a variable of its environment, where secrets are.
      if (JSON.stringify(this.#root.raw(name) ?? null).includes("${"))
        this.#root.fault(name, "has ${…}: the gateway's environment is not for documents; have the rules read labels");
  }

  /** @throws Error that names each mistake */
  read(): DiscoveredConfig {
    this.#refuseMistakes();
    const labels = this.#labels();
    const [bundles, status, logsUnsent] = [this.#bundles(), this.#status(), this.#logsUnsent()];
    this.#root.end();
    this.#refuseMistakes();
    const ignored = this.#notes.ignored.map(asText);
    return { bundles: bundles.map((one) => this.#resolved(one)), status, labels, logsUnsent, ignored };
  }

  #refuseMistakes(): void {
    const { faults } = this.#notes;
    if (faults.length > 0) throw new Error(faults.map(asText).join("; "));
  }

  #labels(): Record<string, string> {
    const labels = this.#root.section("labels");
    const entries = (labels?.names ?? []).flatMap((name) => {
      const value = labels?.raw(name);
      if (typeof value !== "string") labels?.fault(name, "expected a text");
      const isOwn = this.#given.own.labels.includes(name);
      if (isOwn) labels?.ignore(name, "is a label of the gateway's own configuration, which counts");
      return isOwn || typeof value !== "string" ? [] : [[name, value] as const];
    });
    return Object.fromEntries(entries);
  }

  #bundles(): BundleOfDocument[] {
    const bundles = this.#root.section("bundles");
    return (bundles?.names ?? []).flatMap((name) => {
      const section = bundles?.section(name) ?? null;
      if (section === null) return [];
      if (this.#given.own.bundles.includes(name)) {
        bundles?.ignore(name, "is a bundle of the gateway's own configuration, which counts");
        return [];
      }
      if ([...ownNames, discoveryName].includes(name)) bundles?.fault(name, "is a name of the gateway's own");
      return this.#bundle(name, section);
    });
  }

  #bundle(name: string, section: Section): BundleOfDocument[] {
    const { stale, ground } = this.#given;
    const signing = this.#signing(section);
    const service = serviceFor(section, Object.keys(ground.services)) ?? "";
    const parsed = bundleSchema.safeParse(bundleValues(name, section, service), { error: inOurWords });
    const values = parsed.success ? { ...parsed.data, ...stale } : null;
    const findings: Finding[] = [
      ...dotSegments(values?.resource),
      ...findingsOf(parsed.error?.issues ?? [], bundleSchema),
      ...(values === null || service === "" ? [] : bundleFindings(values, [], ground.services)),
    ];
    for (const one of findings) this.#notes.faults.push({ ...one, path: [...section.path, ...one.path] });
    return values === null ? [] : [{ values, signing }];
  }

  #signing(section: Section): SigningConfig | null {
    const signing = section.section("signing");
    if (signing === null) return null;
    const known = this.#given.signing;
    // What is absent is as in policy.discovery.signing: without it any of the keys, and any scope, would do.
    const keyId = signing.raw("keyid") ?? known?.keyId ?? null;
    const scope = signing.raw("scope") ?? known?.scope ?? "";
    signing.end();
    if (known === null) section.fault("signing", "needs policy.discovery.signing, whose keys it may name");
    else if (keyId !== null && !known.keys.has(String(keyId)))
      signing.fault("keyid", `is none of the keys of policy.discovery.signing: ${[...known.keys.keys()].join(", ")}`);
    return known === null
      ? null
      : { keys: known.keys, keyId: keyId === null ? null : String(keyId), scope: String(scope) };
  }

  #status(): DiscoveredConfig["status"] {
    const { own, ground } = this.#given;
    const section = this.#root.section("status");
    if (section === null || goesElsewhere(this.#root, section, ["console", "prometheus"])) return null;
    if (own.status) {
      this.#root.ignore("status", "stands in the gateway's own configuration, which counts");
      return null;
    }
    const service = serviceFor(section, Object.keys(ground.services));
    const parsed = statusSchema.safeParse(statusValues(section, service ?? ""), { error: inOurWords });
    for (const one of parsed.success ? [] : findingsOf(parsed.error.issues, statusSchema))
      if (service !== null) this.#notes.faults.push({ ...one, path: [...section.path, ...one.path] });
    return parsed.success && service !== null ? statusTarget(parsed.data, ground) : null;
  }

  /** What callers send is in decisions: where they go is for the gateway's own configuration alone. */
  #logsUnsent(): boolean {
    const section = this.#root.section("decision_logs");
    if (section === null || goesElsewhere(this.#root, section, ["console"])) return false;
    const { decisionLogs } = this.#given.own;
    this.#root.ignore(
      "decision_logs",
      decisionLogs
        ? "stands in the gateway's own configuration, as a destination of record.ship, which counts"
        : "is not followed, and no decision is sent by it; write record.ship in the gateway's own configuration",
    );
    return !decisionLogs;
  }

  #resolved({ values, signing }: BundleOfDocument): DiscoveredConfig["bundles"][number] {
    return { served: servedBundle(values, this.#given.ground), signing };
  }
}

/** URLs are resolved: such a resource would be asked for elsewhere than below the URL of its service. */
function dotSegments(resource = ""): Finding[] {
  const [path = ""] = resource.split(/[?#]/);
  const isDots = (step: string): boolean => /^(?:\.|%2e){1,2}$/i.test(step);
  if (!path.split(/[/\\]|%2f|%5c/i).some(isDots)) return [];
  return [{ path: ["resource"], at: "value", message: "may not have . or .. between slashes" }];
}

interface BundleOfDocument {
  readonly values: ServedBundleValues;
  readonly signing: SigningConfig | null;
}

const asText = ({ path, message }: Finding): string => `${dotted(path)} ${message}`;
