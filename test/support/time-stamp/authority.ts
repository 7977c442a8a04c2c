import { execFile, execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Keys of an authority, as `openssl req -newkey` takes them. */
export const keyKinds = { rsa: ["rsa:2048"], ec: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] } as const;

/** A time stamping authority: `openssl ts -reply` behind HTTP, with a certificate of its own authority. */
export class TimeStampAuthority {
  readonly #dir = mkdtempSync(join(tmpdir(), "tsa-"));
  #server: Server | null = null;
  #port = 0;
  #asked = 0;
  /** What it answers instead, until it is null again. */
  instead: ((request: Buffer) => { readonly status: number; readonly body: Buffer }) | null = null;

  /** `namesChain`: its tokens name the certificates that its own leads to as well. */
  constructor(kind: keyof typeof keyKinds = "ec", { namesChain = false }: { readonly namesChain?: boolean } = {}) {
    const make = (...args: readonly string[]): void =>
      void execFileSync("openssl", args, { cwd: this.#dir, stdio: "ignore" });
    const fresh = ["-newkey", ...keyKinds[kind], "-nodes"];
    make("req", "-x509", ...fresh, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Stamp Root");
    make("req", ...fresh, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Stamp Authority");
    writeFileSync(join(this.#dir, "ext"), "extendedKeyUsage=critical,timeStamping\n");
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext"];
    make("x509", "-req", "-in", "tsa.csr", ...by, "-out", "tsa.pem");
    writeFileSync(join(this.#dir, "serial"), "01\n");
    writeFileSync(join(this.#dir, "tsa.cnf"), `${configuration}ess_cert_id_chain = ${namesChain ? "yes" : "no"}\n`);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/tsa`;
  }

  /** PEM file of the certificate that its own leads to. */
  get rootFile(): string {
    return join(this.#dir, "ca.pem");
  }

  get root(): X509Certificate {
    return new X509Certificate(readFileSync(this.rootFile));
  }

  /** The key that signs its tokens. */
  get keyPem(): string {
    return readFileSync(join(this.#dir, "tsa.key"), "utf8");
  }

  async listen(): Promise<this> {
    this.#server = createServer((req, res) => void this.#answer(req, res));
    await new Promise<void>((done) => this.#server?.listen(this.#port, "127.0.0.1", done));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = await buffer(req);
    const { status, body } = this.instead?.(request) ?? { status: 200, body: await this.reply(request) };
    res.writeHead(status, { "content-type": "application/timestamp-reply" }).end(body);
  }

  async reply(request: Buffer): Promise<Buffer> {
    const [query, answer] = ["tsq", "tsr"].map((suffix) => join(this.#dir, `${(this.#asked += 1)}.${suffix}`)) as [
      string,
      string,
    ];
    await writeFile(query, request);
    const args = ["ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", query, "-out", answer];
    await run("openssl", args, { cwd: this.#dir });
    return readFile(answer);
  }

  /** What OpenSSL says of a token over a file. @throws Error when it does not hold */
  async verify(data: string, response: string): Promise<string> {
    const args = ["ts", "-verify", "-data", data, "-in", response, "-CAfile", this.rootFile];
    return (await run("openssl", args)).stdout;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    if (server !== null) await new Promise((done) => server.close(done));
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.#dir, { recursive: true });
  }
}

const configuration = `[tsa]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
`;
