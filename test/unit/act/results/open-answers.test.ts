import { setTimeout as delay } from "node:timers/promises";
import { OpenAnswers } from "../../../../gateway/act/results/open-answers.ts";

test("an answer that stays open is asked again and again what has passed, and no more once it has ended", async () => {
  const open = new OpenAnswers();
  const asked: string[] = [];
  const answer = (name: string) => ({ tellPassed: () => void asked.push(name) });
  const [long, short] = [answer("long"), answer("short")];
  open.enter(long);
  open.enter(short);
  open.leave(short);
  while (asked.length < 2) await delay(20);
  open.leave(long);
  const { length } = asked;
  await delay(600);
  expect(new Set(asked)).toEqual(new Set(["long"]));
  expect(asked).toHaveLength(length);
  open.enter(long);
  while (asked.length === length) await delay(20);
  open.leave(long);
});
