import { STATUS_CODES } from "node:http";
import type { DiscoveryStatus, RuleError, ServedBundleFailure, ServedBundleStatus } from "../domain/bundle-service.ts";
import type { PolicyStatus } from "../domain/ports.ts";
import { askedBundles } from "./entry.ts";

/** Goes with `errors`, as OPA has it (`MsgCompileModuleError`). */
const compileMessage = "error(s) occurred while compiling module(s)";
/** What OPA writes where something has not happened yet. */
const never = "0001-01-01T00:00:00Z";

export type PluginState = "OK" | "NOT_READY";

/** What OPA calls plugins, by name: those of its configuration that this gateway has too. */
export type PluginStates = Readonly<Record<string, { readonly state: PluginState }>>;

export interface ConfiguredPlugins {
  /** Where the state of bundles is told. */
  readonly status: boolean;
  /** Whether OPA's decision log API is told of decisions. */
  readonly decisionLogs: boolean;
}

/** `bundle` is ready once each bundle of a service has been active; that does not end with a later failure. */
export function pluginStates(status: PolicyStatus, configured: ConfiguredPlugins): PluginStates {
  const { discovery, served = [] } = status;
  return {
    ...(served.length > 0 && { bundle: { state: notActivated({ served }).length === 0 ? "OK" : "NOT_READY" } }),
    ...(discovery !== undefined && { discovery: { state: discovery.loaded > 0 ? "OK" : "NOT_READY" } }),
    ...(configured.decisionLogs && { decision_logs: { state: "OK" } }),
    ...(configured.status && { status: { state: "OK" } }),
  };
}

/** Names of the bundles that have never been active since the start, sorted; before a discovery bundle is, others are not known. */
export function notActivated(status: Pick<PolicyStatus, "discovery" | "served">): string[] {
  return askedBundles(status)
    .flatMap(({ name, loaded }) => (loaded === 0 ? [name] : []))
    .sort();
}

/**
 * The body of OPA's status API (`UpdateRequestV1` in v1/plugins/status/plugin.go of OPA 1.22). Bundles are there after the first
 * request for one of them. What OPA leaves out when it is empty is left out.
 */
export function statusBody(status: PolicyStatus, labels: Readonly<Record<string, string>>, plugins: PluginStates) {
  const { discovery, served = [] } = status;
  const isAsked = served.some(isKnown);
  const bundles = served.map((bundle) => [bundle.name, bundleStatus(bundle)] as const);
  return {
    labels,
    ...(isAsked && { bundles: Object.fromEntries(bundles) }),
    ...(discovery !== undefined && isKnown(discovery) && { discovery: discoveryStatus(discovery) }),
    plugins,
  };
}

const isKnown = ({ lastRequest, loaded }: ServedBundleStatus): boolean => lastRequest !== null || loaded > 0;

/** What of a document has no effect is told in the message, as OPA tells there which of its keys do not count. */
function discoveryStatus({ ignored, logsUnsent: _logsUnsent, ...bundle }: DiscoveryStatus): object {
  const without = ignored.length > 0 && bundle.failure === null;
  return { ...bundleStatus(bundle), ...(without && { message: `without effect: ${ignored.join("; ")}` }) };
}

function bundleStatus(bundle: ServedBundleStatus): object {
  const { name, revision, bytes, type, failure, lastSuccessfulActivation, lastSuccessfulDownload } = bundle;
  const isLoaded = lastSuccessfulDownload !== null || lastSuccessfulActivation !== null;
  return {
    name,
    ...(revision !== null && { active_revision: revision }),
    last_successful_activation: time(lastSuccessfulActivation),
    ...(isLoaded && { type }),
    ...(bytes !== null && { size: bytes }),
    last_successful_download: time(lastSuccessfulDownload),
    last_successful_request: time(bundle.lastSuccessfulRequest),
    last_request: time(bundle.lastRequest),
    ...(failure !== null && failureStatus(name, failure)),
  };
}

function failureStatus(name: string, { message, httpStatus, errors }: ServedBundleFailure): object {
  const code = "bundle_error";
  if (errors.length > 0)
    return { code, message: compileMessage, errors: errors.map((error) => ruleError(name, error)) };
  if (httpStatus === null || httpStatus === 304) return { code, message };
  return { code, message: `server replied with ${STATUS_CODES[httpStatus] ?? ""}`, http_code: httpStatus };
}

/** An error of OPA begins with its code, such as `rego_type_error`. Files of other sources are named with their source. */
function ruleError(name: string, { file, line, column, message }: RuleError): object {
  const [, code = "policy_error", text = message] = /^(rego_\w+): ([^]*)$/.exec(message) ?? [];
  const ownFile = file.startsWith(`${name}/`) ? file.slice(name.length) : file;
  const location = { file: ownFile, row: line, ...(column !== undefined && { col: column }) };
  return { code, message: text, location };
}

const time = (at: number | null): string => (at === null ? never : new Date(at).toISOString());
