"""The words of small talk in ten languages (English and Polish have patterns of their own in `small_talk.py`).

Phrases are divided by `|` and folded like the messages: case, diacritics and punctuation do not count. What `TAKEN`
puts together from words is in all twelve.
"""

from __future__ import annotations

HELLO = """
hallo|guten tag|guten morgen|guten abend|moin|servus|grüß gott|grüezi|hallöchen|wie geht es|wie gehts|wie geht es dir
bonjour|bonsoir|salut|coucou|allô|ça va|comment ça va|comment allez vous
hola|buenos días|buenas tardes|buenas noches|buenas|qué tal|cómo estás|cómo está
ciao|salve|buongiorno|buonasera|buon pomeriggio|come va|come stai
olá|oi|bom dia|boa tarde|boa noite|tudo bem|e aí|alô
ahoj|dobrý den|dobré ráno|dobrý večer|čau|zdravím|jak se máte|jak se máš
привіт|добрий день|доброго дня|доброго ранку|добрий вечір|вітаю|здрастуйте|як справи
hallo|hoi|goedendag|goedemorgen|goedemiddag|goedenavond|dag|hey daar|hoe gaat het
hej|hejsan|god morgon|god kväll|god dag|tjena|hallå|hur mår du|läget
merhaba|selam|iyi günler|günaydın|iyi akşamlar|nasılsınız|nasılsın|selamlar
i have a question|i ve got a question|i have got a question|quick question|can you help|can you help me
could you help me
i need help|i need some help|please help me|can i ask something|can i ask you something|a question
mam pytanie|mam jedno pytanie|mam kilka pytań|potrzebuję pomocy|czy możesz mi pomóc|możesz mi pomóc|pomożesz mi
mam problem
hallo zusammen|moin zusammen|guten tag zusammen|grüß dich|ich habe eine frage|ich hab eine frage|ich hätte eine frage
eine frage|können sie mir helfen|kannst du mir helfen|ich brauche hilfe|kurze frage|ich hätte da eine frage
bonjour à tous|j ai une question|une question|pouvez vous m aider|j ai besoin d aide|peux tu m aider
hola a todos|tengo una pregunta|una pregunta|puede ayudarme|puedes ayudarme|necesito ayuda|una consulta
ciao a tutti|ho una domanda|avrei una domanda|una domanda|può aiutarmi|puoi aiutarmi|mi serve aiuto|ho bisogno di aiuto
tenho uma pergunta|tenho uma dúvida|uma pergunta|pode me ajudar|preciso de ajuda|podes ajudar me
mám dotaz|mám otázku|můžete mi pomoct|můžete mi pomoci|potřebuji pomoc|potřebuju pomoc
маю питання|у мене питання|є питання|допоможіть|можете допомогти|потрібна допомога|мені потрібна допомога
ik heb een vraag|een vraag|kunt u mij helpen|kun je me helpen|kan je me helpen|ik heb hulp nodig|korte vraag
jag har en fråga|en fråga|kan du hjälpa mig|kan ni hjälpa mig|jag behöver hjälp
bir sorum var|sorum var|bir soru|yardım eder misiniz|yardımcı olur musunuz|yardıma ihtiyacım var|yardım lazım
i have a question about something|could you please help me|i need a bit of help|i need help with something
mam pytanko|czy ktoś mi pomoże|ktoś mi pomoże|czy ktoś może mi pomóc|mam takie pytanie
ich bräuchte mal hilfe|ich bräuchte hilfe|ich brauche mal hilfe|ich hätte mal eine frage
got a question|can someone help me|can anyone help me|can anybody help me|could someone help me|anyone there
kann mir jemand helfen|könnte mir jemand helfen|quelqu un peut m aider|alguien me puede ayudar|qualcuno può aiutarmi
"""

THANKS = """
danke|vielen dank|danke schön|danke sehr|besten dank|dankeschön|super danke|das hilft|perfekt|alles klar|das war alles
merci|merci beaucoup|merci bien|un grand merci|parfait|super merci|c est parfait|d accord merci|ça m aide|c est tout
gracias|muchas gracias|mil gracias|perfecto|genial|vale gracias|muchísimas gracias|eso es todo|me sirve
grazie|grazie mille|molte grazie|ti ringrazio|la ringrazio|perfetto|ok grazie|ottimo|tutto chiaro|è tutto
obrigado|obrigada|muito obrigado|muito obrigada|valeu|perfeito|ótimo|ok obrigado|ok obrigada|é tudo|é só isso
děkuji|děkuju|díky|moc děkuji|mockrát děkuji|díky moc|super|skvělé|to je vše|to je všechno
дякую|дуже дякую|щиро дякую|спасибі|чудово|супер|дякую за допомогу|це все
bedankt|dank je|dank u|dank je wel|dank u wel|hartelijk dank|heel erg bedankt|perfect|top|dat is alles|fijn
tack|tack så mycket|stort tack|tackar|perfekt|toppen|det var allt|tusen tack
teşekkürler|teşekkür ederim|çok teşekkürler|çok teşekkür ederim|sağol|sağ olun|harika|süper|hepsi bu|mükemmel
"""

BYE = """
tschüss|auf wiedersehen|bis bald|bis später|schönen tag noch|schönen abend noch|ciao ciao|gute nacht
au revoir|à bientôt|bonne journée|bonne soirée|à plus tard|bonne nuit
adiós|hasta luego|hasta pronto|chao|que tengas buen día|que tenga un buen día|nos vemos
arrivederci|a presto|buona giornata|buona serata|buonanotte|alla prossima
tchau|até logo|até mais|adeus|até breve|tenha um bom dia
na shledanou|nashledanou|sbohem|mějte se|hezký den|pěkný den|dobrou noc|čau čau
до побачення|бувайте|па па|гарного дня|на все добре|добраніч
tot ziens|doei|dag dag|fijne dag|fijne avond|tot later|prettige dag
hej då|hejdå|adjö|vi ses|ha det bra|ha en bra dag|god natt
hoşçakal|hoşça kalın|görüşürüz|güle güle|iyi geceler|kendine iyi bak|allahaısmarladık
best regards|kind regards|regards|have a nice weekend|have a good one|talk soon|until next time|enjoy your day
enjoy your weekend
pozdrawiam|pozdro|pozdrawiam serdecznie|miłego weekendu|miłej niedzieli|miłego popołudnia|spokojnego dnia|do usłyszenia
to tyle|to by było na tyle|udanego dnia|dobrego dnia
dann bis bald|bis dann|bis dahin|schönes wochenende|schönen tag|schönen abend|schönen feierabend|liebe grüße|viele grüße
mit freundlichen grüßen|mfg|lg|servus und danke|ade|machs gut|mach s gut|einen schönen tag noch|einen schönen tag
bon week end|bonne continuation|cordialement|bien à vous|à la prochaine|salutations
buen fin de semana|saludos|un saludo|que le vaya bien|feliz día|buen día
buon fine settimana|cordiali saluti|saluti|un saluto|ci sentiamo
bom fim de semana|abraço|cumprimentos|um abraço|atenciosamente|até à próxima
hezký víkend|s pozdravem|zdravím vás|pěkný víkend|tak zatím|zatím
гарних вихідних|з повагою|бувай|до зустрічі|щасливо
fijn weekend|groetjes|met vriendelijke groet|groeten|tot de volgende keer
trevlig helg|ha en fin dag|med vänlig hälsning|hälsningar|vi hörs
iyi hafta sonları|saygılar|selametle|iyi çalışmalar|kolay gelsin
miłego dzionka|dobrej nocy|fijne dag nog|fijne avond nog|bonne journée à vous|buona giornata a lei|que tenga buen día
"""

ABOUT_BOT = """
bist du ein bot|bist du ein roboter|bist du ein mensch|sind sie ein mensch|sind sie ein bot|sind sie ein roboter
bist du eine ki|bist du echt|spreche ich mit einem menschen|spreche ich mit einem bot|rede ich mit einem bot
rede ich mit einem menschen|ist das ein bot|bist du ein echter mensch|wer bist du|chatte ich mit einem menschen
bist du eine maschine|schreibe ich mit einem bot|bin ich hier mit einem bot verbunden
es tu un robot|es tu un bot|êtes vous un robot|êtes vous un bot|êtes vous un humain|es tu un humain
est ce que je parle à un robot|est ce que je parle à un humain|est ce un robot|c est un robot|qui es tu|qui êtes vous
je parle à un robot|je parle à un humain|vous êtes un robot|vous êtes humain|tu es un robot|tu es humain
êtes vous une vraie personne|êtes vous une ia|es tu une ia|suis je en train de parler à un robot
eres un bot|eres un robot|eres una persona|eres humano|eres humana|es usted un robot|es usted una persona
estoy hablando con un robot|estoy hablando con una persona|hablo con un robot|hablo con una persona|quién eres
eres una máquina|eres una ia|eres real|eres una persona real|esto es un bot|es esto un bot
sei un bot|sei un robot|sei una persona|sei umano|sei umana|sei un essere umano|sto parlando con un robot
sto parlando con una persona|parlo con un robot|parlo con una persona|chi sei|sei una macchina|sei una ia|sei reale
sei una persona reale|sei una persona vera|questo è un bot|lei è un robot|lei è una persona
você é um robô|você é um bot|você é uma pessoa|você é humano|é um robô|é um bot|é uma pessoa|és um robô|és humano
és uma pessoa|estou falando com um robô|estou a falar com um robô|estou falando com uma pessoa
estou a falar com uma pessoa|falo com um robô|falo com uma pessoa|quem é você|quem és|és um bot|você é real
você é uma máquina|você é uma pessoa real
jsi robot|jsi člověk|jsi bot|jste robot|jste člověk|jste bot|mluvím s robotem|mluvím s člověkem|mluvím s botem
píšu si s robotem|píšu si s člověkem|kdo jsi|jsi opravdový člověk|jsi umělá inteligence|jsi ai|to je robot|je to robot
ти бот|ти робот|ти людина|ви бот|ви робот|ви людина|чи ти людина|чи ви людина|чи ти бот|чи ви бот|чи ви робот
я говорю з роботом|я говорю з людиною|я розмовляю з ботом|я розмовляю з роботом|я розмовляю з людиною|хто ти
це бот|це робот|ти справжня людина|ви справжня людина|я спілкуюся з ботом|я спілкуюся з людиною
ben je een bot|ben je een robot|ben je een mens|bent u een mens|bent u een robot|bent u een bot|ben jij een bot
ben jij een robot|ben jij een mens|praat ik met een robot|praat ik met een mens|praat ik met een bot|wie ben je
spreek ik met een mens|spreek ik met een robot|ben je echt|is dit een bot|ben je een echt mens|chat ik met een mens
är du en robot|är du en bot|är du en människa|är du en ai|pratar jag med en robot|pratar jag med en människa|vem är du
pratar jag med en bot|är du en riktig människa|är det här en bot|är detta en bot|chattar jag med en människa
sen bir bot musun|bot musun|robot musun|sen robot musun|sen insan mısın|insan mısın|insan mısınız|bot musunuz
robot musunuz|robotla mı konuşuyorum|insanla mı konuşuyorum|bir insanla mı konuşuyorum|bir robotla mı konuşuyorum
botla mı konuşuyorum|kimsin|sen kimsin|gerçek bir insan mısın|gerçek insan mısın|yapay zeka mısın|bu bir bot mu
"""

TAKEN = {
    "en": (
        """
        thanks thank_you thankyou thx ty cheers great perfect awesome cool super ok okay okey alright
        all_right understood got_it i_see i_understand makes_sense good_to_know wonderful brilliant
        excellent lovely noted that_helps that_helped appreciate_it much_appreciated that_is_all
        that_was_all no_worries will_do gotcha ta nice_one okey_dokey that_s_fine that_is_fine
        answers_my_question answered_my_question what_i_wanted_to_know what_i_needed_to_know
        all_i_needed all_i_wanted helpful no_that_s_all no_that_is_all nope_that_s_all no_that_s_it
        nope_that_s_it no_thanks no_thank_you no_more_questions no_further_questions no_i_m_good
        no_i_m_fine i_appreciate_it
        """,
        """
        so very much a_lot lots_of many again for_the for_your for_that for_this info information help
        answer time quick fast reply explanation all oh ah aha well that_is that_s it_is this_is really
        you now clear clears_it_up but pity a_pity too_bad anyway though guys folks everything good
        response clarifying clarification helping explaining answering letting_me_know a_bunch a_ton
        a_million mate lol haha yes you_ve_been you_have_been been for i_ve my exactly what_i_needed
        kindly today news
        """,
    ),
    "pl": (
        """
        dzieki dziekuje dzieks super swietnie ok okej oki okey spoko jasne rozumiem zrozumialem
        zrozumialam wszystko_jasne extra ekstra rewelacja fajnie idealnie cudownie dobra dobrze pomoglo
        juz_wiem to_wszystko w_porzadku wiem_juz wiem_juz_wszystko wszystko_wiem dobrze_wiedziec to_tyle
        dzieki_ci dziekuje_ci fajnie_wiedziec o_to_mi_chodzilo o_to_chodzilo tego_szukalem tego_szukalam
        to_mi_wystarczy wystarczy nie_mam_wiecej_pytan nie_to_wszystko nie_to_juz_wszystko nie_dziekuje
        nie_dzieki bardzo_pomocne pomocne
        """,
        """
        za info informacje informacja pomoc odpowiedz szybka wyjasnienie wyjasnienia rade bardzo
        serdecznie slicznie ci wam panu pani panstwu no to juz aha ach wiec wielkie raz_jeszcze
        jeszcze_raz z_gory teraz tak ale szkoda mimo_to wszystko o oh i wlasnie dokladnie haha
        wam_bardzo na_razie sprawa to_na_razie_wszystko
        """,
    ),
    "de": (
        """
        danke dankeschon dank super perfekt toll prima klasse spitze ok okay okey verstehe verstanden
        alles_klar klar gut sehr_schon wunderbar alles_gut passt das_hilft das_wars das_war_s ach_so
        achso bescheid gut_zu_wissen das_war_alles das_ist_alles dankeschon bedankt merci
        das_hat_mir_geholfen das_hat_geholfen das_reicht_mir das_reicht keine_weiteren_fragen
        keine_fragen_mehr nein_das_wars nein_das_war_s nein_danke wollte_ich_wissen
        """,
        """
        vielen herzlichen besten tausend schon sehr ach aha ja na oh dann dir ihnen euch fur die deine
        ihre eure info information infos hilfe antwort schnelle auskunft erklarung nochmal nochmals
        schon_mal vielmals das_ist ist mir ich habe hab jetzt weiss so_weit soweit aber schade trotzdem
        euch alles hm oh und jo lieben lieber muhe genau das haha nett
        """,
    ),
    "fr": (
        """
        merci parfait super d_accord ok okay compris je_comprends genial tres_bien entendu c_est_note
        c_est_clair nickel bon_a_savoir c_est_tout ca_marche non_merci plus_de_questions c_est_bon
        """,
        """
        beaucoup bien infiniment mille un_grand pour l_ votre ton la les cette info infos aide reponse
        explication rapide a_vous a_toi ah alors tout c_est j_ai encore mais dommage quand_meme
        exactement
        """,
    ),
    "es": (
        """
        gracias perfecto genial vale ok okay entendido entiendo de_acuerdo muy_bien estupendo claro
        listo super es_bueno_saberlo eso_es_todo no_gracias eso_era_todo ninguna_pregunta_mas
        """,
        """
        muchas mil muchisimas por la tu su ayuda informacion info respuesta a_ti a_usted ah pues ya todo
        lo esta muy amable pero lastima igualmente exactamente
        """,
    ),
    "it": (
        """
        grazie perfetto ottimo ok okay capito va_bene chiaro d_accordo bene benissimo buono_a_sapersi
        e_tutto no_grazie questo_e_tutto
        """,
        """
        mille molte tante infinite per l_ la le il tuo suo aiuto risposta informazioni informazione info
        a_te a_lei ah allora molto gentile ho tutto ma peccato comunque esattamente
        """,
    ),
    "pt": (
        """
        obrigado obrigada valeu perfeito otimo ok okay entendi percebi certo esta_bem ta_bom beleza
        compreendo bom_saber e_tudo nao_obrigado nao_obrigada era_isso era_so_isso
        """,
        """
        muito pela pelas sua tua ajuda informacao informacoes info resposta a_voce ah entao mesmo tudo
        mas pena que_pena mesmo_assim exatamente
        """,
    ),
    "cs": (
        """
        diky dekuji dekuju super ok rozumim jasne chapu skvele v_poradku dobre parada dobre_vedet
        to_je_vse ne_diky ne_dekuji to_staci
        """,
        """
        moc mockrat za info informaci informace pomoc odpoved vam ti no aha tak to_je uz ale skoda
        presto presne
        """,
    ),
    "uk": (
        """
        дякую спасибі ок зрозуміло зрозумів зрозуміла ясно добре чудово супер гаразд це_все ні_дякую
        """,
        """
        дуже щиро за інформацію допомогу відповідь швидку вам тобі ну все ага але шкода все_одно саме
        так
        """,
    ),
    "nl": (
        """
        bedankt dank_je dank_u dank_je_wel dank_u_wel dankjewel ok oke okay top prima perfect fijn super
        begrepen duidelijk helder goed snap_ik goed_om_te_weten dat_is_alles dat_was_alles nee_bedankt
        nee_dank_je dat_helpt
        """,
        """
        voor de het je uw info informatie hulp antwoord snelle uitleg heel erg hartelijk ah dan dat_is
        ik_begrijp_het maar jammer toch hm precies nog
        """,
    ),
    "sv": (
        """
        tack tackar ok okej bra perfekt toppen super forstar uppfattat bra_att_veta det_var_allt
        det_ar_allt nej_tack det_hjalpte
        """,
        """
        sa_mycket for hjalpen infon informationen svaret snabba ah da jag stort tusen vad_bra men synd
        anda precis
        """,
    ),
    "tr": (
        """
        teşekkürler teşekkür_ederim sağol sağolun sağ_olun tamam anladım peki süper harika mükemmel ok
        bu_kadar hepsi_bu hayir_tesekkurler
        """,
        """
        çok bilgi yardımın yardımınız cevap cevabınız için size sana o_zaman ama yazik yine_de tam
        """,
    ),
}
"""Words of thanks and of having understood, and words that may stand around them; a phrase has `_` for its spaces."""

AND = frozenset("and und i oraz et y e a и та і en och ve".split())

THANKS_FOR = (
    "thanks for|thank you for|thanks a lot for|thank you so much for|thank you very much for|many thanks for"
    "|dziękuję za|dzięki za|dziękuję bardzo za|wielkie dzięki za|danke für|vielen dank für|besten dank für"
    "|merci pour|merci beaucoup pour|gracias por|muchas gracias por|grazie per|grazie mille per|obrigado pela"
    "|obrigada pela|obrigado pelo|obrigada pelo|děkuji za|díky za|дякую за|спасибі за|bedankt voor|tack för"
)
"""What is thanked for may be anything, in few words, without one of these:"""
NO_THANKS = frozenset(
    "but not no nothing never none wrong however though yet still nie nic ale jednak zle bledna wciaz nadal aber nicht"
    " nichts kein keine falsch noch mais pas rien pero nada sin mal ma non niente mas nao nada ale neni nic але не ні"
    " нічого maar niet geen niets men inte ingen ama degil yok how what when where which why who can could do does is"
    " are will jak kiedy gdzie ile czy wie wann wo was warum quand comment ou cuando donde como come quando onde please"
    " prosze poprosze bitte want need chce bad terrible awful useless late broken".split()
)
