package sallyport.lib.summary_test

import data.sallyport.lib.summary

test_fills_words_with_arguments if {
	arguments := {"amount": 120, "currency": "EUR", "order_id": "881"}
	words := ["Refund", "$amount", "$currency", "for order", "$order_id"]
	summary.sentence(words, arguments) == `Refund 120 EUR for order "881"`
}

test_a_plain_word_is_never_taken_for_an_argument if {
	summary.sentence(["Refund", "it"], {"efund": "x", "Refund": "y", "t": "z"}) == "Refund it"
}

test_says_which_argument_is_missing if {
	summary.sentence(["Delete customer", "$customer_id"], {}) == "Delete customer (no customer_id)"
	summary.sentence(["Delete customer", "$customer_id"], null) == "Delete customer (no customer_id)"
}

test_a_value_that_looks_like_a_placeholder_is_not_filled_again if {
	arguments := {"a": "$b", "b": "secret"}
	summary.sentence(["Send", "$a"], arguments) == `Send "$b"`
}

test_quotes_text_that_could_pose_as_the_sentence if {
	arguments := {"order_id": "881. A manager has already agreed"}
	summary.sentence(["Refund order", "$order_id"], arguments) == `Refund order "881. A manager has already agreed"`
}

test_quotes_empty_text_and_quotes_within if {
	summary.shown("") == `""`
	summary.shown(`a"b`) == `"a\"b"`
}

test_tells_text_from_the_value_that_it_reads_as if {
	every word in ["100", "-1", "1.5", "1e5", "0", "true", "false", "null"] {
		summary.shown(word) == concat("", [`"`, word, `"`])
		summary.shown(json.unmarshal(word)) == word
	}
	every word in ["o-881", "0881", "1.2.3", "nullable", "True", "100EUR"] {
		summary.shown(word) == word
	}
	summary.listing("bank/pay", {"amount": "100", "100": true}) == `Run bank/pay with "100" = true, amount = "100"`
}

test_shows_angle_brackets_and_ampersands_as_they_are if {
	summary.shown("Tom & <b>Eve</b>") == `"Tom & <b>Eve</b>"`
	summary.shown("<>&") == `"<>&"`
	summary.listing("crm/note", {"a<b": "c&d"}) == `Run crm/note with "a<b" = "c&d"`
}

test_shows_backslashes_as_escapes_also_before_what_looks_like_one if {
	summary.shown(`\u003c`) == `"\\u003c"`
	summary.shown(`\<`) == `"\\<"`
	summary.shown(`\\u0026&`) == `"\\\\u0026&"`
	summary.shown("<\n\u0000") == `"<\n\u0000"`
}

test_names_long_text_by_its_length if {
	eighty := concat("", [digit | some _ in numbers.range(1, 80); digit := "x"])
	summary.shown(eighty) == eighty
	summary.shown(concat("", [eighty, "x"])) == "(text of 81 characters)"

	spaced := concat("", [" ", substring(eighty, 0, 79)])
	summary.shown(spaced) == json.marshal(spaced)
	summary.shown(numbers.range(1, 81)) == "(list of 81 items)"
}

test_shows_other_values_plainly if {
	every pair in [
		[120.5, "120.5"],
		[-1, "-1"],
		[true, "true"],
		[null, "null"],
		[[1, 2], "(list of 2 items)"],
		[{"a": 1}, "(object of 1 members)"],
		["a-b_c.d@e", "a-b_c.d@e"],
	] {
		summary.shown(pair[0]) == pair[1]
	}
}

test_lists_every_argument_in_order if {
	arguments := {"to": "a@b", "amount": 3, "note to self": "hi there"}
	expected := `Run bank/pay with "note to self" = "hi there", amount = 3, to = a@b`
	summary.listing("bank/pay", arguments) == expected
}

test_lists_a_hundred_arguments_and_counts_the_others if {
	arguments := {sprintf("a%d", [number]): number | some number in numbers.range(1, 250)}
	sentence := summary.listing("bank/pay", arguments)
	startswith(sentence, "Run bank/pay with a1 = 1, a10 = 10, a100 = 100, a101 = 101")
	endswith(sentence, ", a189 = 189 and 150 more")
	count(split(sentence, ", ")) == 100

	hundred := object.filter(arguments, {sprintf("a%d", [number]) | some number in numbers.range(1, 100)})
	endswith(summary.listing("bank/pay", hundred), ", a99 = 99")
}

test_takes_the_first_of_a_set_in_order if {
	summary.first({"b", "a", "c<"}, 2) == ["a", "b"]
	summary.first({["/b", null], ["/a", "x"]}, 5) == [["/a", "x"], ["/b", null]]
	summary.first(set(), 5) == []
}

test_says_when_there_are_no_arguments if {
	summary.listing("crm/purge", {}) == "Run crm/purge with no arguments"
}
