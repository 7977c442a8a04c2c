import { cardContext } from "../../../../gateway/domain/approval/card-context.ts";
import { evaluated } from "../../../support/builders.ts";

test("a card knows the gateway that held its call, whose decision log has the record", () => {
  const call = evaluated();
  expect(cardContext(call)).toMatchObject({ gateway: call.facts.gateway.instance });
});
