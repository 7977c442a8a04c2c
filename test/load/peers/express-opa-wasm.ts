import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as opaWasm from "@open-policy-agent/opa-wasm";
import express, { type Request } from "express";
import jsonwebtoken from "jsonwebtoken";
import { createLogger, format, transports } from "winston";
import { installedVersions } from "../machine/versions.ts";
import { documentFor, type PolicyDocument } from "../world/document.ts";
import { readDocument } from "../world/policy.ts";
import { dispatcher } from "./dispatch.ts";
import { nodePeer, type Serve } from "./node-server.ts";

export const peer = nodePeer("express-opa-wasm", () =>
  installedVersions("express", "@open-policy-agent/opa-wasm", "jsonwebtoken", "winston", "undici"),
);

interface Sdk {
  loadPolicy(wasm: Buffer): Promise<LoadedPolicy>;
}

interface LoadedPolicy {
  setData(data: object): void;
  evaluate(
    input: object,
  ): readonly { readonly result: { readonly effect: string; readonly reasons: readonly object[] } }[];
}

// Its declarations name the exports of the CommonJS build; as an ECMAScript module it has them on `default`.
const { loadPolicy } = (opaWasm as unknown as { readonly default: Sdk }).default;

/** What one writes from the READMEs of its parts: body parser, token check, evaluation and a log line for every request. */
export const serve: Serve = async ({ upstream, publicKeyPem, audience, dir }) => {
  const forward = dispatcher(upstream);
  const policy = await loadPolicy(await readFile(join(dir, "policy.wasm")));
  policy.setData(await readDocument<object>(join(dir, "data.json")));
  const recorded = await readDocument<PolicyDocument>(join(dir, "document.json"));
  // A KeyObject: given as PEM text it would be parsed again for every token, at twice the cost of the signature.
  const key = createPublicKey(publicKeyPem);
  const logger = createLogger({
    format: format.combine(format.timestamp(), format.json()),
    transports: [
      new transports.File({ filename: join(dir, "express-opa-wasm.log"), maxsize: 64 * 1024 * 1024, maxFiles: 2 }),
    ],
  });
  const app = express();
  app.use(express.json());
  app.use((req: Request<object, unknown, Record<string, unknown>>, res) => {
    const token = (req.headers.authorization ?? "").replace(/^Bearer /, "");
    const claims = jsonwebtoken.verify(token, key, { algorithms: ["ES256"], audience });
    const [answer] = policy.evaluate(documentFor(recorded, req.body, Date.now()));
    logger.info("decision", {
      subject: claims.sub,
      path: req.path,
      effect: answer?.result.effect,
      reasons: answer?.result.reasons,
    });
    if (answer?.result.effect === "allow") forward(req, res, Buffer.from(JSON.stringify(req.body)));
    else res.status(403).json(answer?.result ?? null);
  });
  return app;
};
