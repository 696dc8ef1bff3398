"""Ways to ask for a person, and talk about persons that asks for none, in ten languages; written for these tests."""

from __future__ import annotations

WISHES = {
    "de": """
Bitte verbinden Sie mich mit einem Kollegen|Ich brauche einen Mitarbeiter für meine Reklamation
Ich möchte jetzt einen Menschen sprechen|Können Sie mich zu einem Berater durchstellen?
Kann mich ein Mitarbeiter zurückrufen?
Ich möchte mit einem Menschen sprechen|Kann ich bitte mit einem Mitarbeiter reden?
Verbinden Sie mich mit dem Kundendienst|Mensch bitte|Ich will nicht mit einem Bot reden
Ich brauche einen echten Menschen|Mitarbeiter|Gibt es hier einen echten Menschen?
kann mich bitte jemand vom Support kontaktieren|Geben Sie mir einen Ansprechpartner
Ich hätte gerne einen Kundenberater|Nein, ich will mit jemandem sprechen|kein Bot, ein Mensch bitte
Könnten Sie mich an einen Kollegen weiterleiten?|ich will einen menschen sprechen
ich möchte bitte einen Mitarbeiter sprechen|Kann ich mit jemandem chatten, der kein Bot ist?
Ich möchte mich mit einem echten Menschen unterhalten|hol mir bitte einen Menschen
Stellen Sie mich bitte zum Support durch|bitte einen echten Mitarbeiter, keinen Roboter
Menschlicher Support bitte|wo erreiche ich einen Mitarbeiter?|Ich bestehe auf einem menschlichen Ansprechpartner
Kann ein Mensch übernehmen?|ich verlange mit dem chef zu sprechen|Lass mich mit einer richtigen Person schreiben
Ich würde gerne mit einem Ihrer Mitarbeiter sprechen|kann ich mal mit nem echten menschen schreiben
Bitte leiten Sie mich an einen Kundenberater weiter|Ich möchte gerne persönlich mit jemandem sprechen
ich will sofort mit einem Vorgesetzten reden|Hallo, ich brauche Hilfe von einem Menschen
Bitte um Rückruf durch einen Mitarbeiter|Geht das auch mit einem Menschen?|Nein danke, lieber ein Mensch
Das hilft mir nicht, ich möchte einen Mitarbeiter|live chat mit mitarbeiter
Könnte mich bitte ein Mitarbeiter anrufen?
""",
    "fr": """
Je veux parler à une personne maintenant|Transférez-moi à un conseiller|Est-ce qu'un conseiller peut me rappeler ?
Connectez-moi à un agent|Pouvez-vous me mettre en relation avec le support ?
Je veux parler à un humain|Puis-je parler à un conseiller ?|Passez-moi un opérateur|Un humain s'il vous plaît
Je ne veux pas parler à un robot|conseiller|Mettez-moi en relation avec le service client
J'aimerais discuter avec une vraie personne|Non, je veux parler à quelqu'un|Y a-t-il un vrai conseiller ?
je veux un agent humain|Pouvez-vous me transférer à un agent ?|J'en ai marre de parler à un bot
Pourrais-je avoir une vraie personne au téléphone ?|je souhaiterais être mis en relation avec un conseiller
appelez un humain|Je préfère parler avec une personne réelle|Stop au bot, je veux quelqu'un
Est-il possible de parler à quelqu'un de votre équipe ?|laissez-moi parler à un responsable|un vrai humain svp
Comment puis-je joindre un conseiller ?|Je veux qu'un conseiller me rappelle|humain
je voudrais parler à une personne physique|pouvez-vous me passer quelqu'un ?
Je souhaite être rappelé par un conseiller|besoin de parler à un humain
Merci de me mettre en contact avec un agent|on peut parler à un vrai être humain ici ?
transférez ma demande à un conseiller|ça ne m'aide pas, je veux un conseiller|un agent svp
je préférerais un humain|puis-je discuter avec un de vos employés|parler à un conseiller
""",
    "es": """
Transfiérame a un agente|Quiero hablar con un humano ya|¿Puede llamarme un asesor?|Conécteme con una persona
¿Puedo chatear con un empleado?
Quiero hablar con una persona|¿Puedo hablar con un agente?|Páseme con un operador|Un humano por favor
No quiero hablar con un bot|agente|Necesito un asesor humano|Póngame con atención al cliente
¿Hay alguna persona real?|Prefiero que me atienda una persona|No, quiero hablar con alguien
comunícame con un representante|persona real, no un robot|¿Me pueden comunicar con una persona?
quisiera hablar con el encargado|pásame a un humano|necesito que me atienda un humano|quiero un humano ya
me pones con alguien de soporte?|¿Podría hablar con alguien de verdad?|atención humana por favor
prefiero tratar con una persona real|no me sirve el bot, quiero un agente|que me llame un asesor
hablar con un agente|necesito hablar con una persona de carne y hueso|¿me puede atender una persona?
quiero que me contacte un asesor|¿puedes transferirme con un agente?|no me ayudas, pásame con alguien
persona por favor|quiero hablar con tu supervisor|solicito atención de un humano|¿hay algún agente disponible?
me gustaría hablar con alguien del equipo|asesor humano
""",
    "it": """
Mi colleghi con un operatore|Voglio parlare con un umano adesso|Può richiamarmi un operatore?
Trasferiscimi a una persona|Posso parlare con un consulente?
Voglio parlare con una persona|Posso parlare con un operatore?|Mi passi un operatore|Operatore
Un essere umano per favore|Non voglio parlare con un robot|Vorrei parlare con qualcuno dell'assistenza
mettetemi in contatto con un addetto|mi serve una persona reale|C'è una persona vera con cui parlare?
Può trasferirmi a un consulente?|vorrei essere messo in contatto con un operatore|fatemi parlare con qualcuno
è possibile parlare con una persona reale?|un operatore umano grazie|preferirei parlare con una persona
mi può mettere in contatto con l'assistenza?|Chiamatemi un responsabile|basta bot, voglio una persona
Voglio un operatore, non una macchina|posso chattare con un addetto?|parlare con operatore
ho bisogno di parlare con un essere umano|può rispondermi una persona?|vorrei che mi contattasse un operatore
mi passi un umano|non mi aiuti, voglio parlare con qualcuno|persona per favore
voglio parlare con il responsabile|richiedo assistenza umana|c'è un operatore disponibile?
mi piacerebbe parlare con qualcuno del team|assistenza umana
""",
    "pt": """
Transfira-me para uma pessoa|Quero falar com um humano agora|Um atendente pode me ligar?|Me conecta com um atendente
Posso conversar com um funcionário?
Quero falar com uma pessoa|Posso falar com um atendente?|Me transfere para um atendente|Atendente por favor
Não quero falar com um robô|Gostaria de ser atendido por um humano|humano|Preciso falar com alguém do suporte
Quero um atendente humano|me passa para um humano|Passe-me a um assistente|quero ser atendido por uma pessoa
pode me passar para um humano?|gostava de falar com um assistente humano|fala com humano|quero um humano agora
posso falar com alguém de verdade?|não quero robô, quero gente|quero atendimento humano
transfira-me para um operador|deixe-me falar com o gerente|dá para falar com um atendente?|falar com atendente
preciso falar com uma pessoa de verdade|uma pessoa pode me atender?
quero que um atendente entre em contato comigo|você pode me transferir para um atendente?
não está ajudando, quero falar com alguém|pessoa por favor|quero falar com o seu supervisor
solicito atendimento de um humano|tem algum atendente disponível?|gostaria de conversar com alguém da equipe
atendente humano
""",
    "cs": """
Přepněte mě na operátora|Chci hned mluvit s člověkem|Může mi zavolat operátor?|Spojte mě se zákaznickou podporou
Chci mluvit s prodejcem
Chci mluvit s člověkem|Můžu mluvit s operátorem?|Spojte mě s operátorem|Člověka prosím|Nechci mluvit s robotem
operátor|Chtěl bych mluvit s někým ze zákaznické podpory|přepojte mě na člověka|potřebuji živého člověka
Můžete mě spojit s pracovníkem?|dejte mi člověka|mohu mluvit s někým živým?
chtěla bych mluvit s vaším pracovníkem|dejte mi prosím operátora|chci živého operátora|je tu nějaký člověk?
můžete mě přepojit na zákaznickou podporu?|raději bych mluvil s člověkem|Potřebuji mluvit s vedoucím
ne robot, chci člověka|spojit s operátorem|chci si psát s člověkem|mluvit s operátorem
potřebuji mluvit se skutečným člověkem|může mi pomoct člověk?|chci, aby mě kontaktoval operátor
můžete mě přepojit k operátorovi?|nepomáháš mi, chci mluvit s někým|člověk prosím|chci mluvit s vaším nadřízeným
žádám kontakt s pracovníkem|je dostupný nějaký operátor?|rád bych si promluvil s někým z týmu|živý operátor
""",
    "uk": """
Переведіть мене на менеджера|Хочу зараз поговорити з людиною|Чи може мені зателефонувати оператор?
Підключіть оператора|Хочу поговорити з продавцем
Хочу поговорити з людиною|Можна поговорити з оператором?|З'єднайте мене з менеджером|Людину, будь ласка
Не хочу говорити з ботом|оператор|Покличте живу людину|Переключіть мене на оператора|Мені потрібна жива людина
Хочу зв'язатися зі службою підтримки|потрібен менеджер|з'єднайте з живою людиною
хочу спілкуватися з реальною людиною|дайте оператора|можна менеджера?|я хочу говорити з кимось із підтримки
покличте менеджера будь ласка|переведіть на оператора|не бот, а людина|Чи можу я поговорити з консультантом?
мені треба живий оператор|нехай мені зателефонує менеджер|поговорити з оператором
мені потрібно поговорити зі справжньою людиною|чи може мені допомогти людина?
хочу щоб зі мною зв'язався менеджер|можете переключити мене на оператора?
ти не допомагаєш, хочу поговорити з кимось|людина будь ласка|хочу поговорити з вашим керівником
прошу зв'язок з працівником|чи є вільний оператор?|хотів би поспілкуватися з кимось із команди|живий оператор
""",
    "nl": """
Verbind me met een collega|Ik wil nu met een mens spreken|Kan een collega me bellen?
Schakel me door naar een medewerker|Ik wil een adviseur spreken
Ik wil met een mens praten|Kan ik een medewerker spreken?|Verbind me door met een medewerker|Mens alstublieft
Ik wil niet met een bot praten|medewerker|Ik wil iemand van de klantenservice spreken
Kunt u mij doorverbinden met een collega?|ik heb een echt persoon nodig|geef me een echte medewerker
Mag ik met iemand praten?|ik wil graag een echt mens spreken|kan ik met iemand van jullie chatten?
verbind mij met een medewerker|ik wil geen bot, ik wil een mens|Is er een medewerker beschikbaar?
Graag een medewerker|ik praat liever met een mens|laat me met je manager praten
kan een medewerker mij terugbellen?|echte persoon aub|mag ik een medewerker|praten met een medewerker
ik moet een echt mens spreken|kan een mens mij helpen?|ik wil dat een medewerker contact met me opneemt
kun je me doorverbinden met een medewerker?|dit helpt niet, ik wil iemand spreken|mens graag
ik wil je leidinggevende spreken|ik vraag om contact met een medewerker
ik zou graag met iemand van het team praten|echte medewerker
""",
    "sv": """
Koppla mig till en människa|Jag vill prata med en människa nu|Kan en medarbetare ringa mig?
Skicka mig till en handläggare|Jag vill tala med en säljare
Jag vill prata med en människa|Kan jag få prata med en medarbetare?|Koppla mig till kundtjänst|En människa tack
Jag vill inte prata med en robot|människa|Kan du koppla mig till en handläggare?
Jag vill tala med en riktig person|Jag vill ha en riktig människa|Finns det någon människa här?|kundtjänst tack
kan jag få prata med en riktig människa?|jag vill bli kopplad till en medarbetare|ge mig en människa
Jag vill ha kontakt med kundtjänst|finns det en människa jag kan prata med?|en riktig person tack
jag vill hellre prata med en människa|jag vill chatta med någon från supporten|låt mig prata med din chef
mänsklig support tack|prata med en människa|jag behöver tala med en riktig människa
kan en människa hjälpa mig?|jag vill att en medarbetare kontaktar mig|kan ni koppla mig till en person?
det hjälper inte, jag vill prata med någon|människa tack|jag vill prata med din chef
jag ber om kontakt med en medarbetare|finns det någon medarbetare tillgänglig?
jag skulle vilja prata med någon i teamet|riktig människa
""",
    "tr": """
Beni bir insana bağlayın|Şimdi bir insanla konuşmak istiyorum|Bir temsilci beni arasın
Beni bir yetkiliye yönlendirin|Bir danışmanla görüşmek istiyorum
Bir insanla konuşmak istiyorum|Müşteri temsilcisine bağlanmak istiyorum|Beni bir yetkiliye bağlayın|insan lütfen
Botla konuşmak istemiyorum|temsilci|Gerçek bir kişiyle görüşebilir miyim?|Canlı destek istiyorum
Müşteri hizmetleriyle görüşmek istiyorum|bir temsilciye aktarın|Bot değil insan istiyorum
Biriyle konuşabilir miyim?|canlı temsilci ile görüşmek istiyorum|gerçek biriyle konuşmak istiyorum
beni müşteri hizmetlerine bağlar mısınız?|bir insana bağlanabilir miyim?|yetkili biriyle görüşmek istiyorum
lütfen bir temsilci|robot istemiyorum insan istiyorum|müşteri temsilcisi|bir çalışanınızla konuşabilir miyim?
insanla görüşeyim|temsilciyle görüşme|gerçek bir insanla konuşmam gerekiyor
bana bir insan yardım edebilir mi?|bir temsilcinin beni aramasını istiyorum|beni bir temsilciye aktarır mısınız?
yardımcı olmuyorsun, biriyle konuşmak istiyorum|insan|müdürünüzle görüşmek istiyorum
bir çalışanla iletişime geçmek istiyorum|müsait bir temsilci var mı?|ekibinizden biriyle konuşmak isterim
gerçek insan
""",
}

OTHER_TALK = {
    "de": """
Muss ich mit einem Mitarbeiter sprechen, um zu kündigen?|Ich habe gestern mit einem Mitarbeiter gesprochen
Bist du ein Mensch?|Wann ist die Hotline erreichbar?|Wie viele Menschen passen in das Zelt?
Geschenk für eine Person, die Tee mag|Kann ich ohne mit jemandem zu sprechen zurückgeben?
Spreche ich mit einem Menschen?|Saugroboter|Ist der Berater kostenlos?|Kann jemand anderes mein Paket abholen?
Der Roboter spricht kein Deutsch|Wie kontaktiere ich den Kundenservice?|Ihr Mitarbeiter war sehr freundlich
Ich möchte eine Jacke für eine große Person|Hat der Chef das Rezept geschrieben?
Kann eine andere Person unterschreiben?|Verkauft ihr Mähroboter?
Ich will keinen Menschen sprechen, nur die Größe wissen|Welche Sprachen sprechen Ihre Mitarbeiter?
Wer hat mit mir gesprochen?|Ist die Creme für Menschen mit Allergie geeignet?|Ich möchte mit Karte zahlen
Ich will mit meiner Frau sprechen, bevor ich bestelle
Ich habe schon mit jemandem gesprochen und keine Antwort bekommen|Ist das Kleid für Personen über 1,80 geeignet?
Mein Mann möchte mit Paypal zahlen, geht das?|Der Mitarbeiter im Laden sagte, ich kann umtauschen
Kann der Roboter auch Treppen reinigen?|Wer ist Ihr Ansprechpartner für Presse?|Suchen Sie Mitarbeiter?
Brauche ich einen Berater für die Montage?|Bin ich hier mit einem Bot verbunden?
Wie lange dauert eine Antwort vom Support?
""",
    "fr": """
Dois-je parler à un conseiller pour annuler ?|J'ai parlé à un conseiller hier|Êtes-vous un humain ?
Quels sont les horaires du service client ?|Combien de personnes la tente accueille-t-elle ?
Cadeau pour une personne qui aime le thé|Puis-je retourner sans parler à quelqu'un ?|robot aspirateur
Est-ce que je parle à un robot ?|Une autre personne peut-elle récupérer mon colis ?
Votre agent m'a promis un remboursement|Personne ne répond|Comment contacter le service client ?
Votre conseiller était très aimable|Je veux une veste pour une personne grande
Qui est le responsable de la marque ?|Vendez-vous des robots de cuisine ?
La crème convient-elle aux personnes allergiques ?|Quelles langues parlent vos conseillers ?
Je veux payer par carte|Je ne veux pas parler à un humain|agent nettoyant|Je dois d'abord parler à mon mari
J'ai déjà parlé à quelqu'un sans réponse|La robe convient-elle à une personne de 1m80 ?
Le vendeur en magasin m'a dit que je peux échanger|Recrutez-vous des vendeurs ?
Le robot peut-il monter les escaliers ?|Combien de temps pour une réponse du support ?|Je suis avec un bot là ?
Ai-je besoin d'un technicien pour l'installation ?|C'est un cadeau pour quelqu'un d'autre
Faut-il une personne majeure à la livraison ?
""",
    "es": """
¿Tengo que hablar con un agente para devolver?|Ayer hablé con un agente|¿Eres una persona?
¿Cuál es el horario de atención al cliente?|¿Para cuántas personas es la tienda?
Regalo para una persona que ama el té|¿Puedo devolver sin hablar con nadie?|robot aspirador
¿Estoy hablando con un robot?|¿Puede otra persona recoger mi paquete?|agente de limpieza para cuero
No quiero hablar con un agente|¿Cómo contacto con atención al cliente?|Vuestro agente fue muy amable
Quiero una chaqueta para una persona alta|¿Vendéis robots de cocina?
¿La crema es apta para personas con alergia?|¿Qué idiomas hablan los agentes?|Quiero pagar con tarjeta
Quiero hablar con mi marido antes|¿La garantía cubre daños a personas?|¿Es seguro para humanos?
tinte para pelo humano|Ya hablé con alguien y no me respondieron|¿El vestido sirve para una persona de 1,80?
El vendedor de la tienda dijo que puedo cambiarlo|¿Buscáis empleados?|¿El robot sube escaleras?
¿Cuánto tarda en responder soporte?|¿Necesito un técnico para la instalación?|Es un regalo para alguien
¿Tiene que estar una persona adulta en la entrega?|¿Puedo pagar a un agente de transporte?
""",
    "it": """
Devo parlare con un operatore per il reso?|Ieri ho parlato con un operatore|Sei una persona?
Quali sono gli orari del servizio clienti?|Per quante persone è la tenda?|Regalo per una persona che ama il tè
Sto parlando con un robot?|robot aspirapolvere|Un'altra persona può ritirare il pacco?|taglia per persona alta
Il vostro operatore mi ha promesso il rimborso|Come contatto il servizio clienti?
Il vostro operatore è stato gentile|Voglio una giacca per una persona alta|Vendete robot da cucina?
La crema va bene per persone allergiche?|Quali lingue parlano i consulenti?|Vorrei pagare con carta
Non voglio parlare con un operatore|Devo prima parlare con mio marito|parrucca di capelli umani
Chi è il responsabile del trattamento dati?|Ho già parlato con qualcuno senza risposta
Il vestito va bene per una persona di 1,80?|Il commesso in negozio ha detto che posso cambiare
Cercate personale?|Il robot sale le scale?|Quanto ci mette il supporto a rispondere?
Mi serve un tecnico per l'installazione?|È un regalo per qualcuno|Deve esserci una persona adulta alla consegna?
Quanto costa a persona?
""",
    "pt": """
Tenho que falar com um atendente para devolver?|Ontem falei com um atendente|Você é uma pessoa?
Qual é o horário do atendimento?|Para quantas pessoas é a barraca?|Presente para uma pessoa que gosta de chá
Posso devolver sem falar com ninguém?|robô aspirador|Estou falando com um robô?
Outra pessoa pode retirar a encomenda?|O vosso agente prometeu reembolso|Como contacto o apoio ao cliente?
O vosso agente foi simpático|Quero um casaco para uma pessoa alta|Vendem robôs de cozinha?
O creme é adequado para pessoas alérgicas?|Que línguas falam os operadores?|Quero pagar com cartão
Não quero falar com um humano|Tenho que falar com o meu marido primeiro|peruca de cabelo humano
quem é o responsável pelos dados?|Já falei com alguém e não responderam|O vestido serve para uma pessoa de 1,80?
O vendedor da loja disse que posso trocar|Estão a contratar funcionários?|O robô sobe escadas?
Quanto tempo demora o suporte a responder?|Preciso de um técnico para a instalação?|É um presente para alguém
Precisa estar uma pessoa adulta na entrega?|Qual é o preço por pessoa?
""",
    "cs": """
Musím mluvit s operátorem, abych vrátil zboží?|Včera jsem mluvil s operátorem|Jsi člověk?
Jaká je otevírací doba zákaznické podpory?|Pro kolik lidí je stan?|Dárek pro člověka, který má rád čaj
Mluvím s robotem?|robotický vysavač|Může balík vyzvednout jiná osoba?|Váš operátor mi slíbil vrácení peněz
tričko s nápisem člověk|Jak kontaktuji zákaznickou podporu?|Váš pracovník byl milý
Chci bundu pro vysokého člověka|Prodáváte kuchyňské roboty?|Je krém vhodný pro lidi s alergií?
Jakými jazyky mluví operátoři?|Chci zaplatit kartou|Nechci mluvit s člověkem|Musím to nejdřív probrat s manželem
paruka z lidských vlasů|Kolik osob se vejde do stanu?|Už jsem s někým mluvil a nikdo neodpověděl
Hodí se šaty pro osobu 180 cm?|Prodavač v obchodě říkal, že můžu vyměnit|Hledáte zaměstnance?|Umí robot schody?
Jak dlouho trvá odpověď podpory?|Potřebuji technika na instalaci?|Je to dárek pro někoho
Musí být u doručení dospělá osoba?|Jaká je cena za osobu?
""",
    "uk": """
Чи потрібно говорити з оператором, щоб повернути товар?|Вчора я говорив з оператором|Ти людина?
Який графік роботи служби підтримки?|На скільки людей намет?|Подарунок для людини, яка любить чай
Я говорю з роботом?|робот пилосос|Чи може інша людина забрати посилку?|Ваш менеджер обіцяв повернення
Як зв'язатися зі службою підтримки?|Ваш менеджер був дуже люб'язний|Хочу куртку для високої людини
Ви продаєте кухонні роботи?|Чи підходить крем людям з алергією?|Якими мовами говорять оператори?
Хочу оплатити карткою|Не хочу говорити з людиною|мобільний оператор київстар приймаєте?
Скільки людей поміститься в намет?|Я вже говорив з кимось і відповіді немає|Сукня підійде людині зростом 180?
Продавець у магазині сказав, що можна обміняти|Ви шукаєте працівників?|Робот миє підлогу на сходах?
Скільки чекати відповідь підтримки?|Чи потрібен спеціаліст для встановлення?|Це подарунок для когось
Чи має доросла людина бути при доставці?|Яка ціна на людину?
""",
    "nl": """
Moet ik met een medewerker praten om te retourneren?|Ik heb gisteren met een medewerker gesproken
Ben je een mens?|Wat zijn de openingstijden van de klantenservice?|Voor hoeveel mensen is de tent?
Cadeau voor een persoon die van thee houdt|Praat ik met een robot?|robotstofzuiger
Kan iemand anders mijn pakket ophalen?|Jullie medewerker beloofde terugbetaling
Hoe neem ik contact op met de klantenservice?|Jullie medewerker was erg vriendelijk
Ik wil een jas voor een lang persoon|Verkopen jullie keukenrobots?
Is de crème geschikt voor mensen met allergie?|Welke talen spreken de medewerkers?|Ik wil met kaart betalen
Ik wil niet met een mens praten|Ik moet eerst met mijn man praten|pruik van mensenhaar|Mag iemand anders ruilen?
Ik heb al iemand gesproken maar geen antwoord gekregen|Past de jurk een persoon van 1,80?
De verkoper in de winkel zei dat ik mag ruilen|Zoeken jullie medewerkers?|Kan de robot trappen op?
Hoe lang duurt een antwoord van support?|Heb ik een monteur nodig voor installatie?
Het is een cadeau voor iemand|Moet er een volwassen persoon thuis zijn?|Wat is de prijs per persoon?
""",
    "sv": """
Måste jag prata med en medarbetare för att returnera?|Jag pratade med en medarbetare igår|Är du en människa?
Vilka öppettider har kundtjänst?|Hur många personer rymmer tältet?|Present till en person som gillar te
Pratar jag med en robot?|robotdammsugare|Kan någon annan hämta mitt paket?|Er medarbetare lovade återbetalning
Hur kontaktar jag kundtjänst?|Er medarbetare var väldigt trevlig|Jag vill ha en jacka för en lång person
Säljer ni köksrobotar?|Passar krämen för personer med allergi?|Vilka språk talar medarbetarna?
Jag vill betala med kort|Jag vill inte prata med en människa|Jag måste först prata med min man
peruk av människohår|Jag har redan pratat med någon utan svar|Passar klänningen en person på 180?
Säljaren i butiken sa att jag kan byta|Söker ni personal?|Klarar roboten trappor?
Hur lång tid tar svar från supporten?|Behöver jag en tekniker för installation?|Det är en present till någon
Måste en vuxen person vara hemma?|Vad är priset per person?
""",
    "tr": """
İade için bir temsilciyle konuşmak zorunda mıyım?|Dün bir temsilciyle konuştum|Sen insan mısın?
Müşteri hizmetleri çalışma saatleri nedir?|Çadır kaç kişilik?|Çay seven biri için hediye|Robotla mı konuşuyorum?
robot süpürge|Kargomu başka biri alabilir mi?|Temsilciniz iade sözü verdi|Müşteri hizmetlerine nasıl ulaşırım?
Temsilciniz çok nazikti|Uzun boylu bir kişi için mont istiyorum|Mutfak robotu satıyor musunuz?
Krem alerjisi olan insanlar için uygun mu?|Temsilciler hangi dilleri konuşuyor?|Kartla ödemek istiyorum
İnsanla konuşmak istemiyorum|Önce eşimle konuşmam lazım|gerçek saç peruk|Zaten biriyle konuştum ama cevap yok
Elbise 1,80 boyunda bir kişiye olur mu?|Mağazadaki satıcı değiştirebileceğimi söyledi|Personel arıyor musunuz?
Robot merdiven çıkar mı?|Destek ne kadar sürede cevap verir?|Kurulum için uzman gerekli mi?|Biri için hediye
Teslimatta yetişkin biri olmalı mı?|Kişi başı fiyat nedir?
""",
}

PRODUCTS = {
    "en": """
Can you switch me to the annual plan?|Please switch me to paperless invoices
Can you transfer me to the premium tier?|Does this router connect me to the internet faster?
Will the app connect me with other runners?|Please put me through the refund process
do you have live support for OBS?|Is there a live agent plugin?|Do you send someone to help with installation?
Can I have someone to help carry it?|can someone real quick tell me the price|Pass me to the next page
Hand me over to the checkout|Is there a live person cam?|Do you have any real person mannequins?
Redirect to support page after login?|Does it connect to a service port?|Can I call anyone with this phone?
Can it reach people far away?|Does the walkie talkie reach someone 5 km away?
Can I talk to people with this headset?|Can I chat with people through the baby monitor?
Does the watch call someone on a fall?|Can a human eat this dog food?|Can I have someone else pick up my order?
Who can I chat with using this app?|Connect me with the driver app
""",
    "pl": """
Przekierujcie mnie na stronę zwrotów|Proszę przełączyć mnie na plan roczny|Przełącz mnie na faktury elektroniczne
Połącz mnie z internetem|Czy router połączy mnie z siecią?|przekieruj mnie do formularza zwrotu
przełącz mnie na abonament premium|proszę o połączenie z wifi|proszę o połączenie zamówień w jedno
Skontaktuj mnie z kurierem|czy da się rozmawiać z kimś przez tę nianię?|proszę o połączenie z drukarką
Czy ktoś może pomóc przy wniesieniu?|Czy wysyłacie kogoś do montażu?|Czy aplikacja łączy z innymi biegaczami?
Czy ktoś szybko poda cenę?|Czy macie wsparcie na żywo dla OBS?
""",
    "de": """
Können Sie mich auf den Jahresplan umstellen?|Bitte stellen Sie mich auf papierlose Rechnungen um
Verbindet mich dieser Router schneller mit dem Internet?|Verbindet mich die App mit anderen Läufern?
Habt ihr Live-Support für OBS?|Gibt es ein Live-Agent-Plugin?|Schicken Sie jemanden, der bei der Montage hilft?
Kann mir jemand beim Tragen helfen?|Kann mir jemand schnell den Preis sagen?
Verbindet mich die App mit anderen Personen?|Ich brauche einen Manager für Passwörter|Ich will einen Chefsessel
Kann man mit dem Headset mit mehreren Personen sprechen?|Ich brauche einen Agenten für die Monitoring-Software
Leiten Sie mich bitte zur Kasse weiter|Ich möchte eine Person auf das Foto drucken lassen
Gibt es den Anzug auch für kleine Menschen?|Können zwei Personen damit gleichzeitig telefonieren?
""",
    "fr": """
Pouvez-vous me passer au forfait annuel ?|Passez-moi aux factures électroniques
Pouvez-vous me transférer le fichier ?|Ce routeur me connecte-t-il plus vite à Internet ?
L'appli me met-elle en relation avec d'autres coureurs ?|Avez-vous un support pour OBS ?
Envoyez-vous quelqu'un pour aider au montage ?|Quelqu'un peut m'aider à porter ?
Quelqu'un peut vite me dire le prix ?|Redirigez-moi vers la page des retours|Je veux un support de téléphone
Connectez-moi au Wi-Fi|Je veux un agent de blanchiment|Il me faut un responsable de table
Je voudrais un support pour deux personnes|Peut-on contacter le support du vélo ?
""",
    "es": """
¿Puede pasarme al plan anual?|Pásame a facturas electrónicas|¿Me puede transferir el archivo?
¿Este router me conecta más rápido a internet?|¿La app me conecta con otros corredores?
¿Tienen soporte en vivo para OBS?|¿Envían a alguien para ayudar con el montaje?|¿Alguien puede ayudarme a cargarlo?
¿Alguien me dice rápido el precio?|Conéctame al wifi|Quiero un soporte de móvil|Pásame a la página siguiente
¿La app me conecta con otras personas?|Quiero un equipo de sonido|Ponme con envío rápido
¿Pueden dos personas hablar a la vez con él?
""",
    "it": """
Può passarmi al piano annuale?|Passami alle fatture elettroniche|Mi può trasferire il file?
Questo router mi collega più veloce a internet?|L'app mi collega con altri corridori?|Avete supporto live per OBS?
Mandate qualcuno per il montaggio?|Qualcuno può aiutarmi a portarlo?|Qualcuno mi dice al volo il prezzo?
Collegami al wifi|Vorrei un supporto per il telefono|L'app mi collega con altre persone?|Cerco un assistente vocale
Voglio un assistente vocale|Vorrei un agente pulente|Passami alla pagina successiva
""",
    "pt": """
Pode passar-me para o plano anual?|Passe-me para faturas eletrónicas|Pode transferir-me o ficheiro?
Este router liga-me mais depressa à internet?|A app liga-me a outros corredores?|Têm suporte ao vivo para OBS?
Enviam alguém para ajudar na montagem?|Alguém pode ajudar a carregar?|Alguém me diz rápido o preço?
Me conecta ao wifi|Quero um suporte de celular|A app liga-me a outras pessoas?|Quero um assistente de voz
Me passa para a próxima página|Quero um agente de limpeza|Duas pessoas podem falar ao mesmo tempo?
""",
    "cs": """
Můžete mě přepnout na roční plán?|Přepněte mě na elektronické faktury|Můžete mi přeposlat soubor?
Připojí mě ten router rychleji k internetu?|Spojí mě aplikace s jinými běžci?|Máte živou podporu pro OBS?
Posíláte někoho na montáž?|Může mi někdo pomoct to nést?|Může mi někdo rychle říct cenu?|Připojte mě k wifi
Chci hlasového asistenta|Přesměrujte mě na stránku vrácení|Chci stojan pro osobu 180 cm
Spojí mě aplikace s dalšími lidmi?|Potřebuji čisticí prostředek
""",
    "uk": """
Чи можете перевести мене на річний план?|Переведіть мене на електронні рахунки|Перешліть мені файл
Чи підключить мене цей роутер швидше до інтернету?|Чи з'єднає мене застосунок з іншими бігунами?
Чи є жива підтримка для OBS?|Чи надсилаєте когось на монтаж?|Чи може хтось допомогти занести?
Хтось швидко скаже ціну?|Підключіть мене до wifi|Потрібен менеджер паролів|Переключіть мене на безпаперові рахунки
Чи з'єднує застосунок з людьми поруч?|Потрібен голосовий помічник|Переведіть на українську
""",
    "nl": """
Kunt u mij overzetten naar het jaarplan?|Zet me over op papierloze facturen|Kunt u mij het bestand doorsturen?
Verbindt deze router mij sneller met internet?|Verbindt de app mij met andere hardlopers?
Hebben jullie live support voor OBS?|Sturen jullie iemand voor de montage?|Kan iemand helpen dragen?
Kan iemand snel de prijs zeggen?|Verbind me met wifi|Ik wil een support voor mijn telefoon
Verbindt de app mij met andere mensen?|Ik wil een manager voor wachtwoorden|Stuur me door naar de retourpagina
""",
    "sv": """
Kan ni byta mig till årsplanen?|Flytta mig till pappersfria fakturor|Kan du skicka mig filen?
Kopplar routern mig snabbare till internet?|Kopplar appen mig till andra löpare?|Har ni livesupport för OBS?
Skickar ni någon som hjälper till med monteringen?|Kan någon hjälpa till att bära?|Kan någon snabbt säga priset?
Koppla mig till wifi|Jag vill ha en supportstrumpa|Kopplar appen mig till andra personer?|Skicka mig till retursidan
Jag behöver en lösenordshanterare|Jag vill ha en jacka för en person på 180
""",
    "tr": """
Beni yıllık plana geçirir misiniz?|Beni e-faturaya geçirin|Dosyayı bana aktarır mısınız?
Bu router beni internete daha hızlı bağlar mı?|Uygulama beni diğer koşucularla buluşturur mu?
OBS için canlı desteğiniz var mı?|Montaj için birini gönderiyor musunuz?|Biri taşımaya yardım edebilir mi?
Biri hızlıca fiyatı söyler mi?|Bu bebek telsiziyle biriyle konuşulur mu?|Beni wifi'ye bağlayın
Şifre yöneticisi arıyorum|Beni iade sayfasına yönlendirin|Uygulama beni yakındaki insanlara bağlar mı?
Sesli asistan istiyorum
""",
}
"""What a thing, a plan or a courier does with people."""
