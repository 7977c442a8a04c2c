import type { Approver } from "../../demo/agent/approver.ts";
import { eventually } from "../support/eventually.ts";
import type { PolicyCopy } from "../support/policy-copy.ts";
import { type Recorded, recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { paymentsRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const named = ["x-amz-target", "accept"];

/** Denies every operation that is named Delete…, read from the header alone: all are one POST to one path. */
const noDeletes = `package sallyport.rules.tables.no_deletes

import data.sallyport.reason

# METADATA
# title: Tables are not deleted
# description: The operation stands in a header.
# custom:
#   code: TABLE_DELETED
#   severity: high
#   controls: [ASI02]
#   owner: tests
_deletes := reason.of(rego.metadata.chain())

deny contains _deletes if {
	startswith(input.resource.properties.request.headers["x-amz-target"], "Tables.Delete")
}
`;

async function withRule(copy: PolicyCopy): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(copy.file("sallyport/rules/tables/no_deletes"), { recursive: true });
  await copy.write("sallyport/rules/tables/no_deletes/no_deletes.rego", noDeletes);
}

describe("headers that name the operation", () => {
  let upstream: RecordingUpstream;
  let gateway: TestGateway;
  let approver: Approver;
  let token: string;

  beforeAll(async () => {
    upstream = await recordingUpstream(undefined, named);
    const { upstream: to, ...rest } = paymentsRoute(upstream.origin);
    gateway = await startGateway({
      routes: [
        { ...rest, upstream: { ...(to as object), request_headers: named } },
        paymentsRoute(upstream.origin, { id: "plain", prefix: "/plain" }),
      ],
      policy: withRule,
    });
    approver = await gateway.approver();
    token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  });
  afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

  async function send(
    path: string,
    headers: Readonly<Record<string, string>>,
    init: RequestInit = {},
  ): Promise<{ response: Response; body: Record<string, unknown>; recorded: Recorded | undefined }> {
    upstream.requests.length = 0;
    const bearer = path.startsWith("/plain") ? gateway.token({ sub: "refund-bot", role: "refunds" }, "/plain") : token;
    const response = await fetch(gateway.agents + path, {
      ...init,
      headers: { authorization: `Bearer ${bearer}`, accept: "application/json", ...headers },
    });
    const body = (await response.json()) as Record<string, unknown>;
    return { response, body, recorded: upstream.requests[0] };
  }

  it("are refused where the route does not name them, with what to do, and nothing is sent", async () => {
    const { response, body, recorded } = await send("/plain/v1/orders/o-881", { "x-amz-target": "Tables.Get" });
    expect([response.status, body["code"], recorded]).toEqual([400, "header_refused", undefined]);
    expect(body["detail"]).toContain("x-amz-target says what is executed");
    const versioned = await send("/plain/v1/orders/o-881", { accept: "application/vnd.x.v2+json" });
    expect([versioned.response.status, versioned.body["code"], versioned.recorded]).toEqual([
      400,
      "header_refused",
      undefined,
    ]);
  });

  it("are refused, too, where they choose another account, and identities that proxies tell are dropped", async () => {
    for (const name of ["stripe-account", "x-tenant-id"]) {
      const { response, body, recorded } = await send("/plain/v1/orders/o-881", { [name]: "acct_other" });
      expect([response.status, body["code"], recorded]).toEqual([400, "header_refused", undefined]);
      expect(body["detail"]).toContain(`${name} says in which account or tenant it is executed`);
    }
    const { response, recorded } = await send("/plain/v1/orders/o-881", {
      "x-remote-user": "ana",
      "x-auth-tenant": "t",
    });
    expect(response.status).toBe(200);
    expect(recorded?.headers.map(([name]) => name)).not.toEqual(expect.arrayContaining(["x-remote-user"]));
    expect(recorded?.headers.map(([name]) => name)).not.toEqual(expect.arrayContaining(["x-auth-tenant"]));
  });

  it("leave an Accept with a version and without one to the range without", async () => {
    const accept = "application/vnd.x.v2+json, application/json";
    const { response, recorded } = await send("/plain/v1/orders/o-881", { accept });
    expect(response.status).toBe(200);
    expect(recorded?.headers.filter(([name]) => name === "accept")).toEqual([["accept", "application/json"]]);
  });

  it("are what policy decides by where the route names them", async () => {
    const allowed = await send("/payments/v1/orders/o-881", { "x-amz-target": "Tables.Get" });
    expect([allowed.response.status, allowed.recorded?.headers.filter(([name]) => name === "x-amz-target")]).toEqual([
      200,
      [["x-amz-target", "Tables.Get"]],
    ]);
    const denied = await send("/payments/v1/orders/o-881", { "x-amz-target": "Tables.DeleteAll" });
    expect([denied.response.status, denied.body["code"], denied.recorded]).toEqual([403, "TABLE_DELETED", undefined]);
  });

  it("are part of the recorded input and of the digest that the tool server works out itself", async () => {
    const { response, recorded } = await send("/payments/v1/orders/o-881", {
      "x-amz-target": "Tables.Get",
      accept: "application/vnd.x.v2+json",
    });
    const record = await eventually("the decision and its outcome are in the log", async () => {
      const found = (await approver
        .get(`/api/decisions/${response.headers.get("sallyport-decision")}`)
        .catch(() => null)) as { decision: Record<string, unknown>; outcome: Record<string, unknown> | null } | null;
      return found?.outcome === null ? null : found;
    });
    expect(record.decision["judged_digest"]).toBe(recorded?.digest);
    expect(record.outcome?.["forwarded_digest"]).toBe(recorded?.digest);
    expect(JSON.stringify(record.decision)).toContain('"x-amz-target":"Tables.Get"');
  });

  it("are on the card, and an approval of one operation runs no other", async () => {
    const init = { method: "POST", body: '{"order_id":"o-881","amount":12,"currency":"EUR","reason":"late"}' };
    const put = { "content-type": "application/json", "x-amz-target": "Tables.Put" };
    const held = await send("/payments/v1/refunds", put, init);
    expect([held.response.status, held.recorded]).toEqual([202, undefined]);
    const item = (await approver.open()).find((one) => one.state === "held");
    const card = (await approver.get(`/api/approvals/${item?.id}`)) as {
      approval: { binding: { headers: [string, string][] } };
    };
    expect(card.approval.binding.headers).toContainEqual(["x-amz-target", "Tables.Put"]);
    await approver.approve(item?.id ?? "");
    const other = await send("/payments/v1/refunds", { ...put, "x-amz-target": "Tables.Post" }, init);
    expect([other.response.status, other.recorded]).toEqual([202, undefined]);
    const same = await send("/payments/v1/refunds", put, init);
    expect([same.response.status, same.recorded?.method]).toEqual([200, "POST"]);
  });
});
