package sallyport.rules.mcp.asked_url_test

import data.sallyport.main
import data.sallyport.rules.mcp.asked_url
import data.sallyport.testing

test_accepts_a_page_over_https_on_any_host if _codes({"elicitation": true}, _page("https", "pay.example")) == set()

test_accepts_a_page_of_the_own_machine if {
	local := object.union(_url("http", "127.0.0.1"), {"ip_class": "loopback"})
	_codes({"elicitation": true}, _asking("http://127.0.0.1/x", [local])) == set()
	_codes({"elicitation": true}, _page("http", "localhost")) == set()
}

test_denies_a_page_without_https if {
	every scheme in ["http", "ftp", "file", "javascript"] {
		_codes({"elicitation": true}, _page(scheme, "pay.example")) == {"PAGE_NOT_ALLOWED"}
	}
}

test_a_list_of_hosts_is_all_there_is if {
	_codes({"url_hosts": ["pay.example"]}, _page("https", "pay.example")) == set()
	_codes({"url_hosts": ["pay.example"]}, _page("https", "pay.example.evil")) == {"PAGE_NOT_ALLOWED"}
	_codes({"url_hosts": []}, _page("https", "pay.example")) == {"PAGE_NOT_ALLOWED"}
}

test_denies_a_page_that_cannot_be_read if {
	every urls in [[], null, [object.union(_url("https", "pay.example"), {"pointer": "/message"})]] {
		_codes({}, _asking("https://pay.example/x", urls)) == {"PAGE_NOT_ALLOWED"}
	}
	_codes({}, _asking("https://pay.example@evil.example/", [_url("https", "evil.example")])) == {"PAGE_NOT_ALLOWED"}
}

test_accepts_a_port_a_query_and_a_fragment_behind_the_host if {
	every rest in ["", ":8443", ":8443/x", "?q=1", "#f", "/a?b=https://c.example/"] {
		url := concat("", ["https://pay.example", rest])
		_codes({"url_hosts": ["pay.example"]}, _asking(url, [_url("https", "pay.example")])) == set()
	}
}

test_denies_a_page_whose_host_goes_on if {
	hosts := [".evil.example/", "@evil.example/", ":1@evil.example/", "\t.evil.example/", "\\@evil.example"]
	every rest in array.concat(hosts, ["/ x", "/'", "/\""]) {
		url := concat("", ["https://pay.example", rest])
		_codes({}, _asking(url, [_url("https", "pay.example")])) == {"PAGE_NOT_ALLOWED"}
	}
}

test_looks_at_the_whole_address_and_not_at_one_inside_it if {
	urls := [_url("https", "pay.example.evil"), _url("https", "pay.example")]
	url := "https://pay.example.evil/?x=https://pay.example/"
	_codes({"url_hosts": ["pay.example"]}, _asking(url, urls)) == {"PAGE_NOT_ALLOWED"}
}

test_the_decision_is_a_deny if main.decision.effect == "deny" with input as _page("http", "pay.example")

test_is_about_pages_only if {
	request := _page("http", "pay.example")
	_codes({}, testing.changed(request, {"resource": {"type": "sampling"}})) == set()
	_codes({}, testing.changed(request, {"context": {"arguments": {"mode": "form"}}})) == set()
}

_page(scheme, host) := _asking(concat("", [scheme, "://", host, "/x"]), [_url(scheme, host)])

_asking(url, urls) := testing.changed(
	testing.asking("crm", null, "elicitation", {"mode": "url", "url": url, "message": "Please sign"}),
	{"context": {"urls": urls}},
)

_url(scheme, host) := {"pointer": "/url", "scheme": scheme, "host": host, "ip_class": null, "port": null}

_codes(line, request) := codes if {
	codes := testing.codes(asked_url.deny) with input as request with data.sallyport.server_requests as {"crm": line}
}
