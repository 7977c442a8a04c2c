import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tail } from "../../../../gateway/cli/decisions/read.ts";
import { createPrinter } from "../../../../gateway/cli/common/printer.ts";
import type { CliDeps } from "../../../../gateway/cli/common/verb.ts";
import { TestClock } from "../../../support/builders.ts";

let folder: string;
let server: Server;
/** Status of the next answers to each path; 200 when there is none left. */
let statuses: { login: number[]; decisions: number[] };
let newest: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-follow-"));
  writeFileSync(join(folder, "password"), "secret");
  [statuses, newest] = [{ login: [], decisions: [] }, 3];
  server = createServer(({ url = "" }, res) => {
    const isLogin = url === "/api/login";
    const status =
      (isLogin ? statuses.login : url.startsWith("/api/decisions") ? statuses.decisions : []).shift() ?? 200;
    const row = { seq: newest, timestamp: "t", effect: "allow", codes: [], message: null, decision_id: `d_${newest}` };
    const body = status !== 200 ? { title: `No: ${status}.` } : isLogin ? { csrf: "c" } : { rows: [row], next: null };
    res.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Follows until `isDone` of what was printed; `each` is called with what is new on standard output. */
async function followed(each: (printed: string) => void, isDone: (said: string) => boolean) {
  const stop = new AbortController();
  const said = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr", heard: (text: string) => void) => ({
    write(text: string) {
      said[name] += text;
      heard(text);
      if (isDone(said.stdout)) stop.abort();
    },
  });
  const printer = createPrinter({ stdout: into("stdout", each), stderr: into("stderr", () => undefined) });
  const deps = { printer, clock: new TestClock(), stop: stop.signal } as unknown as CliDeps;
  const port = (server.address() as AddressInfo).port;
  const given = { json: false, config: join(folder, "none.yaml"), limit: 20, follow: true };
  const signIn = { console: `http://127.0.0.1:${port}`, user: "dana", passwordFile: join(folder, "password") };
  await tail.run(deps, { ...given, ...signIn });
  return said;
}

test("goes on after the gateway was away, and says once that it is and once that it is back", async () => {
  const { stdout, stderr } = await followed(
    (printed) => {
      if (!printed.includes("d_3")) return;
      newest = 4;
      // Away, then started again: its sessions have ended.
      statuses = { login: [503], decisions: [503, 401] };
    },
    (said) => said.includes("d_4"),
  );
  expect(stdout.match(/d_\d/g)).toEqual(["d_3", "d_4"]);
  expect(stderr).toBe("No: 503. It is asked again every second.\nThe gateway answers again.\n");
});

test("ends when the first answer does not come, and when a sign-in is refused", async () => {
  statuses.decisions = [503];
  await expect(
    followed(
      () => undefined,
      () => false,
    ),
  ).rejects.toMatchObject({ exit: 5 });
  const shut = followed(
    () => void (statuses = { login: [401], decisions: [401] }),
    () => false,
  );
  await expect(shut).rejects.toMatchObject({ exit: 5, message: "No: 401." });
});
