import { createServer, type AddressInfo, type Server } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { type Authority, issue, rootAuthority } from "../certificates.ts";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Name the sender had signed in with, and whether the line was encrypted. */
  readonly user: string | null;
  readonly secure: boolean;
  readonly raw: string;
  readonly email: Email;
}

export interface MailServer {
  readonly port: number;
  /** PEM of the authority that vouches for the server. */
  readonly ca: string;
  readonly mails: Mail[];
  close(): Promise<void>;
}

export const mailUser = { user: "sallyport", password: "correct horse battery" };

/** A real SMTP server with STARTTLS and a sign-in; `options` replace how it behaves. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const authority: Authority = await rootAuthority("mail authority");
  const names = [
    { type: "dns" as const, value: "localhost" },
    { type: "ip" as const, value: "127.0.0.1" },
  ];
  const identity = await issue(authority, { names });
  const mails: Mail[] = [];
  const server = new SMTPServer({
    cert: identity.certPem,
    key: identity.keyPem,
    authMethods: ["PLAIN", "LOGIN"],
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === mailUser.user && password === mailUser.password
        ? done(null, { user: username })
        : done(Object.assign(new Error("wrong name or password"), { responseCode: 535 })),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        void keep(Buffer.concat(chunks), session, mails).then(() => done(null, "2.0.0 kept"));
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    ca: authority.certPem,
    mails,
    close: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

type Session = Parameters<NonNullable<SMTPServerOptions["onData"]>>[1];

async function keep(raw: Buffer, session: Session, mails: Mail[]): Promise<void> {
  const { mailFrom, rcptTo } = session.envelope;
  mails.push({
    from: mailFrom === false ? "" : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    user: typeof session.user === "string" ? session.user : null,
    secure: session.secure,
    raw: raw.toString("utf8"),
    email: await PostalMime.parse(raw),
  });
}

/** Takes connections and never says a word. */
export async function silentServer(): Promise<{
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
}> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
