import { TestEnvironment } from "jest-environment-node";
import { Agent, setGlobalDispatcher } from "undici";

// An idle connection is closed by its server after five seconds. A starved test process would use it once more before it hears of
// that, and its request would fail for no reason of the subject's. So each request of `fetch` has its own connection.
setGlobalDispatcher(new Agent({ pipelining: 0 }));

/** Node's environment, its `fetch` as above. This file is loaded outside of the tests' own globals, where `fetch` looks. */
export default TestEnvironment;
