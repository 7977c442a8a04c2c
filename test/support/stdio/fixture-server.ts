/** An MCP server on its standard streams, written by hand so that it can also do what no library would. */
import { openSync, writeSync } from "node:fs";

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown> & {
    readonly name?: string;
    readonly arguments?: Record<string, unknown>;
    readonly _meta?: { readonly progressToken?: string | number };
  };
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Results that JSON.stringify would not write. */
const rawResults: ReadonlyMap<string, string> = new Map([
  ["numbers", '{"content":[],"structuredContent":{"large":12345678901234567890,"one":1.0}}'],
  ["twice", '{"content":[{"type":"text","text":"one","text":"other"}]}'],
]);

const tools =
  "echo env place wait ask noise exit flood foreign long-line stop-reading complain numbers twice count later let-go tell-late allocate open-files".split(
    " ",
  );
const asked = new Map<number, (answer: Message) => void>();
const waiting: (() => void)[] = [];
let nextAsked = 0;
let counted = 0;

function write(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

const text = (value: unknown): object => ({
  content: [{ type: "text", text: typeof value === "string" ? value : JSON.stringify(value) }],
});

function ask(method: string, params: object): Promise<Message> {
  const id = nextAsked++;
  write({ id, method, params });
  return new Promise((resolve) => asked.set(id, resolve));
}

const handlers: Record<string, (args: Record<string, unknown>, message: Message) => unknown> = {
  echo: ({ value }) => text(value ?? ""),
  env: () => text(process.env),
  place: () => text({ pid: process.pid, cwd: process.cwd(), uid: process.getuid?.() }),
  allocate: ({ bytes }) => text(String(Buffer.allocUnsafe(Number(bytes)).length)),
  "open-files": ({ count }) =>
    text(String(Array.from({ length: Number(count) }, () => openSync("/dev/null", "r")).length)),
  count: () => text(String((counted += 1))),
  numbers: () => ({ content: [], structuredContent: JSON.parse("{}") as object }),
  wait: (_args, { params }) => {
    const progressToken = params?._meta?.progressToken;
    if (progressToken !== undefined)
      write({ method: "notifications/progress", params: { progressToken, progress: 1, message: "waits" } });
    return undefined;
  },
  ask: async ({ method = "elicitation/create" }) => {
    const schema = { type: "object", properties: { name: { type: "string" } } };
    const params = method === "roots/list" ? {} : { message: "who?", requestedSchema: schema };
    const { result, error } = await ask(String(method), params);
    return text(result ?? { error });
  },
  noise: () => {
    writeSync(1, 'this is no message\n{"jsonrpc":"1.0"}\n[]\n\n{broken\n');
    return text("said");
  },
  exit: () => process.exit(3),
  flood: ({ count = 10_000, method = "notifications/message" }) => {
    const params = { level: "info", data: "x".repeat(200) };
    for (let sent = 0; sent < Number(count); sent += 1) write({ method, params });
    return text("flooded");
  },
  foreign: (_args, { id }) => {
    for (const other of [Number(id) + 1, String(id), -1, 99_999]) write({ id: other, result: text("not yours") });
    return text("mine");
  },
  "long-line": ({ bytes = 100_000_000 }) => {
    const piece = Buffer.alloc(65_536, 0x78);
    for (let sent = 0; sent < Number(bytes); sent += piece.length) process.stdout.write(piece);
    return undefined;
  },
  "stop-reading": () => {
    process.stdin.pause();
    // A process that waits for nothing ends.
    setInterval(() => undefined, 60_000);
    return text("deaf");
  },
  complain: ({ lines = 1, value = "trouble" }) => {
    for (let line = 0; line < Number(lines); line += 1) process.stderr.write(`${String(value)} ${line}\n`);
    return text(String(value));
  },
  later: (_args, { params }) => {
    const progressToken = params?._meta?.progressToken ?? null;
    write({ method: "notifications/progress", params: { progressToken, progress: 1 } });
    return new Promise((resolve) => waiting.push(() => resolve(text("what came later"))));
  },
  "let-go": () => {
    for (const answer of waiting.splice(0)) answer();
    return text("let go");
  },
  "tell-late": () => {
    setTimeout(() => void ask("elicitation/create", { message: "late", requestedSchema: {} }), 50);
    return text("soon");
  },
};

async function handle(message: Message): Promise<void> {
  const { id, method, params } = message;
  if (method === undefined) {
    asked.get(Number(id))?.(message);
    return;
  }
  if (method === "notifications/cancelled")
    process.stderr.write(`the fixture was told that ${String(params?.["requestId"])} is called off\n`);
  if (id === undefined) return;
  if (method === "initialize") {
    const capabilities = { tools: { listChanged: true }, resources: { subscribe: true } };
    const protocolVersion = params?.["protocolVersion"];
    return write({ id, result: { protocolVersion, capabilities, serverInfo: { name: "fixture", version: "1" } } });
  }
  if (method === "tools/list")
    return write({ id, result: { tools: tools.map((name) => ({ name, inputSchema: { type: "object" } })) } });
  const raw = method === "tools/call" ? rawResults.get(params?.name ?? "") : undefined;
  if (raw !== undefined) {
    process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${raw}}\n`);
    return;
  }
  if (method === "tools/call") {
    const result = await handlers[params?.name ?? ""]?.(params?.arguments ?? {}, message);
    if (result !== undefined) write({ id, result });
    return;
  }
  if (method === "resources/subscribe" || method === "resources/unsubscribe") {
    write({ id, result: {} });
    return write({ method: "notifications/resources/updated", params: { uri: params?.["uri"] } });
  }
  write({ id, error: { code: -32_601, message: `no method ${method}` } });
}

let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk: string) => {
  rest += chunk;
  for (let end = rest.indexOf("\n"); end !== -1; end = rest.indexOf("\n")) {
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    void handle(JSON.parse(line) as Message);
  }
});
process.stdin.on("end", () => process.exit(0));
process.stderr.write(`the fixture has started with ${process.argv.slice(2).join(" ")}\n`);
