/** Invented records. */
export const customers = [
  { customer_id: "c-17", name: "Example Customer 17", email: "customer17@shop.example", card: "4000 0000 0000 0000" },
  { customer_id: "c-18", name: "Example Customer 18", email: "customer18@shop.example", card: "4000 0000 0000 0018" },
] as const;

export const tickets = [
  { ticket_id: "t-1", customer_id: "c-17", subject: "parcel arrived broken" },
  { ticket_id: "t-2", customer_id: "c-18", subject: "wants a refund" },
] as const;
