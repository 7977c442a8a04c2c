import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Option } from "commander";
import { openKeyFile } from "../../lib/key-file.ts";
import { Witness, type WitnessAnswer } from "../../record/witness/witness.ts";
import { CliFailure, collect, exits, type Verb, type VerbOptions } from "../common/verb.ts";
import { keysOf } from "./options.ts";

interface WitnessOptions extends VerbOptions {
  readonly name: string;
  readonly log: readonly string[];
  readonly listen: string;
}

/** Larger than any request: 63 hashes, and a checkpoint with some signatures. */
const MAX_BYTES = 65_536;

/** `sallyport audit witness DIR`: cosigns checkpoints of other machines' logs until it is stopped (C2SP tlog-witness). */
export const witness: Verb = {
  usage: "witness <folder>",
  summary:
    "cosign the checkpoints of logs that gateways on other machines write, each only as a continuation of the last",
  examples: [
    "audit witness /var/lib/witness --name witness.example.com",
    "audit witness /var/lib/witness --name witness.example.com --log log.vkey --listen 10.0.0.7:7700",
  ],
  options: [
    new Option(
      "--name <name>",
      "name of the witness in its signatures, such as witness.example.com",
    ).makeOptionMandatory(),
    new Option(
      "--log <vkey>",
      "verifier key of a log, or a file with such keys; may be repeated; without one the key of the witness is shown and nothing starts",
    )
      .argParser(collect)
      .default([]),
    new Option("--listen <address>", "address and port").default("127.0.0.1:7700"),
  ],
  async run({ printer, clock, stop }, { json, name, log, listen }: WitnessOptions, folder = "") {
    const logs = keysOf(log);
    const service = open(folder, { name, logs, clock });
    const key = service.key.vkey;
    if (logs.length === 0) {
      const next =
        "Configure it as record.witness.key, and start the witness with --log: the third line of a log's tlog/keys.";
      return printer.result(json, { ok: true, key, logs: [] }, `${key}\n${next}`);
    }
    const server = await listening({ witness: service, failed: (message) => printer.message(message) }, listen);
    const { address, port } = server.address() as AddressInfo;
    const text = `${key}\ncosigns ${logs.map((one) => one.name).join(", ")} at ${address}:${port}`;
    printer.result(json, { ok: true, key, address, port, logs: logs.map((one) => one.vkey) }, text);
    if (!stop.aborted) await once(stop, "abort");
    server.closeAllConnections();
    server.close();
  },
};

/** @throws CliFailure witness_unusable */
function open(dir: string, given: Omit<ConstructorParameters<typeof Witness>[0], "dir" | "privateKey">): Witness {
  try {
    if (!existsSync(dir)) mkdirSync(dir, { recursive: true, mode: 0o700 });
    const privateKey = openKeyFile(join(dir, "witness.key.pem"), () => generateKeyPairSync("ed25519").privateKey);
    return new Witness({ ...given, dir, privateKey });
  } catch (failure) {
    throw new CliFailure(exits.usage, "witness_unusable", `${dir} cannot be used: ${(failure as Error).message}.`);
  }
}

/** @throws CliFailure listener_unavailable */
async function listening(service: Service, listen: string): Promise<Server> {
  const [, host, port] =
    /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(listen)?.filter((part) => part !== undefined) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new CliFailure(
      exits.usage,
      "listen_invalid",
      `--listen ${listen}: expected an address and a port, such as 127.0.0.1:7700.`,
    );
  const server = createServer({ requestTimeout: 10_000 }, (req, res) => void answer(service, req, res));
  server.maxConnections = 100;
  try {
    server.listen(Number(port), host);
    await once(server, "listening");
    return server;
  } catch (failure) {
    throw new CliFailure(
      exits.usage,
      "listener_unavailable",
      `Cannot listen at ${listen}: ${(failure as Error).message}.`,
    );
  }
}

interface Service {
  readonly witness: Witness;
  /** Called with what keeps it from answering. */
  readonly failed: (message: string) => void;
}

type Answer = Omit<WitnessAnswer, "status"> & { readonly status: number };

async function answer(service: Service, req: IncomingMessage, res: ServerResponse): Promise<void> {
  // A caller that leaves before its request is whole gets no answer.
  const text = req.method === "POST" ? await textOf(req).catch(() => null) : "";
  if (res.destroyed) return;
  const { status, type, body } =
    text === null ? plain(413, `more than ${MAX_BYTES} bytes`) : answerOf(service, req, text);
  res.writeHead(status, { "content-type": `${type}${type === "text/plain" ? "; charset=utf-8" : ""}` }).end(body);
}

function answerOf({ witness, failed }: Service, { method, url = "" }: IncomingMessage, text: string): Answer {
  const [path, query] = url.split("?", 2);
  try {
    if (method === "POST" && path === "/add-checkpoint") return witness.addCheckpoint(text);
    if (method !== "GET" || path !== "/checkpoint")
      return plain(404, "there are POST /add-checkpoint and GET /checkpoint?origin=…");
    const newest = witness.newest(new URLSearchParams(query).get("origin") ?? "");
    return newest === null ? plain(404, "no checkpoint of that origin is known") : plain(200, newest.trimEnd());
  } catch (failure) {
    failed(`cannot answer: ${(failure as Error).message}`);
    return plain(500, "see the output of the witness");
  }
}

function plain(status: number, text: string): Answer {
  return { status, type: "text/plain", body: `${text}\n` };
}

/** Null when it is too large. */
async function textOf(req: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
