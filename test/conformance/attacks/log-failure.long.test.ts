/** The decision log fails in the middle of traffic: nothing reaches the tool server that is not on disk, and it goes on afterwards. */
import { rename, symlink, writeFile } from "node:fs/promises";
import { eventually } from "../../support/eventually.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { unaccounted } from "./support/log.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;

afterEach(() => Promise.all([gateway?.close(), upstream?.close()]));

/**
 * The folder behind a link: it goes and comes back in one step, so that the gateway never finds the place empty and makes another.
 * The link itself is made while no gateway runs.
 */
async function swappable(dir: string): Promise<{ gone(): Promise<void>; back(): Promise<void> }> {
  const [real, file, next] = [`${dir}-real`, `${dir}-file`, `${dir}-next`];
  const point = async (to: string): Promise<void> => {
    await symlink(to, next);
    await rename(next, dir);
  };
  await writeFile(file, "in the way");
  await gateway.kill("SIGTERM");
  await rename(dir, real);
  await symlink(real, dir);
  await gateway.startAgain();
  return { gone: () => point(file), back: () => point(real) };
}

test.each(["strict", "buffered"])(
  "refuses while the folder is gone, and recovers, on a %s route",
  async (durability) => {
    upstream = await recordingUpstream();
    gateway = await startGateway({ routes: [paymentsRoute(upstream.origin, { durability })] });
    const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
    const headers = { authorization: `Bearer ${token}` };
    const log = await swappable(gateway.logDir);
    const statuses: number[] = [];
    let stop = false;
    const traffic = Array.from({ length: 8 }, async () => {
      while (!stop) {
        const answer = await fetch(`${gateway.agents}/payments/v1/orders/o-881?n=${statuses.length}`, { headers });
        statuses.push(answer.status);
        await answer.arrayBuffer();
      }
    });
    const all = (status: number) => () =>
      statuses.slice(-8).filter((one) => one === status).length === 8 ? true : null;
    await eventually("calls are forwarded", all(200), 60_000);
    await log.gone();
    await eventually("calls are refused", all(503), 60_000);
    await log.back();
    await eventually("calls are forwarded again", all(200), 60_000);
    stop = true;
    await Promise.all(traffic);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    if (durability === "strict") expect(await unaccounted(gateway.logDir, upstream.requests)).toEqual([]);
  },
  240_000,
);
