import { Agent } from "node:http";
import { createProxyServer } from "http-proxy-3";
import { installedVersions } from "../machine/versions.ts";
import { nodePeer, type Serve } from "./node-server.ts";

export const peer = nodePeer("http-proxy-3", () => installedVersions("http-proxy-3"));

/** With its default agent it would open a connection for every request and cost four times as much. */
export const serve: Serve = ({ upstream }) => {
  const proxy = createProxyServer({ target: upstream, agent: new Agent({ keepAlive: true }) });
  proxy.on("error", (error, _req, res) => {
    if ("writeHead" in res && !res.headersSent) res.writeHead(502).end(error.message);
  });
  return (req, res) => proxy.web(req, res);
};
