import { servedFindings } from "../../../gateway/bundle-services/findings.ts";
import type { ServedBundleFailure, ServedBundleStatus } from "../../../gateway/domain/bundle-service.ts";

const since = Date.parse("2026-11-29T05:00:00Z");
const status = (changes: Partial<ServedBundleStatus> = {}): ServedBundleStatus => ({
  name: "authz",
  service: "acme",
  revision: "r1",
  bytes: 10,
  type: "snapshot",
  lastRequest: since,
  lastSuccessfulRequest: since,
  lastSuccessfulDownload: since,
  lastSuccessfulActivation: since,
  failure: null,
  confirmedAt: since,
  stale: "no",
  loaded: 1,
  failed: 0,
  ...changes,
});
const failed = (changes: Partial<ServedBundleFailure>): ServedBundleStatus =>
  status({
    failure: { stage: "download", message: "why", httpStatus: null, unsigned: false, errors: [], since, ...changes },
  });

test("finds nothing in a bundle whose newest is active and confirmed", () => {
  expect(servedFindings({ served: [status()] })).toEqual([]);
});

test.each<[Partial<ServedBundleFailure>, string, string]>([
  [{ stage: "download" }, "is not downloaded since", "mend the server or the way to it"],
  [{ stage: "download", unsigned: true }, "is not downloaded since", "is signed as its signing wants it"],
  [{ stage: "activate" }, "is downloaded and not activated since", "have the server send a bundle that fits"],
  [{ stage: "kept" }, "is kept on disk and not taken since", "have the server send it again"],
  [{ stage: "kept", unsigned: true }, "is kept on disk and not taken since", "signing wants it; none of it judges"],
  [{ stage: "persist" }, "is active and not kept on disk since", "make room in the data folder"],
])("names bundle, service, time, reason and remedy of a failure: %j", (failure, what, fix) => {
  expect(servedFindings({ served: [failed(failure)] })).toEqual([
    {
      name: "policy-bundle",
      problem: `bundle authz of acme ${what} 2026-11-29T05:00:00.000Z: why`,
      fix: expect.stringContaining(fix),
      severity: "degraded",
    },
  ]);
});

test("stops traffic for a bundle that is too old only where calls are refused for it", () => {
  const found = servedFindings({ served: [status({ stale: "told" }), status({ stale: "denies", confirmedAt: null })] });
  expect(found.map(({ severity, problem }) => [severity, problem])).toEqual([
    ["degraded", expect.stringContaining("was last confirmed at 2026-11-29T05:00:00.000Z by acme")],
    [
      "unready",
      expect.stringMatching(/has not been confirmed since the start.*every call is refused \(policy_stale\)$/),
    ],
  ]);
});

test("finds decisions that a document wants sent and that are not, until the document or the configuration is another", () => {
  const discovery = { ...status(), name: "discovery", ignored: [] };
  expect(servedFindings({ discovery: { ...discovery, logsUnsent: false } })).toEqual([]);
  expect(
    servedFindings({ discovery: { ...discovery, logsUnsent: true }, served: [status({ stale: "told" })] }),
  ).toEqual([
    expect.objectContaining({ name: "policy-stale" }),
    {
      name: "policy-discovered-logs",
      problem: expect.stringContaining("no decision is sent by it"),
      fix: expect.stringContaining("record.ship"),
      severity: "degraded",
    },
  ]);
});
