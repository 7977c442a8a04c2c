import { completable, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { embedded, image, text } from "./content.ts";

const says = (...content: (ReturnType<typeof text> | typeof image | ReturnType<typeof embedded>)[]) => ({
  messages: content.map((part) => ({ role: "user" as const, content: part })),
});

export function addPrompts(server: McpServer): void {
  server.registerPrompt("test_simple_prompt", { description: "Says one thing." }, () =>
    says(text("This is a simple prompt for testing.")),
  );
  const either = z.object({
    arg1: completable(z.string(), (value) => ["paris", "park", "party"].filter((one) => one.startsWith(value))),
    arg2: z.string(),
  });
  server.registerPrompt("test_prompt_with_arguments", { argsSchema: either }, ({ arg1, arg2 }) =>
    says(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  const about = z.object({ resourceUri: z.string() });
  server.registerPrompt("test_prompt_with_embedded_resource", { argsSchema: about }, ({ resourceUri }) =>
    says(embedded(resourceUri, "Embedded resource content for testing."), text("Please process the resource above.")),
  );
  server.registerPrompt("test_prompt_with_image", { description: "Shows an image." }, () =>
    says(image, text("Please analyze the image above.")),
  );
}
