import { callTurn } from "../../../gateway/store/call-turn.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";

test("a row that cannot be read as JSON fails its own call, and no other of its turn", async () => {
  const connection = new Connection(openDatabase(":memory:"));
  const { read } = callTurn(connection);
  const insert = connection.database.prepare(
    "INSERT INTO task_texts (key, client, texts, expires) VALUES (?, 'c', ?, 10)",
  );
  insert.run("good", "[]");
  insert.run("bad", "[{");
  const answers = await Promise.allSettled(["bad", "good"].map((key) => read({ textsOf: { key, now: 1 } })));
  expect(answers).toMatchObject([
    { status: "rejected", reason: expect.any(SyntaxError) as unknown },
    { status: "fulfilled", value: { texts: { texts: [] } } },
  ]);
});
