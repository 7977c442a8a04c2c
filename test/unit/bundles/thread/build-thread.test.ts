import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { asFailure, type BundleFailure, TransientFailure } from "../../../../gateway/bundles/failure.ts";
import type { RuleCheck } from "../../../../gateway/bundles/rule-checks/check-rules.ts";
import { askBuildThread, releaseThreads } from "../../../../gateway/bundles/thread/build-thread.ts";
import { ThreadFailure } from "../../../../gateway/lib/resident-thread.ts";
import { engine as realEngine, policyFolder } from "../support/policy-folder.ts";

const file = new URL("../../../../gateway/bundles/thread/build-thread-worker.ts", import.meta.url);
const seen: string[] = [];
const engine = { expectLoad: () => void seen.push("expected"), releaseLoad: () => void seen.push("released") };
const check: RuleCheck = {
  opa: "opa",
  archive: null,
  modules: {},
  optional: [],
  origins: null,
  roots: [],
  exportsAsTheyAre: false,
  known: null,
};

afterEach(() => releaseThreads(engine));

async function failureOf(asked: Promise<unknown>): Promise<BundleFailure> {
  return asked.then(
    () => Promise.reject(new Error("it was answered")),
    (thrown: unknown) => asFailure(thrown, "activate"),
  );
}

test("a file that cannot be read on the thread is a transient failure that tells no path", async () => {
  const failure = await failureOf(askBuildThread("plan", "/nowhere/plan.tar.gz"));
  expect(failure).toBeInstanceOf(TransientFailure);
  expect(failure.message).toBe("the policy could not be built here: open ENOENT");
});

test("a plan is read on a thread of its own: it does not wait for what the thread of checks is busy with", async () => {
  const rows = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`name-${index}`, { id: index }]));
  const bytes = Buffer.from(JSON.stringify({ large: rows }));
  const readPlan = (): Promise<unknown> => failureOf(askBuildThread("plan", "/nowhere/plan.tar.gz"));
  // Both threads run, and have their code.
  await Promise.all([askBuildThread("data", []), readPlan()]);
  const order: string[] = [];
  await Promise.all([
    askBuildThread("data", [{ path: "data.json", bytes }]).then(() => order.push("checked")),
    readPlan().then(() => order.push("plan")),
  ]);
  expect(order).toEqual(["plan", "checked"]);
});

test("a thread without an answer is a transient failure", async () => {
  const failure = await failureOf(askBuildThread("rules", check, { limitMs: 1 }));
  expect(failure).toBeInstanceOf(TransientFailure);
  expect(failure.cause).toBeInstanceOf(ThreadFailure);
  expect(failure.message).toBe("the thread that checks the policy gave no answer in 0.001 s");
});

test("without a folder for temporary files, rules and prints are checked later", async () => {
  const env = { ...process.env, TMPDIR: "/nowhere/at/all" };
  const worker = new Worker(file, { env });
  try {
    const answered = async (kind: string, data: unknown): Promise<unknown> => {
      worker.postMessage({ id: 1, kind, data, moved: [] });
      const [reply] = (await once(worker, "message")) as readonly { readonly answer: unknown }[];
      return reply?.answer;
    };
    const failure = "the policy could not be built here: mkdtemp ENOENT";
    expect(await answered("rules", check)).toEqual({ answer: { failure, transient: true }, data: null });
    expect(await answered("prints", { opa: "opa", modules: [] })).toEqual({ failure });
  } finally {
    await worker.terminate();
  }
});

test("the thread that loads is expected with the one that checks, and released when the delivery closes", async () => {
  const folder = await policyFolder({});
  seen.length = 0;
  const bundles = folder.bundles({ engine: { ...realEngine, ...engine } });
  // It has no policy, so that it closes by itself.
  await expect(bundles.start()).rejects.toThrow("cannot be read");
  expect([seen[0], seen.at(-1)]).toEqual(["expected", "released"]);
  await folder.remove();
});
