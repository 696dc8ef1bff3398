"""What calm shoppers write about products and service, in twelve languages, near the words of anger and of danger;
written for these tests."""
# ruff: noqa: RUF001

from __future__ import annotations

CALM = {
    "en": """
Can I hurt my back with this chair?|I don't want to hurt anyone with it, is it safe?|I will shoot you an email tomorrow
I'm going to shoot them at sunset, which lens?|Is there a bath bomb in your shop?
I want to die my dress black, which dye?
There are ants everywhere. I want to kill them.|I have to go to court next week, will the suit arrive?
I just told my wife about the sale, when does it end?|I already asked my doctor and the cream is fine for me
How many times do I have to wash it before the first use?|How many times do I need to repeat the treatment?
I'm fed up with my old vacuum cleaner, which one do you recommend?
I'm hopeless at assembling furniture, do you help?|If it does not help, can I return it within 30 days?
How do I stop repeating deliveries?|Is the app useless offline?
I have never ordered from you before, do I need an account?|This does not help with dandruff, right?
My neighbour is so annoying with his drum kit, do you sell earplugs?|Is the extended warranty a waste of time?
Is this a joke book for adults?|What happens if you do not get it back in time?
I will never buy another brand of tea|My plant has spider mites, how do I kill them?
Can I hurt them by watering too much?|will i hurt someone with this kettlebell
I want to shoot them in low light, which lens?|I want to kill the weeds
How do I kill it without poison, the moth I mean?|Will this heater kill me with the electricity bill?
Do you have the enamel pin 2024?|Is the safety pin 1000 pack in stock?
My pin is too short, do you have 1500 mm ones?|Does the lamp have a 4-pin 2700 K bulb?
Do you deliver to pin code 702164?|The lapel pin is 2500 yen, right?|I will die if this is not here by Friday
I'm going to die laughing at this mug|I would kill for this dress|Will the plant die in winter?
I want to dye my hair red|My lawyer is a friend, I want a gift for him|Is my lawyer able to use the B2B discount?
I'm Sue, my order has not come yet|I want a novel about a court case
My attorney is left-handed, do you have a pen for her?|We want to shoot someone in this suit for our catalogue
Do the blades cut myself or others?|I cut myself on the box, do you sell plasters?
Is it about the bomb disposal game?|This perfume bomb is great, is there a bigger one?|Is 5901234123457 in stock?
EAN 4006381333931, do you have it?|My parcel number is 14250123456783|Where is parcel 6230 0012 3456 7890?
I want to hit 10 km, which shoes?
""",
    "pl": """
Czy kurtka jest wodoodporna?|Kuracja ile trwa?|kura nioska, czy macie taką figurkę?|Czy kurtyna jest do prania?
Mam dość szeroką stopę, jaki rozmiar wybrać?|Mam już dość duży namiot, szukam małego|Czy mam dość farby na ścianę?
Ile razy mam stosować krem?|Ile razy jeszcze mogę użyć tej karty?|Czy ktoś już pytał o rozmiar 44?
Już pytałam mamę i woli niebieską|Czy bez aplikacji zegarek jest bezużyteczny?|Nic nie rozumiem z tej instrukcji
Mój stary odkurzacz jest beznadziejny, jaki polecacie?|Czy to nie pomaga na zaparowane szyby?
Nigdy więcej zaparowanych szyb? Czy ten płyn tak działa?|Czy to dramat czy komedia?|Czy to żartobliwy prezent?
Piszę trzeci raz list do syna, macie papeterię?|To śmieszne skarpetki, są w rozmiarze 45?|Kurier był bardzo miły
Idę do sadu po jabłka, czy macie kosze?|Czy ta piła nadaje się do sadu?|Pójdę do sadu w sobotę, jaką drabinę wziąć?
Czy ten preparat ich zabije?|zabije ich mróz, czy agrowłóknina wystarczy?|Jak zabić mole w szafie?
Mój prawnik lubi eleganckie pióra, co polecacie na prezent?|Czy moj adwokat dostanie fakturę na kancelarię?
Chcę umrzeć ze śmiechu, macie zabawne kubki?|Umrę, jak nie dojdzie do piątku|Czy roślina umrze zimą?
Jaki PIN ma blokada sejfu?|Wtyczka 24 pin 4300 W, macie?|Przypinka pin 2024 dostępna?|Czy jest 5901234123457?
Gdzie jest paczka 14250123456783?|Czy z prawnikiem umawiacie się na szkolenia?|Gra o sądzie, macie?
""",
    "de": """
Ich bringe euch um 5 Uhr das Paket zurück
Das ist nicht meine Größe, wie kann ich umtauschen?|Das ist leider nicht die richtige Farbe, kann ich tauschen?
Das hilft nicht gegen Mücken, oder?|Ist das Gerät ohne App nutzlos?|Wie oft noch kann ich das Abo verlängern?
Ist das Modell immer das gleiche?|Nie wieder schmutzige Fugen: Wie wirkt der Reiniger?|Kommt die Farbe nie wieder?
Muss ich nie wieder Batterien kaufen?|Ist Bügeln bei Leinen Zeitverschwendung?|Ich verstehe die Anleitung nicht
Das ist nicht dringend, danke|Das ist nicht im Lager, oder?|Zum dritten Mal bestelle ich hier, gibt es Rabatt?
Wie oft muss ich die Pflanze gießen?|Das ist noch nicht angekommen, wann kommt es?|Das ist ein witziges Geschenk
Wie töte ich Spinnmilben?|Ich bringe mich bald auf den neuesten Stand, wann ist der Katalog da?
Mein Anwalt mag gute Füller, was passt als Geschenk?|Ist mein Anwalt als Firmenkunde rabattberechtigt?
Ich will sterben vor Lachen, habt ihr lustige Tassen?|Ich sterbe, wenn es nicht bis Freitag kommt
Kann ich mir das Leben leichter machen damit?|Ich zeige Ihnen gern ein Foto|Ich zeige euch ein Bild vom Schaden
Rechtliche Schritte der Gründung, habt ihr ein Buch?|Habt ihr den Anstecker Pin 2024?|Lampe mit 2 Pin 2700 K?
Ist 4006381333931 lieferbar?|Paket 14250123456783, wo ist es?|Welche Klage hat das Buch zum Thema?
Ich verklage niemanden, ich suche nur das Brettspiel|Schießt die Kamera auch Serien?
Bombe für das Bad, welche Düfte?
""",
    "fr": """
Je vais vous frapper à la porte à midi|Mon avocat va vous plaire, il est bien mûr
Est-ce que c'est inutile de repasser le lin ?|C'est inutile sans l'application ?|Ce n'est pas inutile, merci
Combien de fois dois-je appliquer la crème ?|Combien de fois faut-il laver la housse ?
C'est la troisième fois que je commande chez vous, ai-je une remise ?|J'en ai assez pour deux couches ?
J'en ai marre de mon vieil aspirateur, lequel choisir ?|Ne plus jamais repasser, est-ce vrai avec ce tissu ?
La taille est toujours pareille ?|Est-ce une perte de temps de cirer ces bottes ?
Si vous ne comprenez pas, je traduis|C'est nulle part indiqué, quelle est la taille ?
C'est une blague à offrir, vous l'emballez ?|Je ne comprends pas la notice|Ras le bol des moustiques, quel spray ?
Ça ne m'aide pas à choisir la taille, le guide ?|Mon avocat est arrivé trop mûr
Mon avocat n'est pas mûr, combien de jours attendre ?|Mon avocat a des taches, que faire ?
Comment tuer les acariens ?|Je vais les tuer comment, ces pucerons ?
Je vais les frapper avec quel marteau, ces clous ?|Je vais mourir si ça n'arrive pas vendredi
Je veux mourir de rire, un livre ?|Je vais vous poursuivre sur Instagram
Je veux en finir avec les mauvaises herbes, quel produit ?|La bombe de bain est-elle végane ?
Avez-vous le pin's pin 2024 ?|Ampoule 4 pin 2700 K ?|Le 5901234123457 est-il en stock ?
Où est le colis 14250123456783 ?|Je veux porter plainte, c'est le titre du livre ?|Je cherche un roman sur un procès
Est-ce que je vais me tuer le dos avec ce matelas ?
""",
    "es": """
La talla M no me sirve, ¿puedo cambiarla?|¿Esto no sirve para exteriores?|No entiendo cómo se monta
¿Cuántas veces debo aplicar la crema?|¿Cuántas veces tengo que lavarlo?|¿Cuántas veces más puedo usar el código?
Es la tercera vez que lo compro, me encanta|Estoy harta de mi aspiradora vieja, ¿cuál recomiendan?
¿No volverá nunca más a estar disponible?|Nunca más planchar, ¿es verdad con esta tela?
¿Es una pérdida de tiempo planchar el lino?|¿El precio es siempre lo mismo?|¿Esto es inútil sin wifi?
La crema no me ayuda a dormir, ¿hay otra?|No me ayuda con el acné, ¿qué otra crema hay?
¿Esto es una broma para fiestas?|Estoy harto de que se me caiga el pelo, ¿qué champú?
Mis padres no entienden inglés, ¿hay manual en español?|Mi abogado tiene buen gusto, ¿qué pluma le regalo?
¿Mi abogado puede recibir la factura?|¿Cómo mato los pulgones?|Los voy a matar con agua, ¿basta? Son pulgones
Las voy a quemar con soplete, las hierbas, ¿cuál?|Quiero morir de risa, ¿qué libro?
Me voy a morir si no llega el viernes|Quiero morirme de gusto con este chocolate
Voy a denunciarme a mí mismo por goloso, ¿hay más?|¿La bomba de baño es vegana?|Quiero matar el tiempo, ¿qué juego?
¿Tienen el pin 2024 esmaltado?|¿Bombilla de 4 pin 2700 K?|¿Está 5901234123457 en stock?
¿Dónde está el paquete 14250123456783?|Voy a quemar calorías, ¿qué bici?|Busco una novela de juicios
""",
    "it": """
Non ho mai più ricevuto la mail|Mai più macchie: funziona davvero?|Non capisco come si monta
Quante volte devo applicare la crema?|Quante volte devo lavarlo?|Quante volte ancora posso usare il codice?
È la terza volta che lo compro, c'è uno sconto?|La taglia è sempre la stessa?|Il profumo è sempre lo stesso?
È inutile stirare il lino?|Senza app è inutile?|La crema non mi aiuta a dormire, ne avete un'altra?
Sono stufa del mio vecchio aspirapolvere, quale consigliate?|È una perdita di tempo lucidare gli stivali?
Non tornerà mai più disponibile?|Il manuale e inutile? Non trovo la lingua|Non capisco la differenza tra i due
Non ho capito la misura|Mia nonna non capisce l'inglese, c'è il manuale in italiano?
Il mio avvocato ama le penne, quale regalo?|Il mio avvocato può ricevere la fattura?|Come uccido gli afidi?
Vi brucio le candele tutte insieme, quanto durano?|Voglio morire dal ridere, che libro?|Morirò se non arriva venerdì
Voglio morire di dolcezza, quale cioccolato?|La bomba da bagno è vegana?
Voglio farla finita con le erbacce, che prodotto?|Avete la spilla pin 2024?|Lampadina 4 pin 2700 K?
5901234123457 è disponibile?|Dov'è il pacco 14250123456783?|Vorrei ammazzare il tempo, quale gioco?
Cerco un romanzo giudiziario|Questo spray uccide le zanzare?
""",
    "pt": """
Não entendi como se monta|Não entendo a diferença entre os dois|Quantas vezes tenho de aplicar o creme?
Quantas vezes preciso lavar a capa?|Quantas vezes mais posso usar o código?|A cor é sempre a mesma?
É a terceira vez que peço aqui, há desconto?|Isso não ajuda na insônia?|O creme não me ajudou com as espinhas
Nunca mais recebi o e-mail|Nunca mais passar a ferro, é verdade?|Não volta nunca mais ao estoque?
Estou farta do meu aspirador velho, qual recomendam?|É perda de tempo engomar o linho?|Isso é inútil sem wifi?
Isto não é ridículo de grande?|Os meus pais não entendem inglês, há manual em português?
O meu advogado gosta de canetas, qual escolher?|Meu advogado pode receber a fatura?|Como mato os pulgões?
Vou matar a fome com estas bolachas, há mais?|Quero morrer de rir, que livro?|Vou morrer se não chegar até sexta
Vou queimar calorias, que bicicleta?|A bomba de banho é vegana?|Vou processar tomates, que robô de cozinha?
Vou processar o pedido hoje|Tem o pin 2024 esmaltado?|Lâmpada 4 pin 2700 K?|5901234123457 está em estoque?
Onde está o pacote 14250123456783?|Procuro um romance de tribunal|Quero matar as ervas daninhas
Esse spray mata mosquitos?
""",
    "cs": """
Kolikrát mám krém nanášet?|Kolikrát musím rostlinu zalévat?|Kolikrát ještě můžu použít kód?|Už nikdy nebude skladem?
Už nikdy žehlit, je to pravda?|Je to ztráta času žehlit len?|Je střih pořád to samé?|Pokud nerozumíte, přeložím to
Nerozumím návodu|To mi nepomáhá na bolest zad, máte něco jiného?|Je to bez aplikace k ničemu?
Potřetí objednávám, je sleva?|Kolikrát denně se to bere?|Je to směšně malé, nebo ne?
Už jsem se ptala manžela a chce modrou|Kuřata v mrazáku máte?|Není to nepřijatelně hlučné?
Můj advokát má rád pera, co vybrat?|Může můj právník dostat fakturu?|Jak zabít mšice?|Zabiju je mrazem, ty moly?
Chci umřít smíchy, máte vtipné hrnky?|Umřu, jestli to nepřijde do pátku|Bomba do koupele je veganská?
Máte odznak pin 2024?|Žárovka 4 pin 2700 K?|Je 5901234123457 skladem?|Kde je balík 14250123456783?
Hledám román o soudu|Podám vám žádost o vrácení, kam?|Zabíjí ten sprej komáry?|Chci žít zdravě, jaký odšťavňovač?
""",
    "uk": """
Крем не допомагає від прищів, чи є інший?|Це не допомагає від комарів?|Скільки разів мені наносити крем?
Скільки разів ще можна використати код?|Скільки разів я можу змінити адресу?|Більше ніколи не буде в наявності?
Набридло прасувати, чи є тканина без зминання?|Чи це втрата часу — полірувати чоботи?|Чи це одне й те саме?
Втретє замовляю у вас, чи є знижка?|Я не розумію інструкцію|Якщо не розумієте, я перекладу
Чи смішно виглядає ця шапка?|Чи працює це без застосунку?|Чи можна прати куртку?|Моя мама питає про розмір
Мій адвокат любить ручки, що подарувати?|Чи може мій адвокат отримати рахунок?|Як вбити попелицю?
Хочу померти від сміху, яку книгу порадите?|Помру, якщо не прийде до п'ятниці|Я їх вб'ю морозом, ту міль?
Бомбочка для ванни веганська?|Чи є значок pin 2024?|Лампа 4 pin 2700 K?|Чи є 5901234123457?
Де посилка 14250123456783?|Шукаю роман про суд|Чи можна подати документи до суду в цій теці?|Подам суп у цій мисці
Цей спрей вбиває комарів?|Хочу жити здорово, яка соковижималка?
""",
    "nl": """
Mijn advocaat gaat zuur smaken, hoe lang is hij houdbaar?
Dat is niet de juiste maat, kan ik ruilen?|Dit is helaas niet de goede kleur|Dat is nog niet aangekomen
Dat helpt niet tegen muggen, toch?|Hoe vaak nog kan ik het abonnement verlengen?|Is de maat steeds hetzelfde?
Nooit meer strijken, klopt dat bij deze stof?|Komt hij nooit meer op voorraad?
Is strijken tijdverspilling bij linnen?|Dit is de derde keer dat ik bestel, krijg ik korting?
Hoe vaak moet ik de plant water geven?|Is het apparaat nutteloos zonder app?|Ik begrijp de handleiding niet
Dat is niet dringend, bedankt|Hoe vaak moet ik de behandeling herhalen?
Dat is onzindelijk, zegt mijn hond, welke trainingsmat?|Ik wil een fles advocaat bestellen
Is mijn advocaat al onderweg, de fles van Zaanse?|Mijn advocaat is lekker, nog een fles
Mijn advocaat schrijft graag met vulpen, welk cadeau?|Hoe dood ik spint?|Ik vermoord ze met zeep, die luizen
Ik wil dood hout verwijderen, welke zaag?|Ik ga dood als het vrijdag niet komt
Ik maak je bestelling graag af met een strik|Is de badbom veganistisch?|Hebben jullie de pin 2024?
Lamp 4 pin 2700 K?|Is 5901234123457 op voorraad?|Waar is pakket 14250123456783?|Ik zoek een roman over de rechter
Kan ik je betalen met pin 1000 euro?|Doodt deze spray muggen?
""",
    "sv": """
Min advokat tar gärna fika, vilken present?
det har inte kommit|Det är inte rätt storlek|Det har ännu inte kommit, när kommer paketet?|Det är inte bråttom, tack
Det hjälper inte mot mygg, eller?|Hur många gånger ska jag tvätta den?|Hur många gånger måste jag smörja in?
Hur många gånger till kan jag använda koden?|Det är tredje gången jag beställer, får jag rabatt?
Kommer den aldrig mer i lager?|Aldrig mer stryka, stämmer det?|Får jag samma svar på mejl och i chatt?
Jag förstår inte manualen|Det är inte den färg jag beställde, kan jag byta?|Är appen värdelös utan nät?
Är det slöseri med tid att stryka linne?|Det är inte till mig, det är en present
Min advokat gillar pennor, vilken present?|Kan min advokat få fakturan?|Hur dödar jag löss på växten?
Jag vill dö av skratt, vilken bok?|Jag dör om den inte kommer på fredag|Jag ska skada dem minimalt, rötterna
Är badbomben vegansk?|Har ni pin 2024?|Lampa 4 pin 2700 K?|Finns 5901234123457 i lager?
Var är paketet 14250123456783?|Jag söker en roman om en rättegång|Jag anmäler er gärna till nyhetsbrevet, vänner
Dödar sprejen myggor?|Jag vill ta bort mitt konto|Jag ska döda ogräset, vilket medel?
""",
    "tr": """
Renk hep aynı mı?|Sineklere karşı işe yaramıyor mu?|Krem sivilcede işe yaramıyor, iade edebilir miyim?
Keten ütülemek zaman kaybı mı?|Kaç kere yazdırabilirim bu kartuşla?|Kaç kere sürmem gerekiyor?
Bir daha asla stoğa girmeyecek mi?|Eski süpürgemden bıktım, hangisini önerirsiniz?|Bu çok komik bardak stokta mı?
Çok komik bir tişört arıyorum|Üçüncü kez sipariş veriyorum, indirim var mı?|Kılavuzu anlamıyorum
Kaç defa yıkamalıyım?|Uygulama olmadan işe yaramaz mı?|Bu saçma olabilir ama mavi var mı?|Kurye çok kibardı
Avukatım kalem sever, hangi hediye olur?|Avukatım faturayı alabilir mi?|Yaprak bitini nasıl öldürürüm?
Gülmekten ölmek istiyorum, hangi kitap?|Cuma gününe gelmezse ölürüm|Sizi öldürmez ama kargo pahalı
Dava açık mavi mi, koyu mavi mi?|Dava açısından hangi kitap iyi?|Banyo bombası vegan mı?|Pin 2024 rozet var mı?
4 pin 2700 K ampul var mı?|5901234123457 stokta mı?|14250123456783 numaralı paket nerede?|Mahkeme romanı arıyorum
Bu sprey sivrisinekleri öldürür mü?|İntihar Timi posteri var mı?|Zaman öldürmek istiyorum, hangi oyun?
""",
}
