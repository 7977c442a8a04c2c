export interface Order {
  readonly order_id: string;
  readonly total: number;
  readonly currency: string;
  readonly status: "delivered" | "returned";
}

export interface Refund {
  readonly refund_id: string;
  readonly order_id: string;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string;
}

const orders: readonly Order[] = [
  { order_id: "o-881", total: 120, currency: "EUR", status: "returned" },
  { order_id: "o-882", total: 64.5, currency: "EUR", status: "delivered" },
  { order_id: "o-900", total: 9400, currency: "EUR", status: "returned" },
];

/** The shop's books, kept in memory for as long as the demo runs. */
export class OrderBook {
  readonly #refunds: Refund[] = [];

  order(id: string): Order | null {
    return orders.find((order) => order.order_id === id) ?? null;
  }

  refunds(): readonly Refund[] {
    return this.#refunds;
  }

  refund(asked: Omit<Refund, "refund_id">): Refund {
    const refund = { refund_id: `r-${this.#refunds.length + 1}`, ...asked };
    this.#refunds.push(refund);
    return refund;
  }
}
