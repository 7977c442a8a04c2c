import { createPublicKey } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mintDevToken, openDevIssuer } from "../../../gateway/identify/dev-issuer.ts";
import { choosePins, type Pins } from "../machine/cpus.ts";
import { removeTemporaryFolders, temporaryFolder } from "../machine/temporary.ts";
import { callBody, callPath, caller } from "./call.ts";
import type { PolicyDocument } from "./document.ts";
import { startBenchGateway } from "./gateway.ts";
import { type Nginx, startAnsweringNginx } from "./nginx.ts";
import { type BuiltPolicy, buildPolicy } from "./policy.ts";

/** What all rows of a run share: one upstream, one token, one policy, one input document. */
export interface World {
  /** Temporary; removed at the end. */
  readonly dir: string;
  readonly pins: Pins;
  readonly upstream: Nginx;
  readonly token: string;
  readonly body: Buffer;
  readonly keyFile: string;
  readonly publicKeyPem: string;
  readonly policy: BuiltPolicy;
  /** What the gateway itself let policy see of a call of this load. */
  readonly document: PolicyDocument;
  /** Flags of every Node process on the gateway's side. */
  readonly nodeFlags: readonly string[];
  /** Policy folder of every gateway; null: the one of its checkout. */
  readonly policyFolder: string | null;
  /** Size of the tool's answer. */
  readonly answerKb: number;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly nodeFlags?: readonly string[];
  readonly policyFolder?: string | null;
  readonly answerKb?: number;
}

/** As long as a development token may live. */
const tokenLifetimeS = 3600;
/** More calls than a session's history holds: from then on every document is alike. */
const callsUntilSteady = 60;

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { nodeFlags = [], policyFolder = null, answerKb = 1 } = options;
  const pins = choosePins();
  const dir = await temporaryFolder();
  const upstream = await startAnsweringNginx(join(dir, "upstream"), pins.load, answerKb * 1024);
  const close = async (): Promise<void> => {
    await upstream.stop();
    removeTemporaryFolders();
  };
  try {
    const keyFile = join(dir, "issuer-dev.jwk.json");
    const issuer = openDevIssuer(keyFile);
    const token = mintDevToken(
      { ...issuer, issuer: "urn:sallyport:development:dev" },
      { sub: caller.sub, roles: [caller.role], audience: caller.audience, ttl: tokenLifetimeS },
      Date.now(),
    );
    const publicKeyPem = createPublicKey(issuer.privateKey).export({ type: "spki", format: "pem" }).toString();
    const policy = await buildPolicy(dir);
    const shared = {
      dir,
      pins,
      upstream,
      token,
      body: callBody(),
      keyFile,
      publicKeyPem,
      policy,
      nodeFlags,
      policyFolder,
      answerKb,
    };
    const document = await recordDocument(shared);
    await writeFile(join(dir, "document.json"), JSON.stringify(document));
    await writeFile(join(dir, "policy.wasm"), policy.wasm);
    await writeFile(join(dir, "data.json"), JSON.stringify(policy.data));
    return { ...shared, document, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

/** Peers that ask a policy are asked the same question, so it is taken from where the gateway wrote it down. */
async function recordDocument(
  world: Pick<World, "dir" | "upstream" | "token" | "body" | "keyFile" | "policyFolder">,
): Promise<PolicyDocument> {
  const { upstream, keyFile } = world;
  const gateway = await startBenchGateway({
    dir: join(world.dir, "recording"),
    origin: upstream.origin,
    keyFile,
    durability: "strict",
    policyFolder: world.policyFolder,
  });
  try {
    for (let call = 0; call < callsUntilSteady; call++) await callOnce(gateway.origin, world);
    return await gateway.lastInput();
  } finally {
    await gateway.stop();
  }
}

/** One call of the load. @throws Error when it is not answered with the upstream's 200 */
export async function callOnce(origin: string, { token, body }: Pick<World, "token" | "body">): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(origin + callPath, { method: "POST", headers, body: new Uint8Array(body) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`answered ${answer.status} instead of 200: ${text.slice(0, 500)}`);
  return text;
}
