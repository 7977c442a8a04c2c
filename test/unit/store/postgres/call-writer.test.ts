import { randomBytes } from "node:crypto";
import type { CallChange } from "../../../../gateway/domain/ports.ts";
import { callTurn } from "../../../../gateway/store/call-turn.ts";
import { provenanceStore } from "../../../../gateway/store/provenance.ts";
import { callWriter } from "../../../../gateway/store/postgres/call-writer.ts";
import { sharedCallState } from "../../../../gateway/store/postgres/call-state.ts";
import { writingMemories } from "../../../../gateway/store/postgres/provenance.ts";
import { sessionStore } from "../../../../gateway/store/session-labels.ts";
import { taskTextStore } from "../../../../gateway/store/task-texts.ts";
import { describeWithPostgres } from "../../../support/postgres/server.ts";
import { watchedStore } from "../../../support/postgres/watched-store.ts";

describeWithPostgres("what calls of one turn need of PostgreSQL", () => {
  const connect = watchedStore();
  const many = Array.from({ length: 64 }, (_, at) => at);

  it("is one statement, whatever they read", async () => {
    const { connection, statements } = connect("p_read");
    const [{ read }, memories, texts] = [callTurn(connection), provenanceStore(connection), taskTextStore(connection)];
    await Promise.all(
      many.flatMap((at): Promise<unknown>[] => [
        read({ labelsOf: `s${at}` }),
        read({ liveOf: { issuer: "i", subject: `a${at}`, now: 1 } }),
        memories.read([`s${at}`]),
        texts.read(`t${at}`, 1),
      ]),
    );
    expect(statements).toEqual(["read"]);
  });

  it("is another one, whatever they change", async () => {
    const { connection, statements } = connect("p_write");
    const [sessions, memories] = [sessionStore(connection), provenanceStore(connection)];
    await Promise.all(
      many.flatMap((at): Promise<unknown>[] => [
        sessions.addLabels([{ key: `s${at}`, labels: ["a", "b"], since: 1 }]),
        memories.claim([{ key: `s${at}`, version: 0 }], "p_write", 1),
      ]),
    );
    expect(statements).toEqual(["write"]);
    const stored = await sharedCallState(connection).read(
      many.map((at) => ({ labelsOf: `s${at}`, memoryOf: `s${at}` })),
    );
    expect(stored.map(({ labels, memory }) => [labels.length, memory?.writer])).toEqual(many.map(() => [2, "p_write"]));
  });

  it("is one statement for the memories that are written, of any length", async () => {
    const { connection, statements } = connect("p_memories");
    const memories = provenanceStore(connection);
    await Promise.all(many.map((at) => memories.claim([{ key: `m${at}`, version: 0 }], "p_memories", 1)));
    statements.length = 0;
    const written = many.map((at) => ({ key: `m${at}`, memory: new Uint8Array(at).fill(at), complete: at % 2 === 0 }));
    expect(await writingMemories(connection)(written, "p_memories", 2)).toEqual([]);
    expect(statements).toEqual(["write"]);
    const stored = await memories.read(many.map((at) => `m${at}`));
    expect(stored.map((one) => one && { ...one, memory: Uint8Array.from(one.memory ?? [255]) })).toEqual(
      written.map(({ memory, complete }) => ({ memory, version: 1, writer: complete ? null : "p_memories" })),
    );
  });

  const refuses = async (value: string) => {
    const { connection } = connect("p_value");
    const sessions = sessionStore(connection);
    const keys = ["v1", "v2", "v3"].map((key) => `${key} ${value.length}`);
    const [one = "", two = "", three = ""] = keys;
    const label = (key: string, name: string) => sessions.addLabels([{ key, labels: [name], since: 1 }]);
    const settled = await Promise.allSettled([label(one, "a"), label(two, value), label(three, "a")]);
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect([...(await sessions.labels(keys)).keys()]).toEqual([one, three]);
  };

  it("fails for the call whose value it refuses, and for no other of the turn", () => refuses("a\u0000b"));

  it("fails for the call whose value no index holds, and for no other of the turn", () =>
    refuses(randomBytes(8_192).toString("base64")));

  it("is written by two gateways at once in one order, and each session is claimed by one of them", async () => {
    const writers = ["p_1", "p_2"].map((process) => callWriter(connect(process).connection));
    for (let round = 0; round < 20; round++) {
      const changes = (writer: string): CallChange[] =>
        many.map((at) => ({
          labels: [{ key: `r${at}`, labels: [`by ${writer}`, "both"], since: round }],
          claim: { key: `r${round}-${at}`, version: 0, writer, now: round },
        }));
      const [one = [], other = []] = await Promise.all([
        writers[0]?.(changes("p_1")),
        writers[1]?.(changes("p_2").toReversed()),
      ]);
      expect(many.map((at) => Number(one[at]) + Number(other.at(-1 - at)))).toEqual(many.map(() => 1));
    }
  });
});
