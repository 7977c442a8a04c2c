import { createPublicKey } from "node:crypto";
import { join } from "node:path";
import express, { type Request } from "express";
import jsonwebtoken, { type JwtPayload } from "jsonwebtoken";
import { Pool } from "undici";
import { freePort } from "../../../demo/gate/config-file.ts";
import { programVersion } from "../machine/facts.ts";
import { type Running, startProcess } from "../machine/process.ts";
import { findProgram } from "../machine/tools.ts";
import { installedVersions } from "../machine/versions.ts";
import type { Peer } from "../peer.ts";
import { documentFor, type PolicyDocument } from "../world/document.ts";
import { policyPath, readDocument } from "../world/policy.ts";
import type { World } from "../world/world.ts";
import { dispatcher, readBody } from "./dispatch.ts";
import { type Serve, startNodeServer } from "./node-server.ts";

const name = "express-opa-server";

export const peer: Peer = {
  version: () =>
    `opa ${programVersion("opa", ["version"], /^Version:\s*(\S+)/m)} + ${installedVersions("express", "undici")}`,
  start: async (world) => {
    const opa = await startOpa(world);
    try {
      const { origin, running } = await startNodeServer(name, world, opa.origin);
      const stop = async (): Promise<void> => void (await Promise.all([running.stop(), opa.running.stop()]));
      return { origin, pids: [running.pid, opa.running.pid], stop };
    } catch (failure) {
      await opa.running.stop();
      throw failure;
    }
  },
};

/** Quiet: neither request log nor decision log, which would cost it more. */
async function startOpa({ policy, pins }: World): Promise<{ origin: string; running: Running }> {
  const program = findProgram("opa");
  if (program === null) throw new Error("opa is not on this machine");
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [
    "--server",
    "--addr",
    address,
    "--log-level",
    "error",
    "--skip-version-check",
    "--bundle",
    policy.folder,
  ];
  const running = startProcess([program, "run", ...flags], { cpu: pins.gateway });
  const origin = `http://${address}`;
  try {
    await running.waitFor(() =>
      fetch(`${origin}/health?bundles`).then(
        ({ ok }) => (ok ? true : null),
        () => null,
      ),
    );
  } catch (failure) {
    await running.stop();
    throw failure;
  }
  return { origin, running };
}

interface OpaAnswer {
  readonly result?: { readonly effect: string };
}

/** The strongest form of this design: nothing but the policy question costs more than in the gateway; tokens are checked once. */
export const serve: Serve = async ({ upstream, publicKeyPem, audience, dir, opa }) => {
  const forward = dispatcher(upstream);
  const pool = new Pool(opa, { connections: 64, pipelining: 1 });
  const recorded = await readDocument<PolicyDocument>(join(dir, "document.json"));
  const key = createPublicKey(publicKeyPem);
  const verified = new Map<string, JwtPayload>();
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");

  function claimsOf(token: string): JwtPayload {
    const known = verified.get(token);
    if (known !== undefined) return known;
    const claims = jsonwebtoken.verify(token, key, { algorithms: ["ES256"], audience }) as JwtPayload;
    verified.set(token, claims);
    return claims;
  }

  async function ask(claims: JwtPayload, body: Buffer): Promise<OpaAnswer> {
    const args = JSON.parse(body.toString()) as Record<string, unknown>;
    const document = documentFor(recorded, args, Date.now());
    const input = { ...document, subject: { ...document.subject, id: claims.sub } };
    const answer = await pool.request({
      method: "POST",
      path: `/v1/data/${policyPath}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input }),
    });
    return (await answer.body.json()) as OpaAnswer;
  }

  app.use((req: Request, res, next) => {
    const claims = claimsOf((req.headers.authorization ?? "").replace(/^Bearer /, ""));
    readBody(req, (body) => {
      ask(claims, body).then(({ result }) => {
        if (result?.effect === "allow") forward(req, res, body);
        else res.status(403).json(result ?? null);
      }, next);
    });
  });
  return app;
};
