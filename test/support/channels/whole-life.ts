import type { ChannelSettings } from "../../../gateway/domain/channel.ts";
import { approver, holdRequest } from "../approvals/test-approvals.ts";
import { testPost } from "./test-post.ts";

/** held → claimed → approved → released → delivered, each told before the next happens; nothing fails on the way. */
export async function wholeLife(settings: ChannelSettings, secrets: Readonly<Record<string, string>>) {
  const room = testPost({ settings: [settings], secrets });
  const item = room.holds.open(holdRequest());
  await room.post.run();
  room.service.claim(item.id, approver, true);
  await room.post.run();
  room.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: "looks right" });
  await room.post.run();
  room.holds.consume(item.id);
  await room.post.run();
  room.holds.finish(item.id, "delivered", "status 201");
  await room.post.run();
  expect(room.outbox.of(item.id)).toMatchObject([{ state: "closed", error: null }]);
  expect(room.log).toEqual([]);
  return { room, item };
}
