import { exchange } from "../../../../gateway/cli/hook/http.ts";
import { answeringGateway } from "../../../support/hooks/answering.ts";

it("gives up on an answer that does not come, or has no end", async () => {
  const silent = await answeringGateway([null]);
  const endless = await answeringGateway([[200, JSON.stringify({ a: "x".repeat(2 * 1024 * 1024) })]]);
  try {
    const late = exchange(new URL("/x", silent.url), { token: "t", timeoutMs: 50 });
    await expect(late).rejects.toThrow("has not answered within 0.05 s");
    const long = exchange(new URL("/x", endless.url), { token: "t", timeoutMs: 60_000 });
    await expect(long).rejects.toThrow("its answer is too long");
  } finally {
    await Promise.all([silent.close(), endless.close()]);
  }
});

it("says of a gateway that cannot be reached which one, and why", async () => {
  const gone = await answeringGateway([null]);
  await gone.close();
  await expect(exchange(new URL("/x", gone.url), { token: "t", timeoutMs: 60_000, body: {} })).rejects.toThrow(
    `the gateway at ${gone.url} cannot be reached (ECONNREFUSED)`,
  );
});
