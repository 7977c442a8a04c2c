import { client, connected } from "../../support/stdio/connected.ts";
import { turn } from "../../support/stdio/pipes.ts";

test.each([
  ["a result", '"result":{"content":[{"type":"text","text":"a","text":"b"}]}'],
  ["a result that is there twice", '"result":{},"result":7'],
  ["an error", '"error":{"code":1,"code":2,"message":""}'],
  ["an id that is there twice", '"id":9,"id":1,"result":{}'],
  ["bytes that are no text", `"result":{"a":"${String.fromCharCode(0xff)}"}`],
])(
  "of an answer with %s that can be read in two ways its caller is told, and the server goes on",
  async (_what, said) => {
    const { connection, server, faults, ends } = connected();
    const alice = client(connection);
    for (const id of [4, 5]) alice.ask({ id });
    await turn();
    const id = said.startsWith('"id"') ? "" : '"id":1,';
    server.write(Buffer.from(`{"jsonrpc":"2.0",${id}${said}}\n`, "latin1"));
    await turn();
    expect(alice.failures.map(({ code }) => code)).toEqual(["upstream_answer_refused"]);
    expect([faults, ends]).toEqual([[expect.stringContaining("a name twice")], []]);
    server.say({ id: 2, result: { text: "é" } });
    await turn();
    expect(alice.answers).toEqual([{ jsonrpc: "2.0", id: 5, result: { text: "é" } }]);
  },
);

test("a request that can be read in two ways is answered with an error, and a notification goes nowhere", async () => {
  const { connection, server } = connected({ isOnes: true });
  const alice = client(connection, { roots: {} });
  server.write('{"jsonrpc":"2.0","id":3,"method":"roots/list","params":{"a":1,"a":2}}\n');
  server.write('{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1,"data":2}}\n');
  await turn();
  expect(server.received).toMatchObject([{ id: 3, error: { code: -32_600 } }]);
  expect(alice.told).toEqual([]);
});
