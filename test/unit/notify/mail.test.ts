import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChannelSettings } from "../../../gateway/domain/channel.ts";
import { holdRequest } from "../../support/approvals/test-approvals.ts";
import { type MailServer, mailUser, startMailServer } from "../../support/channels/mail-server.ts";
import { consoleUrl, testDispatcher } from "../../support/channels/test-dispatcher.ts";
import { wholeLife } from "../../support/channels/whole-life.ts";

const secrets = { "env:MAIL": mailUser.password };

let mail: MailServer;
let dir: string;
beforeAll(async () => {
  mail = await startMailServer();
  dir = mkdtempSync(join(tmpdir(), "channels-"));
  writeFileSync(join(dir, "ca.pem"), mail.ca);
});
afterAll(async () => {
  await mail.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  mail.mails.length = 0;
});

function email(): ChannelSettings {
  return {
    kind: "email",
    name: "finance",
    from: "approvals@corp.example",
    to: ["a@corp.example", "b@corp.example"],
    host: "localhost",
    port: mail.port,
    security: "starttls",
    caFile: join(dir, "ca.pem"),
    auth: { user: mailUser.user, password: "env:MAIL" },
  };
}

describe("e-mail", () => {
  test("sends text and HTML over STARTTLS after a sign-in, and the outcome into the same conversation", async () => {
    const { item } = await wholeLife(email(), secrets);
    expect(mail.mails.map(({ email: { subject } }) => subject)).toEqual([
      "[gw-1] Approval needed: payments/create_refund for refund-bot",
      "Re: [gw-1] Approval needed: payments/create_refund for refund-bot",
      "Re: [gw-1] Approval needed: payments/create_refund for refund-bot",
    ]);
    const [first, ...answers] = mail.mails;
    expect(first).toMatchObject({ secure: true, user: mailUser.user, to: ["a@corp.example", "b@corp.example"] });
    expect(first?.email.text).toContain(`${consoleUrl}/approvals/${item.id}`);
    expect(first?.email.html).toContain(`href="${consoleUrl}/approvals/${item.id}"`);
    const lines = mail.mails.map(({ email: { text } }) => text?.split("\n")[0]);
    expect(lines).toEqual(["Approval needed", "Approved (approver)", "Approved and executed (approver)"]);
    for (const { email: answer } of answers) {
      expect(answer.inReplyTo).toBe(first?.email.messageId);
      expect(answer.references).toBe(first?.email.messageId);
    }
    expect(new Set(mail.mails.map(({ email: { messageId } }) => messageId)).size).toBe(3);
  });

  test("says nothing to a server that offers no encryption", async () => {
    const plain = await startMailServer({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });
    const room = testDispatcher({ settings: [{ ...email(), port: plain.port } as ChannelSettings], secrets });
    const item = await room.holds.open(holdRequest());
    await room.dispatcher.run();
    await plain.close();
    expect(plain.mails).toEqual([]);
    const error = "could not be reached (ETLS)";
    expect(await room.outbox.of(item.id)).toMatchObject([{ state: "waiting", attempts: 1, lastPhase: null, error }]);
  });

  test("says nothing to a server that nobody vouches for", async () => {
    const room = testDispatcher({ settings: [{ ...email(), caFile: null } as ChannelSettings], secrets });
    const item = await room.holds.open(holdRequest());
    await room.dispatcher.run();
    expect(mail.mails).toEqual([]);
    expect((await room.outbox.of(item.id))[0]?.error).toMatch(/^could not be reached \(/);
  });

  test("tries again after a refused sign-in, and gives up a mail that the server refuses", async () => {
    const wrong = testDispatcher({ settings: [email()], secrets: { ...secrets, "env:MAIL": "wrong password" } });
    const first = await wrong.holds.open(holdRequest());
    await wrong.dispatcher.run();
    expect(await wrong.outbox.of(first.id)).toMatchObject([
      { state: "waiting", error: expect.stringContaining("535") },
    ]);
    const strict = await startMailServer({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error("5.1.1 no such mailbox"), { responseCode: 550 })),
    });
    writeFileSync(join(dir, "strict.pem"), strict.ca);
    const settings = { ...email(), port: strict.port, caFile: join(dir, "strict.pem") } as ChannelSettings;
    const refused = testDispatcher({ settings: [settings], secrets });
    const second = await refused.holds.open(holdRequest());
    await refused.dispatcher.run();
    await strict.close();
    expect(await refused.outbox.of(second.id)).toMatchObject([
      { state: "dead", attempts: 1, error: "the mail server answered 550 5.1.1 no such mailbox" },
    ]);
  });
});
