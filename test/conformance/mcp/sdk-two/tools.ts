import type { McpServer } from "@modelcontextprotocol/server";
import { audio, embedded, image, text } from "./content.ts";

/** What each tool answers with. */
const answers = {
  test_simple_text: [text("This is a simple text response for testing.")],
  test_image_content: [image],
  test_audio_content: [audio],
  test_embedded_resource: [embedded("test://embedded-resource", "This is an embedded resource content.")],
  test_multiple_content_types: [
    text("Multiple content types test:"),
    image,
    embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json"),
  ],
};

export function addTools(server: McpServer): void {
  for (const [name, content] of Object.entries(answers))
    server.registerTool(name, { description: `Answers with ${content[0]?.type}.` }, () => ({ content }));
  server.registerTool("test_error_handling", { description: "Fails." }, () => ({
    content: [text("This tool intentionally returns an error for testing")],
    isError: true,
  }));
  server.registerTool("test_tool_with_progress", { description: "Tells its progress." }, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    if (progressToken !== undefined)
      for (const progress of [0, 50, 100])
        await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
    return { content: [text(String(progressToken))] };
  });
}
