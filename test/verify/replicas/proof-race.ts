import { dpopKey } from "../../support/identity/dpop-proof.ts";
import { type Check, Failures } from "../check.ts";
import { withHouse } from "../approvals/world/house.ts";
import { inParallel } from "../approvals/world/in-parallel.ts";
import { Tally } from "../approvals/world/tally.ts";

const publicUrl = "http://gateway.example";
const path = "/payments/v1/customers/read";
const width = 32;

/** A DPoP proof that is sent to three gateways of one database at the same moment is accepted by one of them. */
export const proofRace: Check = {
  name: "proof-race",
  full: 10_000,
  quick: 100,
  run: ({ count, progress }) =>
    withHouse({ gateways: 3, publicUrl, catalog: { read_customer: { mutates: false } } }, async (house) => {
      const key = await dpopKey();
      const token = await house.issuer.token({ sub: "prover", cnf: { jkt: key.jkt } });
      const items = Array.from({ length: count }, (_, at) => `proof-${at}`);
      const [tally, failures] = [new Tally(), new Failures()];
      let done = 0;
      await inParallel(items, width, async (item) => {
        const dpop = await key.proof("POST", publicUrl + path, token);
        const headers = { authorization: `DPoP ${token}`, dpop };
        const calls = house.gateways.map(({ caller }) => caller.call({ path, token, json: { item }, headers }));
        const answers = await Promise.all(calls);
        for (const answer of answers) tally.add(answer);
        const accepted = answers.filter(({ status }) => status === 200).length;
        if (accepted !== 1) failures.add(`${item} was accepted by ${accepted} gateways`);
        if (house.upstream.count(item) !== 1) failures.add(`${item} was executed ${house.upstream.count(item)} times`);
        progress((done += 1));
      });
      for (const one of tally.others(["200", "401 proof_replayed"])) failures.add(`unexpected answer: ${one}`);
      const figures = { tried: tally.total, accepted: tally.of("200"), replayed: tally.of("401 proof_replayed") };
      return { count, failures: failures.list(), figures };
    }),
};
