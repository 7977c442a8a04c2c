import { Refusal } from "../../../gateway/domain/errors.ts";
import { type Target, readTarget } from "../../../gateway/parse/target/target.ts";
import { type Check, Failures } from "../check.ts";
import { interpreters } from "./interpreters.ts";
import { makePath } from "./make-path.ts";

const host = "gateway.example";

/** Whatever a tool server does with the path that is sent, it arrives where policy thought it would. */
export const pathReadings: Check = {
  name: "path-readings",
  full: 500_000,
  quick: 100_000,
  async run({ count, random, progress }) {
    const failures = new Failures();
    let accepted = 0;
    for (let done = 0; done < count; done++) {
      const path = makePath(random);
      const read = judgedPath(path);
      if (read instanceof Error) failures.add(`${read.name}: ${read.message}: ${JSON.stringify(path)}`);
      else if (read !== null) {
        accepted++;
        const wrong = disagreement(read);
        if (wrong !== null) failures.add(`${JSON.stringify(path)} is sent as ${JSON.stringify(read.path)}; ${wrong}`);
      }
      progress(done);
    }
    if (accepted < count / 5) failures.add(`only ${accepted} of ${count} paths were accepted, too few to say anything`);
    return { count, failures: failures.list(), figures: { accepted, refused: count - accepted } };
  },
};

function judgedPath(path: string): Target | Error | null {
  try {
    return readTarget(path, host, false);
  } catch (thrown) {
    if (thrown instanceof Refusal) return null;
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

function disagreement({ path, segments }: Target): string | null {
  const judged = `/${segments.join("/")}`;
  for (const [name, read] of Object.entries(interpreters)) {
    const seen = read(path);
    if (seen !== null && seen !== judged)
      return `judged ${JSON.stringify(judged)}, ${name} reads ${JSON.stringify(seen)}`;
  }
  return null;
}
