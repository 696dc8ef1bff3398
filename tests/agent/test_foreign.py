"""Is a text surely in another language than the wanted one? Only what is sure counts."""

from __future__ import annotations

import pytest

from warmline.agent.language import foreign

SAID = {
    "en": ("You may return anything within 60 days.", "We refund the full price within five working days.", "Yes."),
    "pl": ("Możesz zwrócić towar w ciągu 60 dni.", "Zwracamy pełną cenę w ciągu pięciu dni roboczych.", "Tak."),
    "de": (
        "Sie können den Artikel innerhalb von 60 Tagen zurückgeben.",
        "Wir erstatten den vollen Preis innerhalb von fünf Werktagen.",
        "Ja, gern.",
    ),
    "fr": ("Vous pouvez retourner l'article dans les 60 jours.", "Nous remboursons le prix sous cinq jours.", "Oui."),
    "es": ("Puede devolver el artículo en un plazo de 60 días.", "Devolvemos el precio en cinco días hábiles.", "Sí."),
    "it": ("Puoi restituire l'articolo entro 60 giorni.", "Rimborsiamo il prezzo entro cinque giorni.", "Sì."),
    "pt": ("Pode devolver o artigo no prazo de 60 dias.", "Reembolsamos o preço em cinco dias úteis.", "Sim."),
    "cs": ("Zboží můžete vrátit do 60 dnů od doručení.", "Celou cenu vracíme do pěti pracovních dnů.", "Ano."),
    "uk": ("Ви можете повернути товар протягом 60 днів.", "Ми повертаємо повну ціну за п'ять днів.", "Так."),
    "nl": ("U kunt het artikel binnen 60 dagen retourneren.", "Wij betalen de prijs binnen vijf dagen terug.", "Ja."),
    "sv": ("Du kan returnera varan inom 60 dagar.", "Vi betalar tillbaka hela priset inom fem arbetsdagar.", "Ja."),
    "tr": ("Ürünü 60 gün içinde iade edebilirsiniz.", "Ücreti beş iş günü içinde iade ediyoruz.", "Evet."),
}
NAMES = {
    "en": "Zwroty Premium costs 5 euros.",
    "pl": "Nike Air Max Plus Running Shoes kosztuje 499 zł.",
    "de": "Die Jacke Patagonia Better Sweater Fleece Hoody kostet 99 Euro.",
    "fr": "Les chaussures Nike Running Free Flyknit coûtent 99 euros.",
    "cs": "Boty Salomon Speedcross Wings Of Freedom stojí 2 990 Kč.",
    "uk": "Кросівки Nike Air Max коштують 80 грн.",
    "tr": "New Balance Fresh Foam 50 TL.",
}


@pytest.mark.parametrize("lang", SAID)
def test_an_answer_in_the_right_language_passes_however_short_it_is(lang: str) -> None:
    for text in (*SAID[lang], " ".join(SAID[lang]), NAMES.get(lang, "")):
        assert foreign(text, lang) is None, text


@pytest.mark.parametrize("lang", SAID)
@pytest.mark.parametrize("wanted", SAID)
def test_an_answer_in_another_language_is_seen(lang: str, wanted: str) -> None:
    if lang == wanted:
        return
    text = " ".join(SAID[lang][:2])
    near = {lang, wanted} == {"es", "pt"}  # too near to be sure of so little
    assert foreign(text, wanted) in ({lang, None} if near else {lang}), text


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Yes.", "pl", None),
        ("Ja.", "en", None),
        ("60", "pl", None),
        ("", "pl", None),
        ("😀 ✓", "pl", None),
        ("\x00\ud800", "pl", None),
        ("PayPal, Visa, Mastercard, Klarna.", "pl", None),
        ("https://shop.example/help/returns-and-refunds-for-everybody", "pl", None),
        ("InPost Paczkomaty 24/7", "de", None),
        ("Так.", "en", "uk"),
        ("Да, конечно.", "pl", "ru"),
        ("Ναι, βεβαίως.", "pl", "el"),  # noqa: RUF001
        ("We refund the full price.", "uk", "en"),
        ("OK", "uk", None),
        ("You may return anything within 60 days.", "ja", None),
        ("Du kan returnera varan inom 60 dagar.", "da", None),
        ("You may return it. Zwroty są darmowe.", "xx", None),
    ],
)
def test_only_what_is_sure_counts(text: str, wanted: str, found: str | None) -> None:
    assert foreign(text, wanted) == found
