import { relative } from "node:path";
import { ownCommand } from "../../../../gateway/cli/common/own-command.ts";
import { root } from "../../../conformance/house/guards/tree.ts";

const checkout = root.replace(/\/$/, "");

test("is the program's name where it is installed", () => {
  const { start, path } = ownCommand("/usr/lib/node_modules/sallyport/dist/gateway/cli/common/own-command.js", "/srv");
  expect([start, path("gate/sallyport.yaml")]).toEqual(["sallyport", "gate/sallyport.yaml"]);
});

test("is npm's script in the folder of a checkout", () => {
  const { start, path } = ownCommand(undefined, checkout);
  expect([start, path("gate/sallyport.yaml")]).toEqual(["npm run sallyport --", "gate/sallyport.yaml"]);
});

test("names the checkout and the whole path for somebody in another folder", () => {
  const { start, path } = ownCommand(undefined, "/srv");
  expect(start).toBe(`npm run --prefix ${checkout} sallyport --`);
  expect(path(relative(process.cwd(), "/srv/a site/sallyport.yaml"))).toBe("'/srv/a site/sallyport.yaml'");
});
