"""The words of small talk in ten languages (English and Polish have patterns of their own in `small_talk.py`).

Phrases are divided by `|` and folded like the messages: case, diacritics and punctuation do not count.
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
