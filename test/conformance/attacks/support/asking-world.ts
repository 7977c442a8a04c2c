import type { ServerResponse } from "node:http";
import { eventually } from "../../../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../../../support/recording-upstream.ts";
import { crmRoute } from "../../../support/routes.ts";
import { startGateway, type TestGateway } from "../../../support/start-gateway.ts";

/** A site's rule about what people and models answer, in either era. */
const noSecrets = `package sallyport.rules.site.answers

import data.sallyport.reason

# METADATA
# title: Answers to tool servers hold no secrets
# custom:
#   code: ANSWER_SECRET
#   severity: high
#   controls: [ASI03]
_secret := reason.of(rego.metadata.chain())

deny contains _secret if {
	input.action.name == "response"
	startswith(input.context.arguments.result.content.name, "sk-")
}

deny contains _secret if {
	some response in input.context.input_responses
	startswith(response.content.name, "sk-")
}
`;

/** What a site may take out of calls before they are sent. */
const withoutNotes = `package sallyport.rules.site.notes

oblige contains {"type": "redact_arguments", "pointers": ["/note"]} if input.context.arguments.note
`;

export type Message = Readonly<Record<string, unknown>>;

export interface Sent {
  readonly status: number;
  readonly text: string;
}

export interface As {
  readonly route?: string;
  readonly sub?: string;
  readonly headers?: object;
}

interface Told {
  readonly message: Message;
  readonly headers: ReadonlyMap<string, string>;
}

/** A gateway before a tool server that asks its callers what a test says; on the route `quiet` it may ask nothing. */
export interface AskingWorld {
  readonly gateway: TestGateway;
  readonly upstream: RecordingUpstream;
  /** Null: the stream of the session. */
  send(message: Message | null, as?: As): Promise<Sent>;
  /** Calls are answered with these events, anything else is accepted. */
  plays(...events: string[]): void;
  /** Everything is answered with this result, under the id of `findTicket`. */
  says(result: object): void;
  /** The answers that the tool server got. */
  toldServer(): Told[];
  toldAbout(id: unknown): Promise<Told>;
  close(): Promise<unknown>;
}

/** One for the tests of a file: started before them, and ended after. */
export function askingWorldOfFile(): Omit<AskingWorld, "close"> {
  let world: AskingWorld | undefined;
  beforeAll(async () => {
    world = await askingWorld();
  });
  afterAll(() => world?.close());
  beforeEach(() => void world?.upstream.requests.splice(0));
  const now = (): AskingWorld => {
    if (world === undefined) throw new Error("the gateway has not started");
    return world;
  };
  return {
    get gateway() {
      return now().gateway;
    },
    get upstream() {
      return now().upstream;
    },
    send: (...sent) => now().send(...sent),
    plays: (...events) => now().plays(...events),
    says: (result) => now().says(result),
    toldServer: () => now().toldServer(),
    toldAbout: (id) => now().toldAbout(id),
  };
}

async function askingWorld(): Promise<AskingWorld> {
  const upstream = await recordingUpstream();
  const quiet = { id: "quiet", prefix: "/mcp/quiet", server: "quiet", credential: undefined };
  const gateway = await startGateway({
    routes: [crmRoute(upstream.origin), crmRoute(upstream.origin, quiet)],
    policy: async (copy) => {
      const ticket = { sensitivity: "low", reversible: true, sink: "internal", owner: "tests", labels: [] };
      await copy.addData("catalog", { quiet: { find_ticket: { ...ticket, returns: { own_text: true } } } });
      await copy.addData("entitlements", { support: { quiet: { tools: { find_ticket: true } } } });
      await copy.addData("server_requests", {
        quiet: {},
        crm: { elicitation: true, url_hosts: ["sign.example", "localhost"] },
      });
      await copy.writeNew("sallyport/rules/site/answers/answers.rego", noSecrets);
      await copy.writeNew("sallyport/rules/site/notes/notes.rego", withoutNotes);
    },
  });
  const toldServer = (): Told[] =>
    upstream.requests
      .filter(({ method }) => method === "POST")
      .map(({ body, headers }) => ({ message: JSON.parse(body.toString()) as Message, headers: new Map(headers) }))
      .filter(({ message }) => !("method" in message));
  return {
    gateway,
    upstream,
    toldServer,
    send: (message, as) => send(gateway, message, as),
    plays: (...events) =>
      upstream.answerWith((req, res: ServerResponse, { body }) => {
        if (req.method === "POST" && !body.includes("tools/call")) return void res.writeHead(202).end();
        res.writeHead(200, { "content-type": "text/event-stream" });
        for (const one of events) res.write(one);
        res.end();
      }),
    says: (result) =>
      upstream.answerWith((_req, res: ServerResponse) => {
        res.writeHead(200, { "content-type": "application/json" });
        res.end(JSON.stringify({ jsonrpc: "2.0", id: 8, result }));
      }),
    toldAbout: (id) =>
      eventually("the error", async () => toldServer().find(({ message }) => message["id"] === id) ?? null),
    close: () => Promise.all([gateway.close(), upstream.close()]),
  };
}

async function send(
  gateway: TestGateway,
  message: Message | null,
  { route = "crm", sub = "support-bot", headers = {} }: As = {},
): Promise<Sent> {
  const prefix = `/mcp/${route}`;
  const token = gateway.token({ sub, role: "support" }, prefix);
  const response = await fetch(gateway.agents + prefix, {
    method: message === null ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      ...(message === null ? {} : { "content-type": "application/json" }),
      ...(await gateway.inSession(token, prefix, headers)),
    },
    ...(message === null ? {} : { body: JSON.stringify(message) }),
  });
  return { status: response.status, text: await response.text().catch((error: unknown) => `cut: ${String(error)}`) };
}

export const findTicket = (more: object = {}): Message => ({
  jsonrpc: "2.0",
  id: 8,
  method: "tools/call",
  params: { name: "find_ticket", arguments: { query: "x" }, ...more },
});
export const found = { content: [{ type: "text", text: "found" }] };
/** What a form asks for. */
export const form = { message: "who?", requestedSchema: { type: "object", properties: { name: { type: "string" } } } };
