/** German and Dutch; see words-english.ts. */
export const german = {
  forget:
    "ignoriere|ignorieren sie|ignoriert|vergiss|vergessen sie|missachte|missachten sie|uberschreibe|umgehe|verwirf",
  follow: "befolge|befolgen sie|folge|folgen sie|halte dich|beachte|beachten sie|gehorche|hore",
  not: "nicht|nicht mehr|keinesfalls|keine|niemals|nie|ohne",
  prior:
    "vorherigen|vorherige|vorige|vorigen|bisherigen|bisherige|fruheren|fruhere|obigen|obige|vorangegangenen|vorangehenden|vorhergehenden|ursprunglichen|oben|bisher|zuvor|vorher|deine|deinen",
  orders:
    "anweisungen|anweisung|anweisungstext|instruktionen|regeln|vorgaben|befehle|befehlen|richtlinien|vorschriften|aufforderungen|prompt|prompts|system-prompt|systemprompt|systemanweisungen|einschrankungen",
  all: "alles|was",
  told: "gesagt|gelernt|mitgeteilt|aufgetragen|bisher|vorher|zuvor",
  tell: "sag|sage|sagen sie|erzahle|erzahl|erzahlen sie|erwahne|erwahnen sie|informiere|informieren sie|verrate|verraten sie|melde|teile|benachrichtige|zeige",
  user: "dem benutzer|den benutzer|der benutzer|dem nutzer|den nutzer|der nutzer|dem anwender|den anwender|der anwender|dem kunden|den kunden|dem menschen|der mensch",
  nothing: "nichts|nichts davon|nicht",
  learn: "erfahren|wissen|merken|mitbekommen|erfahrt|sehen",
  mayNot: "darf|soll|sollte|muss",
  without: "ohne",
  toTell: "zu informieren|zu benachrichtigen|zu sagen|zu fragen|zu erwahnen",
  fromNowOn: "ab jetzt|ab sofort|von nun an|von jetzt an",
  are: "bist du|sind sie|du bist|agierst du|verhaltst du dich|antwortest du",
  nowAre:
    "du bist jetzt|du bist nun|sie sind jetzt|sie sind nun|jetzt bist du|handle als|agiere als|tu so als|verhalte dich wie|spiele die rolle",
  agent: "assistent|ki|agent|sprachmodell|chatbot|bot|modell",
  free: "ohne einschrankungen|ohne grenzen|ohne regeln|uneingeschrankter|unbeschrankter|uneingeschrankt|keine einschrankungen|entwicklermodus",
  admin: "administrator|systemadministrator|admin|root",
  address:
    "hinweis fur|hinweis an|achtung|an alle|nachricht an|anweisung fur|anweisungen fur|anweisung an|falls du|wenn du|falls sie|wenn sie|liebe|lieber|hallo",
  machine:
    "ki|ki-assistent|ki-assistenten|ki-agent|ki-agenten|ki-system|ki-systeme|ki-modell|ki-modelle|sprachmodell|sprachmodelle|chatbot|chatbots|eine ki|llm|llms|kunstliche intelligenz",
  show: "gib|zeige|zeig|nenne|verrate|wiederhole|drucke|geben sie|zeigen sie",
  yourOrders:
    "deinen system-prompt|deine systemanweisungen|deinen systemprompt|deine ursprunglichen anweisungen|deine internen anweisungen|deine anweisungen|ihren system-prompt|ihre systemanweisungen|deine regeln",
  newOrders:
    "deine neuen anweisungen|deine neue aufgabe|ihre neuen anweisungen|deine eigentliche aufgabe|neue anweisung an",
  firstCall: "bevor du antwortest|du musst",
  callTool: "rufe das werkzeug|rufe das tool|ruf das tool|fuhre das werkzeug|fuhre das tool|nutze das tool",
} as const;

export const dutch = {
  forget: "negeer|vergeet|negeert u|omzeil|overschrijf",
  follow: "volg|gehoorzaam|luister naar|houd je aan",
  not: "niet|niet meer|nooit|geen",
  prior: "eerdere|vorige|voorgaande|bovenstaande|voorafgaande|oorspronkelijke|eerder|hiervoor|hierboven|jouw",
  orders:
    "instructies|instructie|opdrachten|regels|richtlijnen|bevelen|aanwijzingen|prompt|prompts|systeemprompt|beperkingen",
  all: "alles|wat",
  told: "gezegd|verteld|geleerd|hiervoor|eerder",
  tell: "vertel|zeg|meld|informeer|noem|vermeld|onthul|laat",
  user: "de gebruiker|aan de gebruiker|de klant|de mens|de eigenaar",
  nothing: "niets|niet|hier niets|hierover niets",
  learn: "weten|te weten|ontdekken|merken|zien",
  mayNot: "mag|moet|hoeft",
  without: "zonder",
  toTell: "te informeren|te vertellen|te melden|te vragen",
  fromNowOn: "vanaf nu|van nu af aan|voortaan",
  are: "ben je|bent u|je bent|gedraag je",
  nowAre: "je bent nu|nu ben je|u bent nu|gedraag je als|doe alsof je|speel de rol",
  agent: "assistent|ai|agent|taalmodel|chatbot|bot|model",
  free: "zonder beperkingen|zonder grenzen|zonder regels|onbeperkte|geen beperkingen|ontwikkelaarsmodus",
  admin: "beheerder|systeembeheerder|administrator|admin|root",
  address: "let op|opmerking voor|bericht aan|bericht voor|instructies voor|als je een|als u een|aan alle|beste|hallo",
  machine:
    "ai|ai-assistent|ai-assistenten|ai-agent|ai-agenten|ai-model|ai-systeem|taalmodel|taalmodellen|chatbot|kunstmatige intelligentie|llm",
  show: "toon|geef|laat|onthul|herhaal|print",
  yourOrders:
    "je systeemprompt|jouw systeemprompt|je systeeminstructies|je oorspronkelijke instructies|je instructies|jouw instructies|uw instructies",
  newOrders: "je nieuwe instructies|jouw nieuwe instructies|je nieuwe taak|je echte taak",
  firstCall: "voordat je antwoordt|je moet",
  callTool: "roep de tool|gebruik de tool|voer de tool|roep het hulpmiddel",
} as const;
