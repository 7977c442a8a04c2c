# METADATA
# title: Kinds of target
# description: >-
#   Rules about tools ask here whether the target is something else; an absent or unknown type counts as a tool.
package sallyport.lib.target

_others := {"server", "prompt", "resource", "resource_template", "task", "sampling", "elicitation", "roots"}

_listed := {"prompt", "resource", "resource_template"}

# METADATA
# description: True when a resource of this type is surely not a tool.
other_than_tool(type) if type in _others

# METADATA
# description: True when a resource of this type is, beside tools, one that an MCP server lists and defines.
listed(type) if type in _listed

# METADATA
# description: True when the subject has an id, so that the caller is identified.
identified(id) if {
	is_string(id)
	id != ""
}
