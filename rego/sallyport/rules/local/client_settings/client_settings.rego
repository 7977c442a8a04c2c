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
	every word, _ in _files {
		_absent(word)
	}
}

# A command that was too long to be sent: its words are not known.
_unread if {
	input.resource.properties.tool == "bash"
	not is_string(input.context.arguments.command)
}

# Most texts have not even the word that the names of these files share. The second is not tried after the first.
_absent(word) if {
	strings.count(_said, word) == 0
} else if {
	every file in _files[word] {
		strings.count(_slashed, file) == 0
	}
}

# All texts at once: an expression for each of them costs the fuel of a call with many.
_said := lower(concat("\n", _texts))

_slashed := replace(_said, "\\", "/")

_texts := _paths if input.resource.properties.tool == "write_file"

else := [text | walk(input.context.arguments, [_, text]); is_string(text)]

# What is written into a file may speak of them.
_paths := [text |
	some name in ["path", "paths"]
	walk(input.context.arguments[name], [_, text])
	is_string(text)
]

# By a word that each of them has, and that no slash is part of.
_files := {
	"claude": {".claude/settings", ".claude.json", "claude-code/managed-", "claudecode/managed-"},
	"codex": {".codex/config.toml", "codex/requirements.toml"},
	"gemini": {".gemini/settings", "gemini-cli/settings", "geminicli/settings"},
	"hooks": {
		".cursor/hooks", "cursor/hooks.json", ".github/hooks/", ".copilot/hooks/", ".codex/hooks.json",
		".windsurf/hooks", "windsurf/hooks.json",
	},
	"mcp": {".mcp.json", ".cursor/mcp.json", ".vscode/mcp.json", "code/user/mcp.json", "windsurf/mcp_config.json"},
	"sallyport": {"sallyport/connect/"},
}
