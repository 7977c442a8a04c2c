/** What is hidden is refused exactly as what does not exist, in the tool server's own words where unknown names reach it: whole answers are compared. */
import type { JsonObject } from "../../gateway/lib/json.ts";
import {
  type HiddenNames,
  hiddenNames,
  json,
  type Manner,
  nameIn,
  type Sent,
  type Version,
  versions,
  withoutApproval,
  withoutName,
} from "../support/hidden-names.ts";

/** What is asked for, by its name; both names have the same length. */
const asked: Readonly<Record<string, (name: string) => Sent>> = {
  "a tool": (name) => ({ method: "tools/call", params: { name: `of_${name}`, arguments: { path: "/a", n: 1 } } }),
  "a tool of one word": (name) => ({ method: "tools/call", params: { name } }),
  "a prompt": (name) => ({ method: "prompts/get", params: { name: `the "${name}" é`, arguments: { lang: "en" } } }),
  "a resource": (name) => ({ method: "resources/read", params: { uri: `crm://doc/${name}.txt` } }),
  "a resource below what is hidden": (name) => ({ method: "resources/read", params: { uri: `crm://${name}/7` } }),
  "a resource of a template": (name) => ({ method: "resources/read", params: { uri: `crm://item/${name}` } }),
  "values of a prompt": (name) => completing({ type: "ref/prompt", name }),
  "values of a template": (name) => completing({ type: "ref/resource", uri: `crm://${name}/{id}` }),
};
const legacyAlone: typeof asked = {
  "what is told of a resource": (name) => ({ method: "resources/subscribe", params: { uri: `crm://doc/${name}` } }),
};

function completing(ref: JsonObject) {
  return { method: "completion/complete", params: { ref, argument: { name: "id", value: "" } } };
}

/** How servers say that there is no such item; each has words of its own. */
const manners = {
  "a JSON answer"({ id }, name, res) {
    const error = { code: -32602, message: `MCP error -32602: ${name} not found`, data: { asked: name } };
    json(res, 200, { jsonrpc: "2.0", id: id ?? null, error });
  },
  "an event stream"({ id }, name, res) {
    const result = { content: [{ type: "text", text: `There is no ${name}.` }], isError: true };
    res.writeHead(200, { "content-type": "text/event-stream", "x-server": "events", "mcp-session-id": "s-1" });
    res.write(`id: 1\ndata: \n\nid: 2\nevent: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
    res.end();
  },
  "a 404"({ id }, name, res) {
    json(res, 404, {
      jsonrpc: "2.0",
      id: id ?? null,
      error: { code: -32002, message: `No ${name}`, data: { uri: name } },
    });
  },
  "a broken answer"(_message, _name, res) {
    res.writeHead(200, { "content-type": "text/html" }).end("<p>Oops</p>");
  },
  silence(_message, _name, res) {
    res.destroy();
  },
} satisfies Readonly<Record<string, Manner>>;

let here: HiddenNames;

beforeAll(async () => {
  here = await hiddenNames();
  await here.answerTo("open", "2025-11-25", { method: "resources/templates/list", params: {} });
});
afterAll(() => here?.close());

/** The answers to a name that nobody has and to one that is hidden, and what each has sent to the tool server. */
async function both(server: string, version: Version, ask: (typeof asked)[string]) {
  const of = async (name: string) => {
    const before = here.upstream.requests.length;
    const answer = withoutName(await here.answerTo(server, version, ask(name)), name);
    const sent = here.upstream.requests.slice(before).map(({ body }) => JSON.parse(body.toString()) as JsonObject);
    return { answer, sent: sent.map(({ method }) => method), names: sent.map(nameIn) };
  };
  return { unknown: await of("zzzzzzz"), hidden: await of("secrets") };
}

const cases = versions.flatMap((version) =>
  Object.entries({ ...asked, ...(version === "2026-07-28" ? {} : legacyAlone) }).map(
    ([what, ask]) => [version, what, ask] as const,
  ),
);
const everywhere = cases.flatMap(([version, what, ask]) =>
  (Object.keys(manners) as (keyof typeof manners)[]).map((how) => [version, what, how, ask] as const),
);

test.each(everywhere)("in MCP %s asking for %s of a server that answers with %s", async (version, _what, how, ask) => {
  here.answerWith(manners[how]);
  const { unknown, hidden } = await both("open", version, ask);
  expect(hidden.answer).toBe(unknown.answer);
  expect(hidden.sent).toEqual(unknown.sent);
  expect(unknown.sent).toHaveLength(1);
  expect(hidden.names.join()).not.toContain("secrets");
});

test.each(cases.filter(([, what]) => what.startsWith("a tool")))(
  "in MCP %s asking for %s that policy refuses with a reason, or that people are asked about",
  async (version, _what, ask) => {
    for (const [server, told] of [
      ["told", "NOT_HERE"],
      ["held", "approvalId"],
    ] as const) {
      const { unknown, hidden } = await both(server, version, ask);
      expect(withoutApproval(hidden.answer)).toBe(withoutApproval(unknown.answer));
      expect(hidden.answer).toContain(told);
      expect([...hidden.sent, ...unknown.sent]).toEqual([]);
    }
  },
);

test.each(cases)(
  "in MCP %s asking for %s of a server of which a caller may see nothing",
  async (version, _what, ask) => {
    const { unknown, hidden } = await both("shut", version, ask);
    expect(hidden.answer).toBe(unknown.answer);
    expect(hidden.answer).toMatch(/Unknown|not found/);
    expect([...hidden.sent, ...unknown.sent]).toEqual([]);
  },
);

/** Asks of a name that nobody has and of one that is hidden, one after the other; what is said to each, told apart by nothing but the name. */
async function bothHear(steps: (name: string) => Promise<readonly string[]>) {
  const unknown = await steps("zzzzzzz");
  const hidden = await steps("secrets");
  expect(hidden).toEqual(unknown);
  expect(hidden.join()).not.toMatch(/x[0-9a-f]{24}/);
  return hidden;
}

const withTasks = {
  "2025-11-25": { task: { task: { ttl: 60_000 } }, asks: ["tasks/get", "tasks/result"], capabilities: {} },
  "2026-07-28": {
    task: {},
    asks: ["tasks/get"],
    capabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } },
  },
} as const;

test.each(Object.entries(withTasks))(
  "in MCP %s a tool that is called as a task, with people asked about it or not",
  async (key, { task, asks, capabilities }) => {
    const version = key as Version;
    here.answerWith(manners["a JSON answer"]);
    const approver = await here.gateway.approver();
    for (const server of version === "2025-11-25" ? ["open", "held"] : ["held"]) {
      const heard = await bothHear(async (name) => {
        const params = { name: `of_${name}`, arguments: {}, ...task };
        const begun = await here.answerTo(server, version, { method: "tools/call", params, capabilities });
        const taskId = /"taskId":"([^"]+)"/.exec(begun.body)?.[1] ?? "";
        const ask = (method: string) => here.answerTo(server, version, { method, params: { taskId }, capabilities });
        const answers = [begun, ...(server === "held" ? [await ask("tasks/get")] : [])];
        const approvalId = /\ba_[A-Za-z0-9_-]{22}/.exec(begun.body)?.[0];
        if (approvalId !== undefined) await approver.approve(approvalId);
        for (const method of asks.toReversed()) answers.push(await ask(method));
        return answers.map((answer) => withoutApproval(withoutName(answer, name)).replaceAll(taskId, "TASK"));
      });
      expect(heard[0]).toContain("TASK");
      if (server === "held") expect(heard[1]).toContain("a call of held/of_NAME");
      expect(heard.at(-1)).toContain("of_NAME not found");
    }
  },
);

test("in MCP 2025-11-25 the list of a caller's tasks has the names that it has called", async () => {
  const { body } = await here.answerTo("held", "2025-11-25", { method: "tasks/list", params: {} });
  expect(body).toContain("of_secrets");
  expect(body).not.toMatch(/x[0-9a-f]{24}/);
});

const opensPages = { elicitation: { url: {} } };
const stateIn = (body: string) => /"requestState":"([^"]+)"/.exec(body)?.[1] ?? "";

test("in MCP 2026-07-28 a held call whose caller is sent to its page, and that is made again", async () => {
  here.answerWith(manners["a JSON answer"]);
  const approver = await here.gateway.approver();
  const heard = await bothHear(async (name) => {
    const call = (round: JsonObject) => {
      const params = { name: `of_${name}`, arguments: { path: "/pages" }, ...round };
      return here.answerTo("held", "2026-07-28", { method: "tools/call", params, capabilities: opensPages });
    };
    const page = await call({});
    const requestState = stateIn(page.body);
    const round = { requestState, inputResponses: { "sallyport-approval": { action: "accept" } } };
    const waits = await call(round);
    await approver.approve(/(?<=approvals\/)a_[\w-]{22}/.exec(page.body)?.[0] ?? "");
    return [page, waits, await call(round)].map((answer) =>
      withoutApproval(withoutName(answer, name)).replaceAll(requestState, "STATE"),
    );
  });
  expect(heard[0]).toContain("/approvals/APPROVAL");
  expect(heard[1]).not.toContain("/approvals/APPROVAL");
  expect(heard[1]).toContain("approvalId");
  expect(heard[2]).toContain("of_NAME not found");
});

test("in MCP 2026-07-28 a server that asks for another round gets its own state back", async () => {
  here.answerWith(({ id = null, params }, name, res) => {
    const state = (params as JsonObject)["requestState"];
    const result =
      state === undefined
        ? { resultType: "input_required", requestState: "its own state" }
        : { resultType: "complete", content: [{ type: "text", text: `No ${name}, ${String(state)}` }], isError: true };
    json(res, 200, { jsonrpc: "2.0", id, result });
  });
  const heard = await bothHear(async (name) => {
    const call = (round: JsonObject) => {
      const params = { name: `of_${name}`, arguments: {}, ...round };
      return here.answerTo("open", "2026-07-28", { method: "tools/call", params, capabilities: opensPages });
    };
    const first = await call({});
    const requestState = stateIn(first.body);
    const answers = [first, await call({ requestState, inputResponses: {} })];
    return answers.map((answer) => withoutName(answer, name).replaceAll(/"(sallyport\.)[^"\\]+/g, '"$1STATE'));
  });
  expect(heard[0]).toContain("sallyport.");
  expect(heard[1]).toContain("No of_NAME, its own state");
});

test.each(["2025-03-26", "2025-06-18", "2025-11-25"] as const)(
  "in MCP %s a stream that was cut and is taken up again brings the answer",
  async (version) => {
    let late: JsonObject = {};
    here.answerWith(({ id = null }, name, res) => {
      res.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "s-cut" });
      const text = `id: 2\ndata: ${JSON.stringify(late)}\n\n`;
      const result = { content: [{ type: "text", text: `There is no "${name}".` }], isError: true };
      if (name === "") return void res.end(text);
      late = { jsonrpc: "2.0", id, result };
      res.end("id: 1\ndata: \n\n");
    });
    const heard = await bothHear(async (name) => {
      const params = { name: `of_${name}`, arguments: {} };
      const headers = { "mcp-session-id": "s-cut" };
      const answers = [
        await here.answerTo("open", version, { method: "tools/call", params, headers }),
        await here.resumed("open", version, "s-cut"),
      ];
      return answers.map((answer) => withoutName(answer, name));
    });
    expect(heard[1]).toContain("There is no");
    expect(heard[1]).toContain("of_NAME");
  },
);

test("in MCP 2026-07-28 a hidden tool that is called through the search, whose definition asks for headers", async () => {
  here.answerWith(manners["a JSON answer"]);
  const search = { name: "search_tools", arguments: { query: "secrets others" } };
  const { body } = await here.answerTo("found", "2026-07-28", { method: "tools/call", params: search });
  expect(body).toContain("of_others");
  expect(body).not.toContain("of_secrets");
  const { unknown, hidden } = await both("found", "2026-07-28", (name) => ({
    method: "tools/call",
    params: { name: "call_tool", arguments: { name: `of_${name}`, arguments: { path: "/a" } } },
  }));
  expect(hidden.answer).toBe(unknown.answer);
  expect(hidden.answer).toContain("of_NAME not found");
});
