package sallyport.lib.adopted_test

import future.keywords.not

import data.sallyport.lib.adopted

test_allows_what_says_so if {
	every answer in [true, {"allowed": true}, {"allow": true}] {
		adopted.allows(answer)
		not adopted.refuses(answer)
	}
}

test_refuses_everything_else if {
	every answer in [false, null, "true", 1, {}, {"allowed": "true"}, {"allow": true, "allowed": false}, ["no"], {"no"}] {
		not adopted.allows(answer)
		adopted.refuses(answer)
	}
}

test_neither_allows_nor_refuses_without_objections if {
	every answer in [[], set()] {
		not adopted.allows(answer)
		not adopted.refuses(answer)
	}
}

test_has_the_words_of_the_answer if {
	adopted.detail({"b", "a"}) == "a; b"
	adopted.detail([{"msg": "m"}, {"message": "n"}]) == "m; n"
	adopted.detail({"allowed": false, "body": "b", "message": "m"}) == "b"
	adopted.detail({"message": "m"}) == "m"
	adopted.detail({"reason": "r"}) == "r"
}

test_has_words_for_every_answer if {
	every answer in [false, null, 1, "", {}, [], [1], {"body": 1}] {
		adopted.detail(answer) == "it gave no reason"
	}
}
