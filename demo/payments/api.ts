import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { z } from "zod";
import type { Executions } from "../tools/executions.ts";
import { OrderBook } from "./orders.ts";

const refundBody = z.strictObject({
  order_id: z.string().min(1),
  amount: z.number().positive(),
  currency: z.string().length(3),
  reason: z.string(),
});

/**
 * The HTTP tool server of the demo. It has no policy: every client with its key may call everything, which is why
 * agents never get the key.
 */
export function paymentsApi(executions: Executions, key: string): Express {
  const book = new OrderBook();
  let keyVersion = 1;
  const app = express();
  app.disable("x-powered-by").disable("etag");

  app.use(function requireKey(req: Request, res: Response, next: NextFunction) {
    if (executions.checkCredential(req.headers, key)) next();
    else res.status(401).json({ error: "payments: wrong or missing key" });
  });
  app.use(express.json());

  app.get("/v1/orders/:order_id", function getOrder(req, res) {
    executions.ran("get_order", { order_id: req.params.order_id });
    const order = book.order(req.params.order_id);
    if (order === null) res.status(404).json({ error: `no order ${req.params.order_id}` });
    else res.json(order);
  });

  app.get("/v1/refunds", function listRefunds(_req, res) {
    executions.ran("list_refunds", {});
    res.json({ refunds: book.refunds() });
  });

  app.post("/v1/refunds", function createRefund(req, res) {
    const body = refundBody.safeParse(req.body);
    if (!body.success) {
      res.status(422).json({ error: z.prettifyError(body.error) });
      return;
    }
    executions.ran("create_refund", body.data);
    res.status(201).json(book.refund(body.data));
  });

  app.post("/v1/keys/rotate", function rotateKeys(_req, res) {
    executions.ran("rotate_keys", {});
    keyVersion += 1;
    res.json({ key_version: keyVersion });
  });

  return app;
}
