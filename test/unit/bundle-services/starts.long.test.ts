/** Starts with a bundle server, and with what an earlier run has kept. */
import { join } from "node:path";
import { opaBuilt, team } from "../../support/bundles/opa-built.ts";
import { signingRoom, trusting } from "../../support/bundles/signed-bundle.ts";
import { servedRoom, type ServedRoom, statusOf, tells, told } from "./support/served-room.ts";

const path = "/bundles/team";
let room: ServedRoom;
beforeEach(async () => {
  room = await servedRoom();
});
afterEach(() => room.remove());

test("takes no older bundle in the place of the kept one, although no policy has been active since the start", async () => {
  const signing = await signingRoom();
  const signer = await signing.signer("ES256");
  const signed = async (text: string, iat: number): Promise<Buffer> => {
    await room.write("claims.json", JSON.stringify({ iat }));
    const claims = ["--claims-file", join(room.root, "claims.json")];
    return opaBuilt(team(text), ["--signing-key", signer.signFile, "--signing-alg", "ES256", ...claims]);
  };
  try {
    const older = await signed("older", 1_790_000_000);
    room.server.serve(path, await signed("newer", 1_790_000_100), '"1"');
    const options = { trust: new Map([["team", trusting(signer)]]), settings: { persist: true } };
    const first = await room.started(options);
    await statusOf(first, "team", ({ confirmedAt }) => confirmedAt !== null);
    await room.close(first);
    room.server.serve(path, older, '"0"');
    // The other bundle is not there yet, so nothing becomes active.
    const again = await room.started({ ...options, names: ["team", "words"] });
    const { failure } = await statusOf(again, "team", (status) => status.failure !== null);
    expect([failure?.message, told(again)]).toEqual([expect.stringContaining("before one that has been active"), null]);
    room.server.serve("/bundles/words", await opaBuilt({ "words/w.rego": "package words\n\nx := 1\n" }), '"w"');
    await tells(again, "newer");
  } finally {
    await signing.remove();
  }
});
