# ruff: noqa: E501  tables: a language a line
"""Words that commit somebody: numbers as words, units, promises, in the languages of the wish for a person.

Folded like everything that is compared. A stem counts for every word that begins with it.
"""

from __future__ import annotations

from collections.abc import Mapping


def _table(text: str) -> dict[str, int]:
    return {
        word: int(number)
        for line in text.strip().splitlines()
        for number, _, words in [line.partition(":")]
        for word in words.split()
    }


NUMBER_WORDS: Mapping[str, Mapping[str, int]] = {
    "en": _table(
        "2: two\n3: three\n4: four\n5: five\n6: six\n7: seven\n8: eight\n9: nine\n10: ten\n12: twelve dozen"
        "\n14: fourteen fortnight\n15: fifteen\n20: twenty\n24: twentyfour\n30: thirty\n40: forty\n50: fifty\n60: sixty"
        "\n90: ninety\n100: hundred\n1000: thousand"
    ),
    "pl": _table(
        "2: dwa dwie dwoch dwu dwoma\n3: trzy trzech trzem\n4: cztery czterech\n5: piec pieciu\n6: szesc szesciu"
        "\n7: siedem siedmiu\n8: osiem osmiu\n9: dziewiec dziewieciu\n10: dziesiec dziesieciu\n12: dwanascie dwunastu"
        "\n14: czternascie czternastu\n15: pietnascie pietnastu\n20: dwadziescia dwudziestu\n30: trzydziesci"
        " trzydziestu\n40: czterdziesci czterdziestu\n50: piecdziesiat piecdziesieciu\n60: szescdziesiat"
        " szescdziesieciu\n90: dziewiecdziesiat dziewiecdziesieciu\n100: sto stu\n1000: tysiac"
    ),
    "de": _table(
        "2: zwei\n3: drei\n4: vier\n5: funf\n6: sechs\n7: sieben\n8: acht\n9: neun\n10: zehn\n12: zwolf\n14: vierzehn"
        "\n15: funfzehn\n20: zwanzig\n30: dreißig dreissig\n40: vierzig\n50: funfzig\n60: sechzig\n90: neunzig"
        "\n100: hundert\n1000: tausend"
    ),
    "fr": _table(
        "2: deux\n3: trois\n4: quatre\n5: cinq\n7: sept\n8: huit\n9: neuf\n10: dix\n12: douze\n14: quatorze"
        "\n15: quinze\n20: vingt\n30: trente\n40: quarante\n50: cinquante\n60: soixante\n100: cent\n1000: mille"
    ),
    "es": _table(
        "2: dos\n3: tres\n4: cuatro\n5: cinco\n6: seis\n7: siete\n8: ocho\n9: nueve\n10: diez\n12: doce\n14: catorce"
        "\n15: quince\n20: veinte\n30: treinta\n40: cuarenta\n50: cincuenta\n60: sesenta\n90: noventa\n100: cien\n1000: mil"
    ),
    "it": _table(
        "2: due\n3: tre\n4: quattro\n5: cinque\n7: sette\n8: otto\n9: nove\n10: dieci\n12: dodici\n14: quattordici"
        "\n15: quindici\n20: venti\n30: trenta\n40: quaranta\n50: cinquanta\n60: sessanta\n90: novanta\n100: cento\n1000: mille"
    ),
    "pt": _table(
        "2: dois duas\n3: tres\n4: quatro\n5: cinco\n6: seis\n7: sete\n8: oito\n9: nove\n10: dez\n12: doze\n14: catorze"
        " quatorze\n15: quinze\n20: vinte\n30: trinta\n40: quarenta\n50: cinquenta\n60: sessenta\n90: noventa\n100: cem\n1000: mil"
    ),
    "cs": _table(
        "2: dva dve dvou\n3: tri\n4: ctyri ctyr\n5: pet peti\n6: sest\n7: sedm\n8: osm\n9: devet\n10: deset deseti"
        "\n14: ctrnact ctrnacti\n15: patnact\n20: dvacet\n30: tricet triceti\n60: sedesat\n100: sto\n1000: tisic"
    ),
    "uk": _table("2: два дві двох\n3: три трьох\n4: чотири\n6: шість\n7: сім\n8: вісім\n10: десять\n30: тридцять\n100: сто"),
    "nl": _table(
        "2: twee\n3: drie\n4: vier\n5: vijf\n6: zes\n7: zeven\n8: acht\n9: negen\n10: tien\n12: twaalf\n14: veertien"
        "\n15: vijftien\n20: twintig\n30: dertig\n40: veertig\n50: vijftig\n60: zestig\n90: negentig\n100: honderd\n1000: duizend"
    ),
    "sv": _table(
        "2: tva\n3: tre\n4: fyra\n5: fem\n6: sex\n7: sju\n8: atta\n9: nio\n10: tio\n12: tolv\n14: fjorton\n15: femton"
        "\n20: tjugo\n30: trettio\n60: sextio\n100: hundra\n1000: tusen"
    ),
    "tr": _table("2: iki\n3: uc\n4: dort\n5: bes\n7: yedi\n8: sekiz\n9: dokuz\n14: ondort\n20: yirmi\n30: otuz\n100: yuz\n1000: bin"),
}  # fmt: skip


def _stems(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {what: tuple(stems.split()) for what, stems in table.items()}


UNITS: Mapping[str, frozenset[str]] = {
    what: frozenset(words.split())
    for what, words in {
        "percent": "% percent procent procenta prozent porciento pourcent prosent yuzde",
        "eur": "€ eur euro euros euri evro євро eura",
        "usd": "$ usd dollar dollars dolar dolary dolarow dolares dollari",
        "gbp": "£ gbp pound pounds funt funty funtow pfund",
        "pln": "zł zl pln zloty zlotych zlote",
        "czk": "kč kc czk korun koruna koruny",
        "kr": "kr sek nok dkk kronor kroner",
        "uah": "₴ uah гривень гривні hryvnia",
        "try": "₺ try tl lira",
        "minute": "minute minutes minut minuty minuta minuten minuti minutos minuter хвилин dakika",
        "hour": "hour hours hrs godzin godziny godzina godz stunde stunden heure heures hora horas ora ore hodin hodiny"
        " година годин години uur uren timme timmar saat",
        "day": "day days dni dnia dniach dzien dniami tag tage tagen jour jours dia dias giorno giorni dnech den dnu"
        " день днів дня дні dag dagen dagar gun dnů",
        "week": "week weeks tydzien tygodni tygodnie tygodnia woche wochen semaine semaines semana semanas settimana"
        " settimane tyden tydny tydnu тиждень тижні тижнів weken vecka veckor hafta",
        "month": "month months miesiac miesiace miesiecy miesiaca monat monate monaten mois mes meses mese mesi mesic"
        " mesicu mesice місяць місяців місяці maand maanden manad manader ay",
        "year": "year years rok lata lat roku jahr jahre jahren annee annees ano anos anno anni let roky рік років роки"
        " jaar jaren ar yil",
    }.items()
}

COMMITMENTS: Mapping[str, tuple[str, ...]] = _stems({
    "a refund": "refund reimburs zwrot zwroc zwrac oddaj oddam oddac erstatt ruckerstatt rembours reembols devoluc"
    " devolv rimbors estorn vraceni vratime vracen поверн terugbetal restitu aterbetal iade",
    "something free": "free gratis kostenlos kostenfrei gratuit darmow bezplat nieodplat zdarma безкоштов ucretsiz"
    " bedava complimentary",
    "a discount": "discount rabat znizk rabatt nachlass descuent sconto sconti descont slev знижк korting indirim"
    " voucher coupon kupon gutschein promo remise reduc obniz",
    "a guarantee": "guarant warrant gwaranc garant garanz zaruk zarucn гарант",
    "a promise": "promis obiec obietn versprech versproch promett promet slib обіця belov beloof vow pledg assur zapewni",
    "a binding word": "binding bindend wiazac verbindlich contraign vinculan vincolant zavazn legally rechtsverb",
    "an agreement": "approv agreed agree zatwierdz potwierdz bestatig approuv confirm aprob conferm potvrd підтвердж"
    " bevestig bekraft onayl zgadzam zgod einverstand deal accept akceptuj",
    "a compensation": "compensat rekompens odszkod entschadig kompens indemn risarc gift prezent geschenk cadeau regalo",
    "haste": "immediat natychmiast sofort inmediat okamzit негайно onmiddel omedel hemen instant",
    "a permanent rule": "always never forever lifetime zawsze nigdy immer niemals toujours jamais siempre nunca sempre"
    " vzdy nikdy завжди ніколи altijd nooit alltid aldrig asla",
    "today": "today tonight dzis heute aujourd hoy oggi hoje dnes сьогодні vandaag idag bugun",
    "tomorrow": "tomorrow jutro demain manana domani amanha zitra завтра imorgon yarin",
    "a person at work": "manager kierowni supervisor",
})  # fmt: skip

NEGATIONS = frozenset(
    "not no never cannot cant without except excluding excluded unless dont doesnt isnt arent wont nor nie bez oprocz"
    " wyjatkiem nigdy zaden zadnych nicht kein keine keinen ohne außer nie niemals pas ne sans sauf jamais non sin excepto"
    " salvo nunca senza tranne mai nao sem exceto neni nelze krome ne не без крім niet geen zonder behalve inte ej utan"
    " utom degil haric olmadan excluded wylaczeniem ausgenommen ausgeschlossen t".split()
)

MYSELF = frozenset(
    "i me my mine myself im ive ill id ja jestem mnie mi moje moj moja mój ich mir mich mein meine je moi mon soy yo mio"
    " io sou eu meu jsem muj я мене мій ik mijn mij jag min mig ben benim".split()
)
HUMAN = (
    "human person people employee staff czlowiek czlowiekiem osoba osoby pracowni mensch mitarbeiter humain personne humano"
    " persona umano humana clovek людин mens medewerker mannisk medarbetare insan"
).split()
TALKING = (
    "talking speaking chatting rozmawia sprechen sprichst schreiben parlez parles hablando habla parlando falando mluvite"
    " розмовля praat spreekt pratar konusu called named"
).split()

ADDRESSED = (
    "ignore all previous|ignore previous|ignore the previous|ignore any previous|disregard all|disregard previous"
    "|disregard the above|forget all|forget everything|forget your instructions|you are now|from now on|system prompt"
    "|your instructions|the instructions you|language model|chatbot|ai assistant|dear assistant|the assistant must"
    "|assistant must|the assistant should|assistant should|tell the visitor|tell the customer|tell the shopper"
    "|tell the user|tell every|say to the|reply to every|answer every question|end every answer|every answer must"
    "|in your next answer|your next answer|in your answer|say that you|pretend to be|you must say|you must answer"
    "|developer mode|policy update|vergiss alles|ignoriere|zignoruj|zapomnij|od teraz|powiedz klient|odpowiadaj"
    "|ignora todas|ignora le|ignorez|oublie|olvida|dimentica|esquece|zapomen|vergeet|glom allt"
)
"""A sentence with one of these speaks to a machine, and not to a shopper: it proves nothing."""
FOR_ME = frozenset("me mir mich mnie moi mne мене мені mij mig bana beni".split())
