import type { ChannelSettings } from "../../../gateway/domain/channel.ts";
import { approver, holdRequest } from "../approvals/test-approvals.ts";
import { testDispatcher } from "./test-dispatcher.ts";

/** held → claimed → approved → released → delivered, each told before the next happens; nothing fails on the way. */
export async function wholeLife(settings: ChannelSettings, secrets: Readonly<Record<string, string>>) {
  const room = testDispatcher({ settings: [settings], secrets });
  const item = await room.holds.open(holdRequest());
  await room.dispatcher.run();
  await room.service.claim(item.id, approver, true);
  await room.dispatcher.run();
  await room.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: "looks right" });
  await room.dispatcher.run();
  await room.holds.consume(item.id);
  await room.dispatcher.run();
  await room.holds.finish(item.id, "delivered", "status 201");
  await room.dispatcher.run();
  expect(await room.outbox.of(item.id)).toMatchObject([{ state: "closed", error: null }]);
  expect(room.log).toEqual([]);
  return { room, item };
}
