/** French, Spanish, Italian and Portuguese; see words-english.ts. */
export const french = {
  forget:
    "ignore|ignorez|oublie|oubliez|neglige|negligez|contourne|contournez|annule|annulez|ne tiens pas compte|ne tenez pas compte|ne tiens plus compte|ne tenez plus compte|fais abstraction|faites abstraction",
  follow: "suis|suivez|obeis|obeissez|respecte|respectez|ecoute|ecoutez",
  not: "pas|plus|jamais|rien",
  prior: "precedentes|precedente|precedents|anterieures|anterieurs|initiales|ci-dessus|avant|tes|ton|d'origine",
  orders: "instructions|instruction|consignes|consigne|regles|directives|ordres|prompt|invite|restrictions",
  all: "tout ce|tout",
  told: "dit|appris|demande|avant|precede",
  tell: "dis|dites|mentionne|mentionnez|informe|informez|parle|parlez|revele|revelez|previens|prevenez|signale|signalez|avertis|avertissez|raconte",
  user: "l'utilisateur|a l'utilisateur|l'utilisatrice|au client|le client|a l'humain|l'humain|l'usager",
  nothing: "rien|pas|jamais",
  learn: "savoir|apprendre|decouvrir|remarquer|voir|etre informe",
  mayNot: "ne doit pas|ne doit rien|ne doit jamais|ne peut pas",
  without: "sans",
  toTell: "prevenir|informer|avertir|le dire|en parler|demander",
  fromNowOn: "a partir de maintenant|desormais|dorenavant|des maintenant",
  are: "tu es|vous etes|tu agis|agis comme|agissez comme|comporte-toi",
  nowAre:
    "tu es maintenant|vous etes maintenant|tu es desormais|vous etes desormais|agis comme|agissez comme|agis en tant que|fais comme si|joue le role|fais semblant",
  agent: "assistant|ia|agent|modele|chatbot|robot",
  free: "sans limites|sans limite|sans restrictions|sans restriction|sans regles|illimite|aucune restriction|mode developpeur",
  admin: "administrateur|administrateur systeme|admin|root",
  address:
    "si vous etes|si tu es|note aux|note a|note pour|message aux|message pour|attention|a tous les|instructions pour|chers|cher|chere|bonjour",
  machine:
    "ia|une ia|assistant ia|assistants ia|agent ia|agents ia|modele de langage|modeles de langage|intelligence artificielle|une intelligence artificielle|llm|chatbot",
  show: "affiche|affichez|montre|montrez|revele|revelez|repete|repetez|donne|donnez|imprime",
  yourOrders:
    "tes instructions|vos instructions|ton prompt|votre prompt|ton invite|tes consignes|vos consignes|tes regles|ton message systeme",
  newOrders:
    "tes nouvelles instructions|vos nouvelles instructions|ta nouvelle tache|votre nouvelle tache|ta vraie tache",
  firstCall: "avant de repondre|tu dois|vous devez",
  callTool:
    "appelle l'outil|appeler l'outil|appelez l'outil|utilise l'outil|utiliser l'outil|execute l'outil|invoque l'outil",
} as const;

export const spanish = {
  forget:
    "ignora|ignore|olvida|olvide|olvidate|descarta|descarte|omite|anula|no hagas caso|no haga caso|no tengas en cuenta|no tenga en cuenta",
  follow: "sigas|siga|obedezcas|obedezca|respetes|cumplas|hagas caso",
  not: "no|nunca|jamas|no mas",
  prior: "anteriores|anterior|previas|previos|iniciales|originales|antes|arriba|tus",
  orders: "instrucciones|instruccion|reglas|ordenes|directrices|indicaciones|prompt|normas|restricciones",
  all: "todo lo|todo",
  told: "dijeron|dicho|dijo|ensenaron|aprendiste|antes|anterior",
  tell: "digas|diga|menciones|mencione|informes|informe|cuentes|cuente|reveles|revele|avises|avise|notifiques|notifique",
  user: "al usuario|el usuario|al cliente|el cliente|la usuaria|a la persona|al humano",
  nothing: "nada",
  learn: "saberlo|saber|enterarse|darse cuenta|saber esto|conocer esto",
  mayNot: "no debe|no puede|no deberia|nunca debe",
  without: "sin",
  toTell: "avisar|informar|decirle|decir|notificar|que se entere|mencionar",
  fromNowOn: "a partir de ahora|desde ahora|de ahora en adelante",
  are: "eres|seras|actua|actuaras|usted es|comportate",
  nowAre:
    "ahora eres|ahora es|actua como|actue como|finge ser|finge que|hazte pasar por|asume el papel|comportate como",
  agent: "asistente|ia|agente|modelo|chatbot|bot",
  free: "sin restricciones|sin limites|sin reglas|ilimitado|sin filtros|modo desarrollador",
  admin: "administrador|administrador del sistema|admin|root",
  address:
    "si eres|si es|si usted es|nota para|mensaje para|atencion|a todos los|instrucciones para|estimado|querido|hola",
  machine:
    "ia|una ia|asistente de ia|asistentes de ia|un asistente de ia|agente de ia|agentes de ia|modelo de lenguaje|modelos de lenguaje|inteligencia artificial|una inteligencia artificial|llm|chatbot",
  show: "muestra|muestre|revela|revele|repite|repita|imprime|imprima|dime",
  yourOrders: "tus instrucciones|sus instrucciones|tu prompt|su prompt|tus reglas|tu mensaje de sistema",
  newOrders: "tus nuevas instrucciones|tu nueva tarea|sus nuevas instrucciones|tu verdadera tarea",
  firstCall: "antes de responder|debes|tienes que",
  callTool:
    "llama a la herramienta|llamar a la herramienta|usa la herramienta|usar la herramienta|ejecuta la herramienta|invoca la herramienta",
} as const;

export const italian = {
  forget: "ignora|ignori|dimentica|dimentichi|trascura|tralascia|scavalca|non tenere conto|non considerare",
  follow: "seguire|segua|obbedire|rispettare|ascoltare",
  not: "non|mai|non piu",
  prior: "precedenti|precedente|iniziali|originali|prima|sopra|tue|tuo",
  orders: "istruzioni|istruzione|regole|ordini|direttive|indicazioni|prompt|restrizioni",
  all: "tutto cio|tutto quello|tutto",
  told: "detto|imparato|insegnato|prima",
  tell: "dire|dirlo|dica|menzionare|menzionarlo|informare|rivelare|raccontare|avvisare|avvertire|comunicare",
  user: "all'utente|l'utente|al cliente|il cliente|alla persona|all'umano",
  nothing: "nulla|niente",
  learn: "saperlo|sapere|scoprirlo|accorgersene|venire a sapere",
  mayNot: "non deve|non puo|non dovrebbe",
  without: "senza",
  toTell: "avvisare|informare|dirlo|dire nulla|avvertire|chiedere",
  fromNowOn: "d'ora in poi|da ora in poi|da questo momento|da adesso",
  are: "sei|agisci|sarai|lei e|comportati",
  nowAre: "ora sei|adesso sei|agisci come|comportati come|fingi di essere|fai finta|assumi il ruolo",
  agent: "assistente|ia|agente|modello|chatbot|bot",
  free: "senza limiti|senza restrizioni|senza regole|illimitato|senza filtri|modalita sviluppatore",
  admin: "amministratore|amministratore di sistema|admin|root",
  address: "se sei|se lei e|nota per|messaggio per|attenzione|a tutti gli|istruzioni per|caro|cara|ciao",
  machine:
    "ia|un'ia|assistente ia|assistenti ia|agente ia|agenti ia|modello linguistico|modelli linguistici|un modello linguistico|intelligenza artificiale|un'intelligenza artificiale|un assistente ia|llm|chatbot",
  show: "mostra|mostri|rivela|riveli|ripeti|ripeta|stampa|dimmi",
  yourOrders: "le tue istruzioni|tue istruzioni|il tuo prompt|tuo prompt|le tue regole|le sue istruzioni",
  newOrders: "le tue nuove istruzioni|il tuo nuovo compito|tue nuove istruzioni|il tuo vero compito",
  firstCall: "prima di rispondere|devi",
  callTool:
    "chiama lo strumento|chiamare lo strumento|usa lo strumento|usare lo strumento|esegui lo strumento|invoca lo strumento",
} as const;

export const portuguese = {
  forget: "ignore|ignora|esqueca|esquece|desconsidere|desconsidera|descarte|anule|nao leve em conta|nao considere",
  follow: "siga|obedeca|respeite|cumpra|escute",
  not: "nao|nunca|jamais|nao mais",
  prior: "anteriores|anterior|previas|previos|iniciais|originais|antes|acima|tuas",
  orders: "instrucoes|instrucao|regras|ordens|diretrizes|orientacoes|prompt|restricoes",
  all: "tudo o|tudo",
  told: "disseram|dito|disse|aprendeu|ensinaram|antes|anteriormente",
  tell: "conte|diga|mencione|informe|revele|avise|notifique|fale",
  user: "ao usuario|o usuario|ao utilizador|o utilizador|ao cliente|o cliente|a pessoa|ao humano",
  nothing: "nada|nada disso",
  learn: "saber|saber disso|perceber|descobrir|ficar sabendo",
  mayNot: "nao pode|nao deve|nao deveria|nunca deve",
  without: "sem",
  toTell: "avisar|informar|dizer|contar|notificar|perguntar",
  fromNowOn: "a partir de agora|de agora em diante|daqui em diante",
  are: "voce e|tu es|voce sera|aja|voce agira",
  nowAre: "agora voce e|voce agora e|agora es|aja como|atue como|finja ser|finja que|assuma o papel|comporte-se como",
  agent: "assistente|ia|agente|modelo|chatbot|bot|robo",
  free: "sem restricoes|sem limites|sem regras|ilimitado|sem filtros|modo desenvolvedor",
  admin: "administrador|administrador do sistema|admin|root",
  address: "se voce e|se voce for|nota para|mensagem para|atencao|a todos os|instrucoes para|caro|prezado|ola",
  machine:
    "ia|uma ia|assistente de ia|assistentes de ia|um assistente de ia|agente de ia|agentes de ia|modelo de linguagem|modelos de linguagem|inteligencia artificial|uma inteligencia artificial|llm|chatbot",
  show: "mostre|mostra|revele|repita|imprima|exiba|diga-me",
  yourOrders: "suas instrucoes|seu prompt|tuas instrucoes|suas regras|seu prompt de sistema",
  newOrders: "suas novas instrucoes|sua nova tarefa|tuas novas instrucoes|sua verdadeira tarefa",
  firstCall: "antes de responder|voce deve|voce precisa",
  callTool:
    "chame a ferramenta|chamar a ferramenta|use a ferramenta|usar a ferramenta|execute a ferramenta|invoque a ferramenta",
} as const;
