/**
 * Words by what they do in a phrase that gives an agent orders; the rules say in which order they must stand. Compared without
 * case and accents; a word counts only as a whole. Verbs stand in the forms of a command: "ignores" describes, "ignore" commands.
 */
export const english = {
  forget: "ignore|disregard|forget|override|bypass|neglect|ignoring|disregarding|pay no attention to|set aside",
  follow: "follow|obey|heed|listen to|comply with|adhere to",
  not: "do not|don't|dont|never|must not|mustn't|without",
  prior: "previous|prior|earlier|above|preceding|foregoing|before|original|initial|so far|until now|up to now",
  own: "your|developer's|your system|your developer",
  systemOrders: "system prompt|system message|system instructions|system instruction|system rules",
  orders:
    "instruction|instructions|direction|directions|directive|directives|prompt|prompts|rule|rules|guideline|guidelines|command|commands|policy|policies|restrictions|guardrails|programming|training",
  all: "everything|anything|all of that|all that|whatever",
  told: "told|said|instructed|learned|learnt|been given|above|before|earlier|previously|taught",
  tell: "tell|inform|notify|mention|reveal|disclose|alert|warn|report|telling|informing|notifying|mentioning|revealing|disclosing|alerting|warning|let",
  user: "the user|the users|user|the human|the customer|the person|the operator|the owner|the client|your user",
  hide: "hide|conceal|keep|hidden|withhold|hiding|concealing",
  from: "from",
  shallNot: "must not|mustn't|should not|shouldn't|shall not|must never|should never",
  know: "know about|know that|know of|know this|know it|learn of|learn about|find out|be told|be informed|be aware|notice|see this",
  fromNowOn: "from now on|from this point on|henceforth|starting now|as of now|from here on",
  nowAre: "you are now|you're now|you are no longer|you will now be|you shall now be|you have become",
  are: "you are|you're|act|behave|respond|you will be|you have|you will act",
  actAs:
    "act as|act like|behave as|behave like|pretend to be|pretend that you|pretend you|roleplay as|role-play as|play the role of|imagine you are|simulate being|you will act as|assume the role of|take on the role of",
  agent: "assistant|ai|agent|language model|llm|chatbot|bot|model|persona|character",
  free: "unrestricted|no restrictions|without restrictions|no limits|without limits|no rules|without rules|unlimited|uncensored|unfiltered|jailbroken|dan|do anything now|developer mode|god mode|no filter|no filters|without filters|bound by|no guidelines",
  admin: "administrator|system administrator|admin|root|superuser|root user|full access",
  mode: "enter developer mode|enter debug mode|enter god mode|enter dan mode|activate developer mode|activate dan mode|switch to developer mode|you are in developer mode|maintenance mode is active|jailbreak mode|entering developer mode|developer mode enabled",
  address:
    "attention|note to|notice to|message to|message for|note for|notes for|instructions for|instruction for|instructions to|dear|hey|hello|important for|if you are an|if you are a|if you're an|if you're a|calling all",
  anyOf: "to any|to all|to the|for any|for all|any|every",
  machine:
    "ai|a.i.|ais|llm|llms|language model|language models|ai assistant|ai assistants|ai agent|ai agents|ai model|ai models|ai system|ai systems|chatbot|chatbots|large language model|large language models|gpt|chatgpt|copilot|autonomous agent|autonomous agents|automated agent",
  reading:
    "reading this|processing this|summarizing this|summarising this|parsing this|that reads this|that processes this|who reads this|analyzing this|analysing this|reviewing this|scanning this|reads this",
  asMachine:
    "as an ai|as a language model|as an llm|as an ai language model|as an ai assistant|as the assistant|as the ai",
  must: "you must|you should|you have to|you shall|you are required to|you need to",
  newOrders:
    "your new instructions|your new instruction|your new task|your new orders|your real task|your actual task|your true purpose|new system prompt|your new objective|your new goal|your updated instructions",
  newBegin: "new instructions|new instruction|updated instructions|new directive|new directives|revised instructions",
  show: "reveal|print|show|repeat|output|display|what are|what is|tell me|leak|dump|recite|write out|share|give me|expose|return",
  yours:
    "your system|your initial|your original|your hidden|your secret|your internal|your exact|your entire|your developer",
  promptWords: "prompt|prompts|instructions|instruction|rules|message|guidelines",
  textAbove: "text above|words above|everything above|content above|all of the above text|conversation above",
  exactly: "verbatim|word for word|exactly|in full|starting with|in a code block|as is",
  firstCall:
    "before you answer|before answering|before you respond|before responding|before you continue|before doing anything",
  callFunction:
    "call the function|invoke the function|call the tool|invoke the tool|call tool|use the tool|run the tool|execute the tool",
  callTool: "call the tool|invoke the tool|call tool|invoke tool|execute the tool",
} as const;
