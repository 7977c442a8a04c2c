/** What a caller hears of resources: of those alone that it may see when they change. */
import { mkdir } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { allowWhole } from "../support/allow-whole.ts";
import { eventually } from "../support/eventually.ts";
import { listenAt } from "../support/mcp-listener.ts";
import { recordingUpstream, type RecordingUpstream } from "../support/recording-upstream.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const [open, secret, madeUp] = ["crm://doc/open", "crm://doc/secret", "crm://secret/nothing"];
const notifications = { toolsListChanged: true, resourceSubscriptions: [open, secret, madeUp] };

const rule = "sallyport/rules/site/secret/secret.rego";

/** Refuses the resources whose ids have one of these words, and hides secret ones. */
const hiding = (...words: readonly string[]) => `package sallyport.rules.site.secret

import data.sallyport.reason

# METADATA
# title: Nobody may know of what is secret
# custom:
#   code: SECRET
#   severity: high
#   controls: [ASI03]
#   owner: tests
_secret := reason.of(rego.metadata.chain())

deny contains _secret if {
\tsome word in ${JSON.stringify(words)}
\tcontains(input.resource.id, word)
}

hide contains each if {
\tsome each in deny
\tcontains(input.resource.id, "secret")
}
`;

const told = (method: string, params: object) => JSON.stringify({ jsonrpc: "2.0", method, params });
const updated = (uri: string) => told("notifications/resources/updated", { uri });
const changed = told("notifications/tools/list_changed", {});

let upstream: RecordingUpstream;
let gateway: TestGateway;
let stream: ServerResponse;
const tell = (...messages: readonly string[]) => stream.write(messages.map((one) => `data: ${one}\n\n`).join(""));

beforeAll(async () => {
  // A server that grants whatever is asked for.
  upstream = await recordingUpstream((_req, res) => {
    stream = res.writeHead(200, { "content-type": "text/event-stream" });
    tell(told("notifications/subscriptions/acknowledged", { notifications }));
  });
  gateway = await startGateway({
    routes: [crmRoute(upstream.origin, { credential: undefined })],
    policy: async (copy) => {
      await mkdir(copy.file("sallyport/rules/site/secret"), { recursive: true });
      await copy.write(rule, hiding("secret"));
      await allowWhole(copy, "crm", []);
    },
  });
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));

test("a hidden resource is neither granted nor told of, just as one that nobody has", async () => {
  const { next, leave } = await listenAt(gateway, { notifications });
  const granted = { toolsListChanged: true, resourceSubscriptions: [open] };
  expect(await next()).toMatchObject({ params: { notifications: granted } });
  tell(updated(secret), updated(madeUp), updated(open), updated(secret), changed);
  expect(JSON.stringify(await next())).toBe(updated(open));
  expect(JSON.stringify(await next())).toBe(changed);
  await leave();
});

test("a resource that is refused while its caller listens is told of no more", async () => {
  const { next, leave } = await listenAt(gateway, { notifications });
  await next();
  tell(updated(open));
  expect(JSON.stringify(await next())).toBe(updated(open));
  await gateway.policy?.write(rule, hiding("secret", "open"));
  await eventually("the policy counts", async () => {
    tell(updated(open), changed);
    const first = JSON.stringify(await next());
    if (first === updated(open)) await next();
    return first === changed ? true : null;
  });
  await leave();
});

test("an update that names its resource in two ways ends the stream", async () => {
  const { next } = await listenAt(gateway, { notifications });
  await next();
  tell(told("notifications/resources/updated", { uri: open, URI: secret }));
  expect(await next()).toMatchObject({ error: { data: { code: "upstream_answer_refused" } } });
  expect(await next()).toBeNull();
});
