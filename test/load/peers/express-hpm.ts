import { Agent } from "node:http";
import express from "express";
import { createProxyMiddleware } from "http-proxy-middleware";
import { installedVersions } from "../machine/versions.ts";
import { nodePeer, type Serve } from "./node-server.ts";

export const peer = nodePeer("express-hpm", () => installedVersions("express", "http-proxy-middleware"));

export const serve: Serve = ({ upstream }) => {
  const app = express();
  app.use(createProxyMiddleware({ target: upstream, changeOrigin: true, agent: new Agent({ keepAlive: true }) }));
  return app;
};
