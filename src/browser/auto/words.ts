/**
 * What stands on the buttons and beside the fields of sign-in, picker and consent pages, in the languages most met.
 * Whatever is not here is found by where it stands, not by what it says.
 */

/** Gives the app what it asks for. */
export const approving =
  /^(allow|authori[sz]e|approve|accept|agree|i agree|grant|yes\b|share|give access|zulassen|erlauben|gestatten|zustimmen|autorisieren|freigeben|akzeptieren|ja\b|autoriser|accepter|oui\b|permitir|autorizar|aceptar|s[ií]\b|consenti|autorizza|accetta|toestaan|akkoord|toegang verlenen|permitir|aceitar|sim\b|till[aå]t|godk[aä]nn|godkend|tillad|hyv[aä]ksy|zezw[oó]l|povolit|允许|同意|許可|허용)/i;

/** Leads to the next page. */
export const continuing =
  /^(continue|next|proceed|verify|submit|confirm|set scope|save and continue|ok(ay)?\b|done|go\b|start|enter|weiter|fortfahren|best[aä]tigen|absenden|suivant|continuer|valider|confirmer|siguiente|continuar|confirmar|enviar|avanti|continua|conferma|invia|volgende|doorgaan|bevestigen|verder|seguinte|avan[cç]ar|n[aä]sta|forts[aä]tt|n[aæ]ste|fortsett|jatka|dalej|pokra[cč]ovat|继续|下一步|次へ|続行|다음|계속)/i;

/** Leads to the apps of a chart. */
export const listingApps = /^(smart.{0,9})?apps$/i;

/** Opens an app from a chart. */
export const launching = /^(launch|open app|start app|run app|open\b.*\bapp\b|app starten|lancer|lanzar|avvia)/i;

export const signingIn =
  /^((patients?|members?|providers?|clinicians?|practitioners?|physicians?|doctors?|staff|employees?) )?(sign.?in|log.?in|log.?on|sign.?on|anmelden|einloggen|login|se connecter|connexion|iniciar sesi[oó]n|acceder|entrar|ingresar|accedi|entra|inloggen|aanmelden|logga in|log ind|logg inn|kirjaudu|zaloguj|p[rř]ihl[aá]sit|登录|ログイン|로그인)/i;

/** Says somewhere that it leads in. */
export const mentionsSignIn =
  /(?<!\p{L})(sign|log).?(in|on)(?!\p{L})|anmeld|einlogg|se connecter|connexion|iniciar sesi[oó]n|acceder|entrar|accedi|inlogg|aanmeld|logga in|log ind|logg inn|kirjaudu|zaloguj/iu;

/** On ways in: for patients and their families, or for those who treat them. */
export const forPatients = /patient(?!en.?verwalt)|\bmembers?\b|famil|proxy|caregiver|paciente|paziente|pati[eë]nt/i;
export const forClinicians =
  /(?<!(identity|another|other|your|external|login) )provider|clinician|practitioner|physician|doctor|\bstaff\b|employee|professional|nurse|\barzt|[aä]rzt|mitarbeit|soignant|m[eé]decin|profesional|m[eé]dico|medewerker|zorgverlener/i;

/** Refuses, or leads away. */
export const refusing =
  /(^|\b)(deny|denied|decline|refuse|reject|cancel|do not allow|don.?t allow|not now|no thanks|disallow|ablehnen|abbrechen|verweigern|nein|refuser|annuler|non\b|rechazar|denegar|cancelar|rifiuta|annulla|nega|weigeren|annuleren|nee\b|recusar|n[aã]o\b|neka|avvisa|afvis|annuller|avbryt|hylk[aä][aä]|peruuta|odm[oó]w|anuluj|zam[ií]tnout|拒绝|取消|拒否|キャンセル|거부|취소)|^no$/i;

/** Does something else than going on. */
export const straying =
  /^(go|return) (home|to (the |your |my )?(home|start|main|portal|dashboard))|back|forgot|lost|reset|sign ?up|register|create|previous|help|privacy|terms|language|search|revoke|log ?out|sign ?out|print|download|show password|reveal|clear|edit|settings|learn more|details|google|facebook|apple|microsoft|passkey|zur[uü]ck|vergessen|registrieren|abmelden|suche|hilfe|retour|oubli|inscri|rechercher|d[eé]connexion|aide|volver|atr[aá]s|olvid|registr|buscar|cerrar sesi[oó]n|ayuda|indietro|dimenticat|cerca|esci|terug|vergeten|zoeken|uitloggen|voltar|esquec|procurar|sair/i;

/** Changes something on the server, in an EHR say. */
export const changing =
  /^(delete|remove|discard|archive|merge|send|post|upload|attach|import|publish|add|new|order|prescribe|senden|neue?|supprimer|retirer|envoyer|ajouter|nouveau|nouvelle|eliminar|borrar|quitar|a[nñ]adir|agregar|nuev[oa]|elimina|rimuovi|aggiungi|nuov[oa]|nieuw|excluir|remover|adicionar|nov[oa])(?!\p{L})|^(l[oö]sch|entfern|hochlad|hinzuf|verwijder|verzend|toevoeg|删除|发送|添加|削除|送信|追加|삭제|추가)/iu;

/** Makes an account in place of signing in to one. */
export const registering =
  /^(register|sign.?up|create\b.{0,12}\baccount|registrieren|konto erstellen|s.inscrire|inscription|cr[eé]er un compte|reg[ií]str|crear (una )?cuenta|registrati|crea (un )?account|registreren|account aanmaken|registrar|criar (uma )?conta|registrera|opret|opprett)/i;

/** Picks the person or visit beside it. */
export const selecting =
  /^(select|choose|pick|open|open chart|view|use|ausw[aä]hlen|w[aä]hlen|[oö]ffnen|choisir|s[eé]lectionner|ouvrir|seleccionar|elegir|abrir|seleziona|scegli|apri|selecteren|kiezen|selecionar|escolher|v[aä]lj|v[aæ]lg|valitse|wybierz|vybrat|选择|選択|선택)/i;

/** What is short stands alone: ids are made of random letters. */
export const searching =
  /search|look ?up|recherch|procura|szukaj|hledat|搜索|検索|검색|(?<![\p{L}\p{N}])(find|such(e|en)?|busca(r|dor)?|cerca|zoek(en)?|s[oö]k(a|ning)?|s[oø]g(e|ning)?|etsi)(?![\p{L}\p{N}])/iu;

/** Names a field for the user name. */
export const userNaming =
  /user|log.?in|e-?mail|identifier|sign.?in.?name|loginfmt|uname|account|benutzer|kennung|utilisateur|identifiant|courriel|usuario|correo|utente|gebruiker|utilizador|anv[aä]ndar|bruker|bruger|k[aä]ytt[aä]j|u[zž]ivatel|用户|ユーザー|사용자/i;

/** Names a field for an e-mail address, and for nothing else that somebody may be called by. */
export const mailNaming = /e-?mail|courriel|correo/i;
export const otherNaming =
  /user|log.?in|identifier|account|benutzer|kennung|utilisateur|identifiant|usuario|utente|gebruiker|utilizador/i;

/** Names a field for a one-time password. */
export const codeNaming =
  /one.?time|\botp\b|totp|\bmfa\b|2fa|passcode|verification.?code|security.?code|auth\w*.?code|code from|\bcode\b|einmal|code de|c[oó]digo|codice|engangs|kod\b|^answer$|^token$|验证码/i;

export const aboutCookies = /cookie/i;
export const staySignedIn = /stay signed in|keep me signed in\?|angemeldet bleiben|rester connect|mantener la sesi/i;
export const aboutPasskeys = /passkey|enrol(l)? a |biometric/i;
export const skipping =
  /^(skip|not now|no thanks|maybe later|later|abort|without a passkey|continue without|[uü]berspringen|sp[aä]ter|plus tard|ahora no)/i;

/** Terms that must be agreed to before anything else. */
export const mustBeTicked =
  /terms|agree|accept|acknowledge|select all|bedingungen|zustimm|einverstanden|conditions|acepto|accetto|akkoord/i;
export const mayStayUnticked =
  /remember|keep me|stay signed|newsletter|trust this|merken|souvenir|recordar|ricorda|onthoud/i;

export const wrongCredentials =
  /incorrect|invalid|wrong|not (recogni[sz]ed|match|valid|found)|don.?t match|fail(ed|ure)|unknown user|try again|falsch|ung[uü]ltig|fehlgeschlagen|incorrecte?|invalide|erron[eé]|inv[aá]lid|incorrect[oa]|errat[oa]|non valid|onjuist|ongeldig|felaktig|forkert|feil |virheellin/i;
export const locked =
  /lock(ed)?\b|locked out|too many|suspended|disabled|blocked|gesperrt|zu viele|verrouill|bloqu|trop de|demasiad|bloccat|geblokkeerd|\blåst/i;

/** What a page says that has nothing but an error to show. */
export const failing =
  /error|invalid|unauthori[sz]ed|forbidden|not (found|allowed|permitted|registered|supported|known)|denied|cannot be|could not|can.?t be|unable to|something went wrong|unknown (app|client)|bad request|mismatch|expired|no longer|fehler|ung[uü]ltig|unbekannt|erreur|invalide|inconnue?|inv[aá]lid|desconocid|errore|sconosciut|fout|ongeldig|onbekend/i;

export const enrolling = /scan (the|this) (qr|code)|set ?up (your )?(an )?authenticator|qr.?code/i;
export const stillLoading =
  /^\s*$|loading|please wait|one moment|redirecting|l[aä]dt|bitte warten|chargement|cargando|caricamento|laden|even geduld|carregando/i;
/** Says what a list of choices is about. */
export const aboutPeople =
  /patient|person|record|member|profile|account|family|whose|chart|encounter|visit|fall\b|besuch|dossier|paciente|paziente|pati[eë]nt|consultation|persona/i;
export const aboutVisits = /encounter|visit|\bfall\b|besuch|consultation|visita|episodio|contact/i;
/** Says that a page is about what an app may do. */
export const aboutAccess =
  /access|permission|share|sharing|scope|authori[sz]|consent|allow|zugriff|freigabe|berechtig|erlaub|acc[eè]s|autoris|partag|acceso|permiso|compartir|autoriz|accesso|permess|condivi|toegang|toestemming|acesso|permiss/i;
