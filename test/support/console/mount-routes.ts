import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { ConsoleSession } from "../../../gateway/admin/sessions.ts";
import { asRefusal } from "../../../gateway/domain/errors.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";

/** Somebody who is signed in with a password and may do everything here. */
export function testSession(changes: Partial<ConsoleSession> = {}): ConsoleSession {
  return {
    id: "s_1",
    account: "alice",
    user: "alice",
    roles: ["operator", "payments-approver"],
    teams: [],
    also: [],
    csrf: "n_1",
    method: "password",
    stepUps: [],
    idleUntil: Infinity,
    endsAt: Infinity,
    ...changes,
  };
}

export interface MountedRoutes {
  /** `code` of a refusal is in the body. */
  send(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: JsonObject }>;
  close(): Promise<void>;
}

/** Some routes of the console without the rest of it, for one person: what else they need is the test's. */
export async function mountRoutes(session: ConsoleSession, register: (app: Express) => void): Promise<MountedRoutes> {
  const app = express();
  app.use(express.json(), function signedIn(_req, res, next) {
    res.locals["session"] = session;
    next();
  });
  register(app);
  const answerRefusal: ErrorRequestHandler = (thrown, _req, res, _next) => {
    const { status, code } = asRefusal(thrown);
    res.status(status).json({ code });
  };
  app.use(answerRefusal);
  const server = createServer({ keepAliveTimeout: 0 }, app);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    async send(method, path, body) {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(url + path, { method, headers: { "Content-Type": "application/json" }, ...content });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as JsonObject) };
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}
