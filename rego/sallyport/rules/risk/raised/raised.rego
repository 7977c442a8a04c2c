package sallyport.rules.risk.raised

import data.sallyport.lib.risk
import data.sallyport.reason

# METADATA
# title: The call is riskier than usual
# description: >-
#   Its signals add up to the threshold `raised` of `data.sallyport.risk` or more. People see which they are, with what
#   was found.
# custom:
#   code: RISK_RAISED
#   severity: medium
#   controls: [ASI10]
#   owner: platform-security
_raised := reason.of(rego.metadata.chain())

_found contains reason.saying(_raised, risk.told) if risk.score >= data.sallyport.risk.thresholds.raised

hold contains risk.held("raised", each) if some each in _found

deny contains risk.denied("raised", each) if some each in _found

shadow contains risk.shadowed("raised", each) if some each in _found
