import { installedVersions } from "../machine/versions.ts";
import { dispatcher, readBody } from "./dispatch.ts";
import { nodePeer, type Serve } from "./node-server.ts";

export const peer = nodePeer("bare-undici", () => `node ${process.version} + ${installedVersions("undici")}`);

export const serve: Serve = ({ upstream }) => {
  const forward = dispatcher(upstream);
  return (req, res) => readBody(req, (body) => forward(req, res, body));
};
