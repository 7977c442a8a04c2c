package sallyport.lib.target_test

import future.keywords.not

import data.sallyport.lib.target

test_servers_prompts_and_resources_are_no_tools if {
	every type in ["server", "prompt", "resource", "resource_template", "task"] {
		target.other_than_tool(type)
	}
}

test_anything_else_counts_as_a_tool if {
	every type in ["tool", "", "Server", null, 1, true, ["server"], {"server": true}] {
		not target.other_than_tool(type)
	}
}

test_prompts_and_resources_are_listed if {
	every type in ["prompt", "resource", "resource_template"] {
		target.listed(type)
	}
	every type in ["tool", "server", "task", "", null, ["prompt"]] {
		not target.listed(type)
	}
}

test_an_id_is_text_that_is_not_empty if {
	target.identified("agent")
	every id in ["", null, 1, true, [], {}, ["agent"]] {
		not target.identified(id)
	}
}
