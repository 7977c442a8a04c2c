"""An MCP server of the Python SDK on its standard streams, or over HTTP on PORT, with a bit of everything."""

import asyncio
import os

from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel

mcp = FastMCP("python")


class Name(BaseModel):
    name: str


@mcp.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@mcp.tool()
def large() -> dict[str, int]:
    """A number beyond 2^53."""
    return {"large": 12345678901234567890}


@mcp.tool()
def environment() -> list[str]:
    """Names of the environment's variables."""
    return sorted(os.environ)


@mcp.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("on purpose")


@mcp.tool()
async def steps(count: int, ctx: Context) -> str:
    """Tells progress and logs."""
    for step in range(count):
        await ctx.report_progress(step + 1, count, f"step {step + 1}")
        await asyncio.sleep(0)
    await ctx.info("done")
    return "done"


@mcp.tool()
async def who(ctx: Context) -> str:
    """Asks its client."""
    answer = await ctx.elicit("who?", Name)
    return f"{answer.action} {answer.data.name if answer.action == 'accept' else ''}"


@mcp.tool()
async def think(ctx: Context) -> str:
    """Samples its client's model."""
    from mcp.types import SamplingMessage, TextContent

    message = SamplingMessage(role="user", content=TextContent(type="text", text="think"))
    answer = await ctx.session.create_message([message], max_tokens=5, related_request_id=ctx.request_id)
    return getattr(answer.content, "text", "")


@mcp.resource("note://one")
def one() -> str:
    return "one"


@mcp.resource("note://{name}/text")
def note(name: str) -> str:
    return f"note {name}"


@mcp.prompt()
def greet(name: str) -> str:
    return f"Greet {name}"


if __name__ == "__main__":
    if "PORT" in os.environ:
        mcp.settings.port = int(os.environ["PORT"])
        mcp.run(transport="streamable-http")
    else:
        mcp.run(transport="stdio")
