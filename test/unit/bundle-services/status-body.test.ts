import { notActivated, pluginStates, statusBody } from "../../../gateway/bundle-services/status-body.ts";
import type { ServedBundleFailure, ServedBundleStatus } from "../../../gateway/domain/bundle-service.ts";
import type { PolicyStatus } from "../../../gateway/domain/ports.ts";

const at = Date.parse("2026-11-29T05:00:00Z");
const never = "0001-01-01T00:00:00Z";
const nothing: ServedBundleStatus = {
  name: "team",
  service: "acme",
  revision: null,
  bytes: null,
  type: "snapshot",
  lastRequest: null,
  lastSuccessfulRequest: null,
  lastSuccessfulDownload: null,
  lastSuccessfulActivation: null,
  failure: null,
  confirmedAt: null,
  stale: "no",
  loaded: 0,
  failed: 0,
};
const failure: ServedBundleFailure = {
  stage: "download",
  message: "why",
  httpStatus: null,
  unsigned: false,
  errors: [],
  since: at,
};
const status = (...served: ServedBundleStatus[]): PolicyStatus => ({
  active: null,
  failure: null,
  building: null,
  warnings: [],
  faults: [],
  served,
});
const told = (bundle: ServedBundleStatus): unknown =>
  (statusBody(status(bundle), {}, {}).bundles as { readonly team: unknown } | undefined)?.team;

test("has no bundles before the first request, and zero times for what has not happened", () => {
  expect(statusBody(status(nothing), { id: "gw-1" }, {})).toEqual({ labels: { id: "gw-1" }, plugins: {} });
  expect(told({ ...nothing, lastRequest: at })).toEqual({
    name: "team",
    last_successful_activation: never,
    last_successful_download: never,
    last_successful_request: never,
    last_request: "2026-11-29T05:00:00.000Z",
  });
});

test.each<[Partial<ServedBundleFailure>, object]>([
  [{}, { code: "bundle_error", message: "why" }],
  [{ httpStatus: 304 }, { code: "bundle_error", message: "why" }],
  [{ httpStatus: 404 }, { code: "bundle_error", message: "server replied with Not Found", http_code: 404 }],
  [
    { errors: [{ file: "team/a.rego", line: 3, message: "rego_type_error: undefined f" }] },
    { errors: [{ code: "rego_type_error", message: "undefined f", location: { file: "/a.rego", row: 3 } }] },
  ],
  [
    { errors: [{ file: "policy/b.rego", line: 1, column: 2, message: "other" }] },
    { errors: [{ code: "policy_error", message: "other", location: { file: "policy/b.rego", row: 1, col: 2 } }] },
  ],
])("tells of a failure as OPA does: %j", (changes, body) => {
  expect(told({ ...nothing, lastRequest: at, failure: { ...failure, ...changes } })).toMatchObject(body);
});

test("has the plugins that are configured, and is ready once every bundle has been active", () => {
  const [one, two] = [
    { ...nothing, loaded: 1 },
    { ...nothing, name: "other" },
  ];
  expect(notActivated(status(one, two))).toEqual(["other"]);
  expect(pluginStates(status(one, two), { status: true, decisionLogs: false })).toEqual({
    bundle: { state: "NOT_READY" },
    status: { state: "OK" },
  });
  expect(pluginStates(status(one), { status: false, decisionLogs: true })).toEqual({
    bundle: { state: "OK" },
    decision_logs: { state: "OK" },
  });
  expect(pluginStates(status(), { status: false, decisionLogs: false })).toEqual({});
});

test("tells of a discovery bundle beside the others, and is not ready before its document is in force", () => {
  const discovery = { ...nothing, name: "discovery", ignored: [], logsUnsent: false };
  const before = { ...status(), discovery };
  expect([statusBody(before, {}, {}), notActivated(before)]).toEqual([{ labels: {}, plugins: {} }, ["discovery"]]);
  const configured = { status: false, decisionLogs: false };
  expect(pluginStates(before, configured)).toEqual({ discovery: { state: "NOT_READY" } });
  const after = { ...status(), discovery: { ...discovery, loaded: 1, revision: "d1", ignored: ["a", "b"] } };
  expect(pluginStates(after, configured)).toEqual({ discovery: { state: "OK" } });
  expect(statusBody(after, {}, {})).toMatchObject({
    discovery: { name: "discovery", active_revision: "d1", message: "without effect: a; b" },
  });
  const failed = { ...status(), discovery: { ...after.discovery, failure } };
  expect(statusBody(failed, {}, {})).toMatchObject({ discovery: { code: "bundle_error", message: "why" } });
});
