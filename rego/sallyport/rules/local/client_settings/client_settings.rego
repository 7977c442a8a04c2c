package sallyport.rules.local.client_settings

import future.keywords.not

import data.sallyport.reason

# METADATA
# title: The call names a file of its client's settings, where the hook stands that asks here
# description: >-
#   An agent that writes to the settings of its own client could take the hook out, or add a tool server that goes past
#   the gateway. Files are written and commands are run only when they name none of these files; they may be read. A
#   command that names such a file in other words is not seen: settings of the machine (`sallyport connect --managed`)
#   are what holds then.
# custom:
#   code: CLIENT_SETTINGS
#   severity: high
#   controls: [ASI02, ASI03]
#   owner: platform-security
_client_settings := reason.of(rego.metadata.chain())

deny contains _client_settings if {
	input.resource.properties.server == "local"
	not input.resource.properties.tool in {"read_file", "search_files"}
	not _names_none
}

_names_none if {
	is_object(input.context.arguments)
	not _unread
	every text in _texts {
		not _settings(text)
	}
}

# A command that was too long to be sent: its words are not known.
_unread if {
	input.resource.properties.tool == "bash"
	not is_string(input.context.arguments.command)
}

_settings(text) if {
	some file in _files
	contains(replace(lower(text), "\\", "/"), file)
}

_texts := _paths if input.resource.properties.tool == "write_file"

else := {text | walk(input.context.arguments, [_, text]); is_string(text)}

# What is written into a file may speak of them.
_paths contains text if {
	some name in ["path", "paths"]
	walk(input.context.arguments[name], [_, text])
	is_string(text)
}

_files := {
	".claude/settings", ".claude.json", ".mcp.json", "claude-code/managed-", "claudecode/managed-",
	".cursor/hooks", ".cursor/mcp.json", "cursor/hooks.json",
	".github/hooks/", ".copilot/hooks/", ".vscode/mcp.json", "code/user/mcp.json",
	".codex/config.toml", ".codex/hooks.json", "codex/requirements.toml",
	".gemini/settings", "gemini-cli/settings", "geminicli/settings",
	".windsurf/hooks", "windsurf/hooks.json", "windsurf/mcp_config.json",
	"sallyport/connect/",
}
