package sallyport.rules.local.client_settings_test

import data.sallyport.rules.local.client_settings
import data.sallyport.testing

_call(tool, arguments) := testing.call("ann", ["developers"], "local", tool, arguments)

test_denies_writing_the_settings_of_a_client if {
	every path in [
		"/w/.claude/settings.json",
		"/w/ann/.claude/settings.local.json",
		"/w/.mcp.json",
		"/w/ann/.cursor/hooks.json",
		"/w/.github/hooks/sallyport.json",
		"/w/ann/.codex/config.toml",
		"/w/ann/.gemini/settings.json",
		"/etc/windsurf/hooks.json",
		"C:\\Users\\ann\\.Claude\\settings.json",
	] {
		_denied with input as _call("write_file", {"path": path, "content": ""})
		_denied with input as _call("write_file", {"paths": ["/w/a", path]})
		_denied with input as _call("bash", {"command": concat(" ", ["rm", path]), "destinations": []})
		_denied with input as _call("Anything", {"deep": [{"er": path}]})
	}
}

test_allows_reading_them if {
	every tool in ["read_file", "search_files"] {
		count(client_settings.deny) == 0 with input as _call(tool, {"path": "/w/.claude/settings.json"})
	}
}

test_allows_files_that_only_speak_of_them if {
	arguments := {"path": "/w/docs/hooks.md", "content": "They stand in .claude/settings.json."}
	count(client_settings.deny) == 0 with input as _call("write_file", arguments)
}

test_allows_every_other_command if {
	count(client_settings.deny) == 0 with input as _call("bash", {"command": "npm test", "destinations": []})
}

test_denies_what_it_cannot_read if {
	_denied with input as testing.without(_call("bash", {"command": "ls"}), ["/context/arguments"])
}

test_denies_a_command_too_long_to_be_read if {
	omitted := {"omitted": "text", "length": 40000, "sha256": "00"}
	_denied with input as _call("bash", {"command": omitted, "destinations": []})
}

test_reads_each_text_for_itself if {
	texts := ["/w/.claude", "/settings", "settings.json"]
	count(client_settings.deny) == 0 with input as _call("Anything", {"texts": texts})
}

test_each_file_has_the_word_that_it_is_looked_for_by if {
	every word, files in client_settings._files {
		every file in files {
			contains(file, word)
			_denied with input as _call("Anything", {"deep": [replace(upper(file), "/", "\\")]})
		}
	}
}

test_is_about_no_other_server if {
	settings := {"path": ".claude/settings.json"}
	count(client_settings.deny) == 0 with input as testing.call("ann", ["refunds"], "payments", "get_order", settings)
}

_denied if testing.codes(client_settings.deny) == {"CLIENT_SETTINGS"}
