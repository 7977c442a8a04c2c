import { secondsToRead } from "../../../../console/src/text/time.ts";

describe("how long a card has still to be read", () => {
  test.each([
    ["nothing is needed, and the server's time went back", 0, { ms: 0, since: 1_000 }, 988, 0],
    ["nothing is needed, and the card is hidden", 0, { ms: 0, since: null }, 1_000, 0],
    ["it was just opened", 3_000, { ms: 0, since: 1_000 }, 1_000, 3],
    ["a part of a second is left", 3_000, { ms: 500, since: 1_000 }, 3_400, 1],
    ["it was read", 3_000, { ms: 500, since: 1_000 }, 3_500, 0],
    ["the server's time went back", 3_000, { ms: 2_000, since: 1_000 }, 500, 1],
    ["it is hidden since", 3_000, { ms: 1_000, since: null }, 99_000, 2],
  ])("%s", (_case, neededMs, viewed, now, seconds) => {
    expect(secondsToRead(neededMs, viewed, now)).toBe(seconds);
  });
});
