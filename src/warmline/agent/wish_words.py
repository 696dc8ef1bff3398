"""The words of a wish for a person, in ten languages (English and Polish have rules of their own in `wish.py`).

A word that ends in `*` stands for all its forms; `_` joins the words of one phrase. All of it is folded like the
messages: case, diacritics and punctuation do not count.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What a language uses to ask for a person.

    `person` names people by role; `somebody` and `staff` count only after a verb of talking. `which` may stand between
    the verb and the person, `to` before them. `talk` are verbs of a wish to talk (no past forms); `want` ask for a
    thing and count with a `person` only; `connect` ask to be put through; `after` may follow a wanted person.
    `bots` and `no` make "no bot, please". `please` may stand around a person that is named alone. `aside` begins talk
    about persons that is no wish ("after …", "without …", "does the app … me with …"), and so does `must` in a question
    ("do I have to …?").
    `can` asks for something to be done, `serve` is what a person would do, `help` what is given `by` one; `human`
    makes a `kind` of help one by people.
    `verb_last`: the person comes before the
    verb ("mit einem Menschen sprechen"); `suffixes`: and whatever says "to", "can" or "want" follows it.
    """

    person: str
    somebody: str
    staff: str
    which: str
    to: str
    talk: str
    want: str
    connect: str
    after: str
    bots: str
    no: str
    please: str
    aside: str
    must: str
    can: str
    serve: str
    help: str
    by: str
    human: str
    kind: str
    verb_last: bool = False
    suffixes: bool = False


GERMAN = Words(
    person="""mensch* person mitarbeiter* kundenberater* berater* beraterin ansprechpartner* agent agenten agentin
    kundendienstmitarbeiter* sachbearbeiter* operator* supportmitarbeiter* servicemitarbeiter* kundenbetreuer*
    vorgesetzt* chef chefin manager managerin filialleiter* kollege kollegen kollegin verkäufer*""",
    somebody="jemand* irgendjemand* irgendwem",
    staff="kundendienst kundenservice kundenbetreuung support service serviceteam team personal hotline",
    which="""ein eine einen einem einer echt* richtig* real* lebend* lebendig* menschlich* ihr* eur* der dem den die das
    aus von vom irgend* ander* zuständig* bitte direkt jetzt nem ner nen""",
    to="mit an zu zum zur beim",
    talk="""sprechen reden chatten schreiben telefonieren unterhalten kommunizieren kontakt_aufnehmen in_kontakt_treten
    weiterreden weitersprechen gesprochen_werden verbinden weiterverbinden durchstellen verbunden_werden
    weitergeleitet_werden durchgestellt_werden quatschen weiterleiten anrufen kontaktieren weiterleiten anrufen
    kontaktieren übernehmen zurückrufen""",
    want="""ich_will will ich_möchte möchte ich_möcht ich_brauche brauche ich_brauch ich_hätte_gern ich_hätte_gerne
    hätte_gern ich_wünsche ich_verlange ich_bevorzuge geben_sie_mir gib_mir gebt_mir holen_sie_mir holen_sie
    hol_mir kann_ich_bitte kann_ich könnte_ich gibt_es_hier gibt_es ist_hier ist_da rufen_sie_mir lieber
    kann_mich könnte_mich kann_mir_bitte wo_erreiche_ich wie_erreiche_ich bestehe_auf kann_ein""",
    connect="""verbinden_sie_mich verbinde_mich verbindet_mich verbind_mich verbinden_sie_uns leiten_sie_mich
    leite_mich stellen_sie_mich stell_mich übergeben_sie_mich übergib_mich weiterleiten durchstellen weiterverbinden
    mich_verbinden mich_bitte_verbinden""",
    after="""bitte jetzt sofort und kein keinen statt der die das am sprechen haben dringend endlich nicht
    für_mein* für_dies* für_ein* zum erreichen danke weil da hier verfügbar übernehmen""",
    bots="bot bots roboter robotern maschine maschinen chatbot chatbots computer ki automat automaten programm",
    no="nicht kein keine keinen keinem satt genug_von nie_wieder",
    please="bitte jetzt sofort hallo nein ja ok okay ich nur endlich dringend danke einfach guten tag hi hey nochmal",
    aside="ohne nachdem nach_dem bevor die_app_mich",
    must="muss_ich müssen_wir soll_ich sollte_ich warum_muss",
    can="""kann könnte könnten können darf geht würde bitte möchte will brauche hätte wünsche verlange dass""",
    serve="""mir_helfen mich_anrufen mich_kontaktieren mir_antworten mich_zurückrufen übernehmen helfen_lassen
    weiterhelfen bei_mir_melden sich_melden anruft kontaktiert meldet zurückruft antwortet hilft""",
    help="""hilfe rückruf unterstützung kontakt antwort chat chatten beratung live_chat geht_das das_auch auch""",
    by="von durch mit vom zu",
    human="menschlich* persönlich* echt*",
    kind="support hilfe kontakt beratung kundendienst ansprechpartner service mitarbeiter agent",
    verb_last=True,
)

FRENCH = Words(
    person="""humain* personne agent agente conseiller* conseillère* opérateur* opératrice employé* responsable
    collaborateur* représentant* interlocuteur vendeur vendeuse supérieur manager téléconseiller* gestionnaire
    chargé*_de_clientèle être_humain""",
    somebody="quelqu_un quelqun",
    staff="service_client service_clients service_clientèle service_après_vente support sav équipe votre_équipe",
    which="""un une le la l les des du de votre vos vrai* véritable* réel* réelle* humain* autre vivant* d être en
    directement chair""",
    to="à a avec au aux",
    talk="""parler discuter échanger dialoguer chatter tchatter joindre contacter communiquer entrer_en_contact
    entrer_en_relation être_mis_en_relation être_mise_en_relation mettre_en_relation mettre_en_contact converser
    avoir_affaire""",
    want="""je_veux je_voudrais je_souhaite je_désire je_préfère je_demande j_exige j_ai_besoin j_aimerais veux voudrais
    donnez_moi donne_moi il_me_faut besoin appelez_moi trouvez_moi puis_je_avoir je_peux_avoir pourrais_je_avoir
    y_a_t_il est_ce_qu_il_y_a il_y_a appelez appelle je_veux_qu_un je_voudrais_qu_un je_préférerais""",
    connect="""passez_moi passe_moi mettez_moi_en_relation mettez_moi_en_contact mets_moi_en_relation
    mets_moi_en_contact transférez_moi transfère_moi connectez_moi connecte_moi me_passer me_transférer
    me_mettre_en_relation me_mettre_en_contact me_connecter redirigez_moi dirigez_moi me_rediriger orientez_moi""",
    after="""s_il svp stp merci maintenant immédiatement et pas pour qui au à tout de_suite plutôt car ici disponible
    en_ligne réel réelle humain humaine me rappelle m""",
    bots="bot bots robot robots machine machines chatbot chatbots ordinateur ia automate programme",
    no="pas plus marre assez ne non aucun stop",
    please="""s il vous te plaît plait svp stp merci bonjour salut non oui ok maintenant je veux un une juste
    immédiatement tout de suite encore""",
    aside="sans après avant l_appli_me l_application_me",
    must="dois_je faut_il est_ce_que_je_dois devons_nous pourquoi_dois",
    can="""peut pourrait puis peux pouvez veux voudrais souhaite aimerais préférerais qu_un qu_une que demande""",
    serve="""m_aider me_rappeler me_contacter me_répondre m_appeler m_aide me_rappelle me_contacte me_réponde m_appelle
    s_occuper_de_moi s_occupe_de_moi prendre_le_relais""",
    help="""aide contact assistance rappel rappelé rappelée aidé aidée contacté contactée réponse demande
    transférez_ma_demande chat""",
    by="de d par avec à au",
    human="humain humaine réel réelle",
    kind="support aide assistance contact conseiller agent opérateur service",
)

SPANISH = Words(
    person="""humano* humana* persona personas agente agentes asesor* operador* representante* empleado* empleada*
    encargado* encargada* supervisor* gerente ejecutivo* teleoperador* ser_humano dependiente vendedor*""",
    somebody="alguien alguno_de",
    staff="""atención_al_cliente servicio_al_cliente servicio_de_atención soporte equipo departamento recepción
    el_jefe""",
    which="""un una el la los las con de del su vuestro tu algún alguna otro otra verdader* real reales human* verdad
    vivo viva ser directamente""",
    to="con a al",
    talk="""hablar chatear conversar comunicarme contactar charlar platicar ponerme_en_contacto entrar_en_contacto
    dirigirme escribirme comunicarse tratar""",
    want="""quiero necesito deseo quisiera querría dame deme denme prefiero exijo busco me_gustaría solicito pido
    consígueme llame_a llama_a hay puedo_tener quiero_que_me_atienda que_me_atienda que_me_ayude que_me_llame
    prefiero_que_me_atienda""",
    connect="""pásame páseme pásenme conéctame conécteme comuníqueme comunícame transfiéreme transfiérame transfiéranme
    derívame derívenme deríveme ponme póngame pónganme pasarme conectarme transferirme comunicarme derivarme
    me_pasa me_pase me_puede_pasar me_puedes_pasar me_conecta me_transfiere comunicar me_pueden_comunicar
    me_pones me_pone me_ponen""",
    after="""por_favor porfavor ya ahora y no en que para real de_verdad urgente gracias aquí disponible por humano
    humana""",
    bots="bot bots robot robots máquina máquinas chatbot ordenador computadora ia contestador programa",
    no="no ningún harto cansado basta_de nada_de ni deja_de",
    please="""por favor porfavor porfa ya ahora hola no sí si ok quiero necesito un una solo buenas buenos días gracias
    urgente otra vez""",
    aside="sin después_de tras antes_de la_app_me la_aplicación_me",
    must="tengo_que hay_que debo es_necesario por_qué_tengo",
    can="puede podría pueden quiero quisiera necesito prefiero que_me que pido solicito exijo",
    serve="""me_ayude me_atienda me_llame me_conteste me_contacte me_responda ayudarme atenderme llamarme contactarme
    responderme atender ayudar se_ponga_en_contacto me_escriba""",
    help="atención ayuda contacto asistencia llamada respuesta soporte chat atendido atendida",
    by="de por con",
    human="humano humana real",
    kind="atención ayuda soporte asistencia contacto asesor agente operador servicio",
)

ITALIAN = Words(
    person="""umano umana umani persona persone operatore operatrice operatori agente agenti consulente consulenti
    addetto addetta addetti impiegato impiegata responsabile assistente rappresentante dipendente incaricato commesso
    commessa essere_umano supervisore""",
    somebody="qualcuno qualcun",
    staff="assistenza assistenza_clienti servizio_clienti supporto staff team servizio_assistenza",
    which="""un una uno il la lo l con di del dell della dei vostro vostra vostri vero vera reale reali umano umana
    altro altra carne ossa in direttamente qualche""",
    to="con a ad al all alla coi",
    talk="""parlare chattare comunicare contattare discutere mettermi_in_contatto entrare_in_contatto conversare
    dialogare sentire essere_contattato essere_contattata essere_messo_in_contatto essere_messa_in_contatto
    mettere_in_contatto""",
    want="""voglio vorrei desidero mi_serve ho_bisogno preferisco datemi dammi mi_dia mi_dai esigo cerco chiedo
    posso_avere c_è chiamate chiamami mi_aiuti richiedo chiamatemi""",
    connect="""passami passatemi mi_passi mi_passa mi_passate passarmi mettimi_in_contatto mettetemi_in_contatto
    mi_metta_in_contatto mettermi_in_contatto collegami collegatemi mi_colleghi collegarmi trasferiscimi trasferitemi
    mi_trasferisca trasferirmi connettimi connettermi""",
    after="""per_favore per_piacere grazie adesso ora subito e non in che reale vero vera qui disponibile perché invece
    umano umana""",
    bots="bot robot macchina macchine chatbot computer ia risponditore automa programma",
    no="non no niente basta stufo stufa nessun",
    please="""per favore piacere grazie adesso ora subito ciao no sì si ok voglio vorrei un una solo salve buongiorno
    ancora umano umana""",
    aside="senza dopo prima_di l_app_mi l_applicazione_mi",
    must="devo bisogna è_necessario perché_devo",
    can="può potrebbe possono voglio vorrei che preferirei chiedo",
    serve="""aiutarmi rispondermi contattarmi chiamarmi richiamarmi mi_contatti mi_contattasse mi_chiami mi_chiamasse
    mi_aiuti mi_aiutasse mi_risponda mi_richiami seguirmi""",
    help="aiuto contatto assistenza risposta chiamata chat aiutato aiutata contattato contattata",
    by="di da con dal dalla un",
    human="umano umana reale vera vero",
    kind="assistenza aiuto supporto contatto operatore agente consulente servizio",
)

PORTUGUESE = Words(
    person="""humano humana humanos pessoa pessoas atendente atendentes agente agentes operador* assistente
    representante* funcionário* funcionária* consultor* colaborador* gerente supervisor* responsável ser_humano
    vendedor*""",
    somebody="alguém",
    staff="atendimento atendimento_ao_cliente suporte apoio_ao_cliente equipa equipe sac serviço_de_apoio",
    which="""um uma o a os as com do da de dos seu sua vosso verdade real reais verdadeir* human* outro outra algum
    alguma vivo ser diretamente""",
    to="com a ao para pra p",
    talk="""falar conversar contactar contatar comunicar entrar_em_contato entrar_em_contacto ser_atendido ser_atendida
    tratar dialogar teclar fala""",
    want="""quero queria gostaria preciso prefiro desejo me_dá me_dê dê_me exijo chama chame chamem procuro solicito
    peço posso_ter tem_algum há_algum quero_que_um""",
    connect="""me_passe me_passa passa_me passe_me me_passar passar_me me_transfira me_transfere transfere_me
    transfira_me me_transferir transferir_me me_conecte me_conecta conecte_me me_conectar ligue_me liga_me me_ligue
    me_encaminhe encaminha_me encaminhe_me me_coloque_em_contato ponha_me_em_contacto põe_me""",
    after="""por_favor se_faz obrigado obrigada agora já e não em que para real de_verdade urgente aqui
    disponível humano
    humana""",
    bots="bot bots robô robôs robot robots máquina máquinas chatbot computador ia programa",
    no="não nenhum chega_de farto cansado cansada sem nada_de",
    please="""por favor se faz obrigado obrigada agora já olá oi não sim ok quero preciso um uma só bom dia boa tarde
    urgente de novo""",
    aside="sem depois_de após antes_de a_app_me a_app_liga_me o_aplicativo_me a_aplicação_me",
    must="tenho_de tenho_que é_preciso é_necessário devo por_que_tenho",
    can="pode poderia podem quero queria gostaria preciso que prefiro solicito peço",
    serve="""me_atender me_ajudar me_ligar me_contactar me_contatar me_responder atender_me ajudar_me ligar_me
    contactar_me entre_em_contato entre_em_contacto me_atenda me_ajude me_ligue me_contacte me_responda me_chame""",
    help="atendimento ajuda contato contacto suporte apoio resposta chat assistência atendido atendida",
    by="de por com",
    human="humano humana real",
    kind="atendimento ajuda suporte apoio contato contacto atendente assistente agente operador",
)

CZECH = Words(
    person="""člověk člověkem člověka člověku lidmi operátor* operátork* pracovník* pracovnic* agent agenta agentem
    zaměstnan* prodejce prodejcem konzultant* poradce poradcem poradkyn* živ*_osob* skutečn*_osob* reáln*_osob*
    opravdov*_osob* vedoucí* specialist* manažer* nadřízen*""",
    somebody="někým někdo někoho někomu osobou osoba",
    staff="""zákaznickou_podporou zákaznickým_servisem zákaznickým_centrem podporou obsluhou zákaznická_podpora
    zákaznickou_podporu zákaznickou_linku operátory týmem""",
    which="""živým živou živého živý opravdov* skutečn* reáln* nějak* vaš* jin* z ze od od_vás z_vašeho přímo prosím
    rovnou lidsk*""",
    to="s se k ke na",
    talk="""mluvit promluvit hovořit pohovořit povídat psát psát_si chatovat spojit kontaktovat bavit bavit_se
    komunikovat popovídat pobavit_se jednat bych_mluvil bych_mluvila bych_si_promluvil bych_si_promluvila
    bych_promluvil""",
    want="""chci chtěl_bych chtěla_bych chtěl chtěla potřebuji potřebuju dejte_mi dej_mi prosím prosím_o radši raději
    sežeňte_mi žádám zavolejte zavolej je_tam je_tu můžu_dostat""",
    connect="""spojte_mě spoj_mě přepojte_mě přepoj_mě propojte_mě propoj_mě přesměrujte_mě předejte_mě předej_mě
    přepněte_mě přepni_mě mě_spojit mě_přepojit mě_propojit spojte_mne přepojte_mne spojení""",
    after="""prosím teď hned ihned a ne místo který na děkuji tady díky okamžitě protože""",
    bots="bot botem boti roboty robot robotem robota chatbot* stroj strojem strojů počítač* automat* ai",
    no="nechci nebudu žádný žádné žádného ne dost nemám_náladu nebaví",
    please="""prosím teď hned ihned dobrý den ahoj ne ano ok chci jen děkuji díky znovu okamžitě""",
    aside="bez po_rozhovoru poté",
    must="musím je_nutné proč_musím",
    can="může mohl mohla mohou chci chtěl chtěla potřebuji potřebuju prosím aby žádám je",
    serve="""mi_pomoct mi_pomoci mi_zavolat mi_odpovědět mě_kontaktovat mi_napsat mi_poradit mi_zavolal mě_kontaktoval
    mi_pomohl mi_odpověděl mi_napsal se_mi_ozval se_mi_ozvat ozval zavolal dostupný k_dispozici volný volná""",
    help="pomoc kontakt spojení odpověď hovor rozhovor chat",
    by="s se od k na",
    human="lidsk* živ*",
    kind="podpora podporu podporou pomoc kontakt operátor* asistent*",
)

UKRAINIAN = Words(
    person="""людина людини людину людиною людей людьми оператор* менеджер* консультант* спеціаліст* працівник* агент
    агента агентом співробітник* представник* адміністратор* керівник* фахівц* фахівець продавц* продавець""",
    somebody="кимось хтось когось кимсь кимнебудь будь_ким",
    staff="службою_підтримки службу_підтримки підтримкою підтримку відділом командою техпідтримкою",
    which="""жив* справжн* реальн* якоюсь якимось якогось ваш* інш* з із зі вашої безпосередньо будь_ласка прямо
    нормальн*""",
    to="з із зі до на",
    talk="""говорити поговорити розмовляти порозмовляти поспілкуватися спілкуватися зв_язатися побалакати звернутися
    з_єднатися поспілкуватись спілкуватись зв_язатись переписуватися""",
    want="""хочу хотів_би хотіла_б хотіла_би хотів потрібен потрібна потрібно потрібні треба дайте дай покличте поклич
    прошу бажаю мені_потрібна мені_потрібен краще є_тут є_хтось позвіть кличте вимагаю можна
    нехай_мені_зателефонує нехай_зателефонує""",
    connect="""з_єднайте з_єднай переключіть переключи переведіть переведи перемкніть зв_яжіть з_єднати_мене
    переключити_мене перевести_мене перенаправте передайте_мене підключіть""",
    after="""будь зараз негайно а не замість який яка на дякую тут терміново бо і""",
    bots="бот бота ботом боти роботом робота_м робот машиною машина чатбот* автовідповідач* ші комп_ютером програмою",
    no="не ніяких досить без жодних набридло",
    please="""будь ласка зараз негайно привіт добрий день ні так ок хочу тільки дякую терміново прошу мені знову""",
    aside="без після перед_тим",
    must="чи_потрібно чи_треба чи_обов_язково чи_мушу чому_я_маю",
    can="може могла міг можуть можна хочу прошу щоб хотів хотіла треба потрібно є чи_є нехай хай",
    serve="""мені_допомогти мені_відповісти мені_зателефонувати мені_подзвонити зі_мною_зв_язався зі_мною_зв_язалася
    мені_зателефонував мені_подзвонив мені_відповів мені_допоміг зі_мною_зв_язатися зв_язався допомогти
    відповість подзвонить зателефонує вільний вільна доступний""",
    help="допомога допомогу зв_язок з_єднання контакт розмова розмову чат відповідь",
    by="від з із зі",
    human="жив* людськ* справжн*",
    kind="підтримка підтримку допомога допомогу оператор* менеджер* консультант*",
)

DUTCH = Words(
    person="""mens mensen medewerker* persoon agent agenten adviseur* vertegenwoordiger* collega* manager
    leidinggevende* operator* klantenservicemedewerker* consultant* supportmedewerker* verkoper winkelmedewerker*
    baas""",
    somebody="iemand",
    staff="klantenservice klantendienst support helpdesk team personeel servicedesk",
    which="""een de het echt* menselijk* levend* van jullie uw je ander* rechtstreeks direct graag nu bevoegd* vlees
    bloed""",
    to="met aan naar",
    talk="""spreken praten chatten overleggen bellen contact contact_opnemen communiceren in_contact_komen babbelen
    doorverbinden doorverbonden_worden doorgeschakeld_worden praat terugbellen""",
    want="""ik_wil wil ik_wens wens ik_zoek geef_me geef_mij ik_eis ik_verkies liever graag kan_ik mag_ik is_er
    ik_wil_graag stuur_me ik_heb heb roep haal kan_een ik_moet""",
    connect="""verbind_me verbind_mij me_doorverbinden mij_doorverbinden doorverbinden me_verbinden mij_verbinden
    schakel_me schakel_mij me_doorschakelen zet_me_door zet_mij_door breng_me_in_contact koppel_me breng_mij""",
    after="""alsjeblieft aub alstublieft nu meteen en geen in die om nodig spreken graag dringend hier bedankt niet
    beschikbaar want mij me terugbellen""",
    bots="bot bots robot robots machine machines chatbot chatbots computer ai automaat programma",
    no="niet geen genoeg_van zat stop",
    please="""alsjeblieft alstublieft aub graag nu meteen hallo hoi nee ja ok ik wil alleen een goedendag dag bedankt
    gewoon opnieuw""",
    aside="zonder nadat na_het voordat de_app_mij de_app_me",
    must="moet_ik moeten_wij hoef_ik waarom_moet",
    can="kan kunnen zou mag wil graag dat vraag verzoek is",
    serve="""mij_helpen me_helpen mij_bellen me_bellen contact_opneemt contact_met_me_opneemt contact_met_mij_opneemt
    contact_opnemen me_terugbellen mij_antwoorden me_antwoorden me_belt mij_belt me_helpt mij_helpt me_terugbelt
    beschikbaar overnemen""",
    help="hulp contact antwoord chat gesprek ondersteuning",
    by="van met door",
    human="menselijk* echt*",
    kind="hulp support ondersteuning contact medewerker service",
    verb_last=True,
)

SWEDISH = Words(
    person="""människa människor person personer medarbetare agent agenter handläggare kundtjänstmedarbetare rådgivare
    representant* operatör* chef chefen anställd* säljare ansvarig* butiksanställd* handledare""",
    somebody="någon nån",
    staff="kundtjänst* kundservice support* teamet ert_team personal* butiken",
    which="""en ett den riktig* verklig* levande mänsklig* någon er ert era din av från på annan direkt nu faktisk*
    hos i""",
    to="med till hos",
    talk="""prata tala snacka chatta kontakta skriva komma_i_kontakt få_kontakt få_tala få_prata kommunicera samtala
    ha_kontakt få_hjälp_av ringa ringa_mig""",
    want="""jag_vill_ha jag_vill vill_ha jag_behöver behöver jag_önskar jag_kräver jag_föredrar ge_mig kan_jag_få
    får_jag finns_det finns_det_någon hellre jag_söker hämta""",
    connect="""koppla_mig koppla_mig_vidare kan_du_koppla kan_ni_koppla koppla_över_mig flytta_mig skicka_mig
    slussa_mig sätt_mig_i_kontakt bli_kopplad överför_mig kopplas""",
    after="""tack snälla nu genast och inte på som istället att är här för direkt omedelbart jag_kan""",
    bots="bot botar boten robot robotar roboten maskin maskiner chatbot chatbotar chattbot dator ai program",
    no="inte ingen inga trött_på nog slipp sluta",
    please="snälla tack nu genast hej nej ja ok jag vill bara en direkt igen omedelbart",
    aside="utan efter_att innan appen_mig",
    must="måste_jag behöver_jag varför_måste",
    can="kan kunde skulle vill önskar att ber får finns",
    serve="""hjälpa_mig ringa_mig kontakta_mig svara_mig kontaktar_mig ringer_mig hjälper_mig svarar_mig hör_av_sig
    ta_över tillgänglig ledig ringer_upp""",
    help="hjälp kontakt svar chatt samtal support",
    by="av med från",
    human="mänsklig* riktig* verklig*",
    kind="hjälp support kontakt kundtjänst service medarbetare",
)

TURKISH = Words(
    person="""insan insanla insana insanlarla temsilci* müşteri_temsilci* yetkili* çalışan* görevli* operatör*
    danışman* gerçek_kişi* gerçek_bir_kişi* canlı_destek* canlı_bir* personel* uzman* müdür* bir_kişi*""",
    somebody="biri biriyle birisi birisiyle birine birisine kişiyle kişiye birileriyle",
    staff="müşteri_hizmetleri* destek_ekibi* destek_ekibiyle ekibinizle ekibinize destekle mağazayla",
    which="bir gerçek canlı sizin başka herhangi ile müşteri la le lütfen doğrudan direkt",
    to="ile",
    talk="""görüşmek görüşebilir görüşeyim görüşmem görüşme görüştür* konuşmak konuşabilir konuşayım konuşmam
    konuşma_yap* yazışmak bağlanmak bağlanabilir bağlayın bağlayabilir bağlar bağla bağlanmam aktarın aktar
    aktarabilir aktarır yönlendirin yönlendir yönlendirir yönlendirebilir iletişime_geçmek iletişime_geçebilir
    irtibata_geçmek ulaşmak ulaşabilir görüşme""",
    want="istiyorum",
    connect="""beni_bağla beni_bağlayın beni_aktar beni_aktarın beni_yönlendir""",
    after="""istiyorum lazım ver verin çağır çağırın isterim gerek gerekiyor rica lütfen var_mı yok_mu arıyorum bulun
    talep""",
    bots="bot botla botlarla robot robotla robotlarla makine makineyle chatbot chatbotla yapay_zeka* bilgisayarla",
    no="istemiyorum değil istemem bıktım yeter",
    please="lütfen merhaba hayır evet tamam istiyorum hemen şimdi selam bir gerçek canlı ver verin tekrar acil",
    aside="konuşmadan görüşmeden konuştuktan görüştükten",
    must="zorunda gerekir_mi gerekiyor_mu gerek_var_mı şart_mı",
    can="mi",
    serve="""bana_yardım beni_arasın beni_aramasını yardım_edebilir yardımcı_ol* arasın yazsın müsait cevap_versin
    ilgilensin dönüş_yapsın""",
    help="destek yardım iletişim irtibat görüşme sohbet",
    by="ile",
    human="canlı gerçek insan",
    kind="destek yardım temsilci* operatör*",
    verb_last=True,
    suffixes=True,
)

LANGUAGES = {
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "cs": CZECH,
    "uk": UKRAINIAN,
    "nl": DUTCH,
    "sv": SWEDISH,
    "tr": TURKISH,
}
