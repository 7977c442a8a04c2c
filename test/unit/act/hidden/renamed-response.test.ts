import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { renamedResponse } from "../../../../gateway/act/hidden/renamed-response.ts";

const renaming = { placeholder: "xtoken", original: 'the "é" one' };
const written = JSON.stringify(renaming.original).slice(1, -1);

/** What a client gets of a response that `answer` writes. */
async function got(answer: (res: ServerResponse) => void) {
  const server = createServer((_req, res) => answer(renamedResponse(res, renaming)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const text = await response.text();
    return { status: response.status, length: response.headers.get("content-length"), text };
  } finally {
    await new Promise((done) => server.close(done));
  }
}

test.each([
  ["flat", (body: Buffer) => ["Content-Length", String(body.length), "X-Of", "xtoken"]],
  ["by name", (body: Buffer) => ({ "content-length": body.length })],
])(
  "writes the asked name into a body, as JSON writes it, and its length into the head (headers %s)",
  async (_how, head) => {
    const body = Buffer.from('{"é":"xtoken","of":"crm://xtoken/7"}');
    const { status, length, text } = await got((res) => {
      res.writeHead(404, head(body) as string[]);
      expect([res.headersSent, res.statusCode, res.writableEnded]).toEqual([true, 404, false]);
      res.end(body);
    });
    expect([status, text]).toEqual([404, `{"é":"${written}","of":"crm://${written}/7"}`]);
    expect(length).toBe(String(Buffer.byteLength(text)));
  },
);

test("writes events as they come, after a head without a length", async () => {
  const { status, length, text } = await got((res) => {
    res.writeHead(200, ["Content-Type", "text/event-stream"]);
    res.flushHeaders();
    res.write("data: xtoken\n\n");
    res.end(Buffer.from("data: 2 xtoken\n\n"));
  });
  expect([status, length, text]).toEqual([200, null, `data: ${written}\n\ndata: 2 ${written}\n\n`]);
});

test("a response that was cut is cut for its client", async () => {
  await expect(
    got((res) => {
      res.writeHead(200, []);
      res.write("xtoken");
      res.destroy();
    }),
  ).rejects.toThrow();
});
