"""A client of the Python SDK that does what a plan says, and writes what it got as one line of JSON."""

import asyncio
import json
import re
import sys
from contextlib import asynccontextmanager

import httpx
from mcp import ClientSession, types
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import McpError


@asynccontextmanager
async def streams(place):
    if "run" in place:
        command, *args = place["run"]
        parameters = StdioServerParameters(command=command, args=args, env=place["env"])
        async with stdio_client(parameters, errlog=sys.stderr) as (read, write):
            yield read, write
        return
    headers = {} if place["token"] is None else {"authorization": "Bearer " + place["token"]}
    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        async with streamable_http_client(place["url"], http_client=http) as (read, write, _):
            yield read, write


async def sample(_context, _params):
    content = types.TextContent(type="text", text="thought")
    return types.CreateMessageResult(role="assistant", model="test", content=content)


async def elicit(_context, _params):
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def roots(_context):
    return types.ListRootsResult(roots=[types.Root(uri="file:///tour", name="tour")])


def plain(result):
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


def told_of(heard, tells):
    """What a server told that the plan speaks of: in any order, each once."""
    texts = []
    for notification in heard:
        said = plain(notification)
        params = {key: value for key, value in said.get("params", {}).items() if key != "_meta"}
        texts.append(json.dumps({"method": said["method"], "params": params}, separators=(",", ":")))
    return sorted({text for text in texts if any(re.search(tell, text) for tell in tells)})


async def heard_all(heard, tells):
    while not all(any(re.search(tell, text) for text in told_of(heard, tells)) for tell in tells):
        await asyncio.sleep(0.02)
    return told_of(heard, tells)


async def tour(session, plan, heard):
    seen = []
    progress = []

    async def told(value, total, message):
        progress.append([value, total, message])

    async def step(name, work):
        progress.clear()
        try:
            got = plain(await work)
        except McpError as error:
            got = f"{error.error.code} {error.error.message}"
        seen.append([name, got])
        seen.append([f"progress of {name}", list(progress)])

    await step("tools/list", session.list_tools())
    for name, args in plan["calls"]:
        await step(f"call {name}", session.call_tool(name, args, progress_callback=told))
    able = session.get_server_capabilities()
    if able.resources:
        await step("resources/templates/list", session.list_resource_templates())
        await step("resources/list", session.list_resources())
        listed = (await session.list_resources()).resources
        for uri in [*(str(one.uri) for one in listed), *plan["uris"]]:
            await step(f"read {uri}", session.read_resource(uri))
        if listed and plan["updates"]:
            await step("subscribe", session.subscribe_resource(listed[0].uri))
            for _time in ["on", "off"]:
                await step(f"call {plan['updates']}", session.call_tool(plan["updates"], {}))
            await step("unsubscribe", session.unsubscribe_resource(listed[0].uri))
    if able.prompts:
        await step("prompts/list", session.list_prompts())
        for name, args in plan["prompts"].items():
            await step(f"prompt {name}", session.get_prompt(name, args))
    if able.completions:
        for one in plan["completions"]:
            prompt = one["ref"]["type"] == "ref/prompt"
            kind = types.PromptReference if prompt else types.ResourceTemplateReference
            await step("completion", session.complete(kind(**one["ref"]), one["argument"]))
    if able.logging:
        await step("logging", session.set_logging_level("debug"))
    seen.append(["notifications", await asyncio.wait_for(heard_all(heard, plan["tells"]), 20)])
    return seen


async def long_call(session, name, args):
    """A call whose stream is cut once it is said that it is under way."""
    progress = []

    async def told(value, _total, _message):
        progress.append(value)
        if len(progress) == 1:
            print("under way", flush=True)

    result = await session.call_tool(name, args, progress_callback=told)
    return {"result": plain(result), "progress": progress}


async def main():
    given = json.load(sys.stdin)
    plan = given["plan"]
    can = {"sampling": ("sampling_callback", sample), "elicitation": ("elicitation_callback", elicit)}
    can["roots"] = ("list_roots_callback", roots)
    callbacks = dict(can[name] for name in plan["capabilities"])
    heard = []

    async def told(message):
        if isinstance(message, types.ServerNotification):
            heard.append(message.root)

    async with streams(given["place"]) as (read, write):
        async with ClientSession(read, write, message_handler=told, **callbacks) as session:
            await session.initialize()
            long = given.get("long")
            seen = await (tour(session, plan, heard) if long is None else long_call(session, *long))
    print(json.dumps(seen))


asyncio.run(main())
