import { operationFinder } from "../../../../gateway/parse/openapi/operation-finder.ts";

const document = (paths: object, more: object = {}) => ({
  openapi: "3.1.0",
  info: { title: "t", version: "1" },
  paths,
  ...more,
});
const operation = (operationId: string) => ({ operationId, responses: {} });
const named = (find: ReturnType<typeof operationFinder>, method: string, path: string): string | undefined =>
  find(method, path === "/" ? [] : path.slice(1).split("/"))?.name;

test("finds the operation of a path and its decoded parameters", () => {
  const find = operationFinder(document({ "/v1/orders/{order_id}/items/{item}": { get: operation("get_item") } }));
  expect(find("GET", ["v1", "orders", "8 81", "items", "2"])).toMatchObject({
    name: "get_item",
    parameters: [
      ["order_id", "8 81"],
      ["item", "2"],
    ],
    definition: { operationId: "get_item" },
  });
});

test("prefers the more specific template: literal, then partly literal, then bare parameter", () => {
  const find = operationFinder(
    document({
      "/orders/{id}": { get: operation("by_id") },
      "/orders/{id}.json": { get: operation("as_json") },
      "/orders/{id}:cancel": { get: operation("cancel") },
      "/orders/search": { get: operation("search") },
      "/{any}/search": { get: operation("any_search") },
    }),
  );
  expect(named(find, "GET", "/orders/search")).toBe("search");
  expect(named(find, "GET", "/orders/7.json")).toBe("as_json");
  expect(named(find, "GET", "/orders/7:cancel")).toBe("cancel");
  expect(named(find, "GET", "/orders/7")).toBe("by_id");
  expect(named(find, "GET", "/users/search")).toBe("any_search");
});

test("finds nothing for another method, depth, trailing slash or an empty parameter", () => {
  const find = operationFinder(
    document({ "/orders/search": { post: operation("search") }, "/orders/{id}": { get: operation("by_id") } }),
  );
  // An upstream may take "search" for an id here: what is not described exactly stays undescribed.
  expect(named(find, "GET", "/orders/search")).toBeUndefined();
  expect(named(find, "GET", "/orders/7/x")).toBeUndefined();
  expect(named(find, "GET", "/orders/7/")).toBeUndefined();
  expect(named(find, "GET", "/orders/")).toBeUndefined();
});

test("finds the document's own operation for HEAD, and that of GET where it has none", () => {
  const find = operationFinder(
    document({
      "/items/{id}": { get: operation("get_item"), head: operation("head_item") },
      "/items/all": { get: operation("get_all") },
      "/marks/{mark}": { head: operation("head_mark"), delete: operation("delete_mark") },
    }),
  );
  expect(named(find, "HEAD", "/items/7")).toBe("head_item");
  expect(named(find, "GET", "/items/7")).toBe("get_item");
  expect(named(find, "HEAD", "/items/all")).toBe("get_all");
  expect(find("HEAD", ["marks", "7"])).toMatchObject({ name: "head_mark", parameters: [["mark", "7"]] });
  expect(named(find, "GET", "/marks/7")).toBeUndefined();
  // A server that matches without case answers it as GET /items/all.
  expect(() => find("HEAD", ["items", "ALL"])).toThrow("path");
});

test("names an operation without operationId by method and template", () => {
  const find = operationFinder(
    document({ "/orders/{id}": { get: { responses: {} } }, "/": { get: { responses: {} } } }),
  );
  expect(named(find, "GET", "/orders/7")).toBe("GET /orders/{id}");
  expect(named(find, "GET", "/")).toBe("GET /");
});

test("puts paths below the base of each server, path item and operation before document", () => {
  const servers = (...urls: string[]) => ({
    servers: urls.map((url) => ({ url, variables: { version: { default: "v2" } } })),
  });
  const find = operationFinder(
    document(
      {
        "/a": { get: operation("a") },
        "/b": { ...servers("/item"), get: operation("b"), post: { ...operation("c"), ...servers("/op/") } },
      },
      servers("https://api.example/base", "/{version}"),
    ),
  );
  expect(named(find, "GET", "/base/a")).toBe("a");
  expect(named(find, "GET", "/v2/a")).toBe("a");
  expect(named(find, "GET", "/a")).toBeUndefined();
  expect(named(find, "GET", "/item/b")).toBe("b");
  expect(named(find, "POST", "/op/b")).toBe("c");
});

test("follows a path item's reference within the document", () => {
  const find = operationFinder(
    document(
      { "/a": { $ref: "#/components/pathItems/a~1b" } },
      { components: { pathItems: { "a/b": { get: operation("a") } } } },
    ),
  );
  expect(named(find, "GET", "/a")).toBe("a");
});

test.each([
  ["another version", { swagger: "2.0" }, "version 3.x"],
  [
    "an operationId twice",
    document({ "/a": { get: operation("x") }, "/b": { get: operation("x") } }),
    "described twice",
  ],
  [
    "two templates for one path",
    document({ "/a/{x}": { get: operation("x") }, "/a/{y}": { get: operation("y") } }),
    "two meanings",
  ],
  ["two parameters in a segment", document({ "/a/{x}-{y}": { get: operation("x") } }), "one parameter a segment"],
  ["a parameter twice", document({ "/{x}/{x}": { get: operation("x") } }), "names a parameter twice"],
  ["an ambiguous path", document({ "/a/../b": { get: operation("x") } }), "two ways"],
  ["a reference to another document", document({ "/a": { $ref: "other.yaml" } }), "another document"],
  ["a reference in circles", document({ "/a": { $ref: "#/paths/~1a" } }), "not a path item"],
])("refuses to start with %s", (_what, bad, message) => {
  expect(() => operationFinder(bad)).toThrow(message);
});

test("knows nothing without a document", () => {
  expect(operationFinder(null)("GET", ["a"])).toBeNull();
});

describe("to servers that match paths without case", () => {
  const find = operationFinder(
    document({
      "/orders/all": { get: operation("all_orders") },
      "/orders/purge": { post: operation("purge_orders") },
      "/orders/{id}": { get: operation("get_order"), delete: operation("drop_order") },
      "/orders/{id}.pdf": { get: operation("print_order") },
      "/orders/{id}/Void": { post: operation("void_order") },
      "/orders/{id}/{verb}": { post: operation("change_order") },
      "/orders/mine/{verb}": { put: operation("change_mine") },
    }),
  );
  const ambiguous = expect.objectContaining({ code: "path_ambiguous" });

  test.each([
    ["GET", "/orders/ALL"],
    ["GET", "/orders/All"],
    ["GET", "/orders/7.PDF"],
    ["POST", "/orders/7/void"],
    // Those of no operation: as they are written, there is none, or not of this method.
    ["GET", "/Orders/7"],
    ["POST", "/ORDERS/purge"],
    ["POST", "/orders/PURGE"],
    ["DELETE", "/orders/7.pdf"],
    ["HEAD", "/Orders/7"],
    ["HEAD", "/orders/ALL"],
  ])("a path that leads to another operation is refused: %s %s", (method, path) => {
    expect(() => named(find, method, path)).toThrow(ambiguous);
  });

  test.each([
    ["GET", "/orders/all", "all_orders"],
    ["GET", "/orders/alle", "get_order"],
    ["GET", "/orders/7.pdf", "print_order"],
    ["POST", "/orders/7/Void", "void_order"],
    ["POST", "/orders/7/pay", "change_order"],
    // There is no GET of `purge`, and no POST below `mine`.
    ["GET", "/orders/PURGE", "get_order"],
    ["POST", "/orders/MINE/pay", "change_order"],
  ])("one that leads to the same operation is found: %s %s", (method, path, name) => {
    expect(named(find, method, path)).toBe(name);
  });

  test("two templates that differ in case alone are told apart, as their server does", () => {
    const both = operationFinder(
      document({ "/a/x/{id}": { get: operation("small") }, "/A/x/{id}": { get: operation("large") } }),
    );
    expect([named(both, "GET", "/a/x/1"), named(both, "GET", "/A/x/1")]).toEqual(["small", "large"]);
    expect(() => named(both, "GET", "/a/X/1")).toThrow(ambiguous);
  });

  test.each([
    ["in this order", ["X-{id}", "x-{id}"]],
    ["in the other order", ["x-{id}", "X-{id}"]],
  ])("two that differ in the case of what is before a parameter are told apart, %s", (_order, templates) => {
    const both = operationFinder(
      document(Object.fromEntries(templates.map((template) => [`/files/${template}`, { get: operation(template) }]))),
    );
    expect([named(both, "GET", "/files/X-1"), named(both, "GET", "/files/x-1")]).toEqual(["X-{id}", "x-{id}"]);
  });

  test("of two that are as long, the one that is found without case is refused, whichever fits exactly", () => {
    const crossed = operationFinder(
      document({ "/files/{id}-x": { get: operation("after") }, "/files/x-{id}": { get: operation("before") } }),
    );
    expect(() => named(crossed, "GET", "/files/x-1-X")).toThrow(ambiguous);
    expect(named(crossed, "GET", "/files/X-1-x")).toBe("after");
  });

  test.each([
    ["POST", "/orders/all"],
    ["PATCH", "/ORDERS/all"],
    ["PUT", "/Orders/7"],
    ["OPTIONS", "/orders/ALL"],
    ["POST", "/ORDERS/7/x/y"],
    ["POST", "/orders/"],
  ])(
    "there is none for a path that exactly is that of other methods, nor for a method or path that no operation has: %s %s",
    (method, path) => {
      expect(named(find, method, path)).toBeUndefined();
    },
  );

  test("a path of another depth is folded no further than the document's paths go", () => {
    let folded = 0;
    const long = { toLowerCase: () => (folded++, "") } as unknown as string;
    const segments = ["Users", ...Array.from({ length: 10_000 }, () => long)];
    expect([find("GET", segments), folded]).toEqual([null, 0]);
  });
});
