import { asRefusal } from "../../../gateway/domain/errors.ts";
import { callbacks } from "../../../gateway/authzen/callbacks.ts";

async function vetted(endpoint: string, allow: readonly string[], addressIsAllowed = true) {
  const resolved: string[] = [];
  const resolve = (host: string) => {
    resolved.push(host);
    return addressIsAllowed ? Promise.resolve() : Promise.reject(new Error("127.0.0.1 is loopback"));
  };
  const { vet } = callbacks({ allow, resolve, sender: { send: () => undefined } });
  const hint = await vet(endpoint).then(
    () => "accepted",
    (thrown: unknown) => asRefusal(thrown).hint,
  );
  return { hint, resolved };
}

test.each<[string, string, string]>([
  ["https://pep.example/cb", "https://pep.example/cb", "accepted"],
  ["https://pep.example/cb/1?x=2", "https://pep.example/cb", "accepted"],
  ["https://pep.example/cb/1", "https://pep.example/cb/", "accepted"],
  ["https://pep.example/cb/../cb/1", "https://pep.example/cb", "accepted"],
  ["https://pep.example/cba", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/../admin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/%2e%2e%2fadmin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/..%5cadmin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb/..;/admin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example/cb//admin", "https://pep.example/cb", "it is not registered"],
  ["https://pep.example:8443/cb", "https://pep.example/cb", "it is not registered"],
  ["http://pep.example/cb", "https://pep.example/cb", "it is not registered"],
  ["https://evil.example/cb", "https://pep.example/cb", "it is not registered"],
  ["https://user@pep.example/cb", "https://pep.example/cb", "it is not a plain URL"],
  ["https://:secret@pep.example/cb", "https://pep.example/cb", "it is not a plain URL"],
  ["https://pep.example/cb#x", "https://pep.example/cb", "it is not a plain URL"],
  ["pep.example/cb", "https://pep.example/cb", "it is not a plain URL"],
])("answers a caller that wants to be called back at %s, while %s is registered: %s", async (endpoint, allow, hint) => {
  expect((await vetted(endpoint, [allow])).hint).toBe(hint);
});

test("resolves the host of a registered endpoint only, without the brackets of IPv6", async () => {
  expect((await vetted("https://[::1]/cb", ["https://[::1]/cb"])).resolved).toEqual(["::1"]);
  expect((await vetted("https://evil.example/cb", ["https://pep.example/cb"])).resolved).toEqual([]);
  expect((await vetted("https://pep.example/cb", ["https://pep.example"], false)).hint).toBe(
    "its address is not allowed",
  );
});
