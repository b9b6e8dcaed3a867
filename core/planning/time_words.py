"""The words people use for times, in English, German, Spanish, French and Japanese.

Folded as `natural_times` folds what is typed: lower case, without accents. Japanese is matched from the start of
what is left, since it has no spaces.
"""

from datetime import time

WEEKDAYS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "mon monday mo montag lun lunes lundi 月曜日 月曜",
            "tue tues tuesday di dienstag mar martes mardi 火曜日 火曜",
            "wed weds wednesday mi mittwoch mie miercoles mer mercredi 水曜日 水曜",
            "thu thur thurs thursday do donnerstag jue jueves jeu jeudi 木曜日 木曜",
            "fri friday fr freitag vie viernes ven vendredi 金曜日 金曜",
            "sat saturday sa samstag sonnabend sab sabado sam samedi 土曜日 土曜",
            "sun sunday so sonntag dom domingo dim dimanche 日曜日 日曜",
        )
    )
    for word in words.split()
}

MONTHS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janner enero ene janvier janv",
            "feb february februar febrero fevrier fevr fev",
            "mar march marz maerz mrz marzo mars",
            "apr april abr abril avril avr",
            "may mai mayo",
            "jun june juni junio juin",
            "jul july juli julio juillet juil",
            "aug august ago agosto aout",
            "sep sept september septiembre setiembre septembre",
            "oct october okt oktober octubre octobre",
            "nov november noviembre novembre",
            "dec december dez dezember dic diciembre decembre",
        ),
        start=1,
    )
    for word in words.split()
}

# Days from today.
DAYS: dict[str, int] = {
    **dict.fromkeys(("today", "heute", "hoy", "aujourd'hui", "aujourdhui", "今日", "本日"), 0),
    **dict.fromkeys(("tomorrow", "tmr", "tmrw", "tom", "morgen", "manana", "demain", "明日", "あした"), 1),
    **dict.fromkeys(("overmorrow", "ubermorgen", "apres-demain", "明後日", "あさって"), 2),
}

TIMES: dict[str, time] = {
    **dict.fromkeys(("noon", "midday", "mittag", "mittags", "mediodia", "midi", "正午"), time(12)),
    **dict.fromkeys(("morning", "fruh", "matin", "朝"), time(9)),
    **dict.fromkeys(("afternoon", "nachmittag", "nachmittags", "apres-midi"), time(15)),
    **dict.fromkeys(("evening", "abend", "abends", "soir", "夕方"), time(18)),
    **dict.fromkeys(("night", "noche", "夜"), time(21)),
    **dict.fromkeys(("midnight", "mitternacht", "medianoche", "minuit"), time(0)),
}

TONIGHT = frozenset({"tonight", "今夜", "今晩"})
NOW = frozenset({"now", "jetzt", "sofort", "ahora", "maintenant", "今", "今すぐ"})
NEXT = frozenset({"next", "nachste", "nachsten", "nachster", "proximo", "proxima", "prochain", "prochaine", "次の"})
NEXT_SLOT = frozenset(
    {
        "next slot", "slot", "next free slot", "queue", "nachster slot", "nachster platz", "nachster freier platz",
        "proximo hueco", "siguiente hueco", "proximo turno", "prochain creneau", "creneau suivant",
        "次の枠", "次のスロット", "次の空き枠",
    }
)  # fmt: skip
_UNIT_WORDS = {
    1: "m min mins minute minutes minuten minuto minutos 分",
    60: "h hr hrs hour hours std stunde stunden hora horas heure heures 時間",
    1440: "d day days tag tage tagen dia dias jour jours 日",
    10080: "w wk week weeks woche wochen semana semanas semaine semaines 週間",
}
_CONNECTORS = (
    "at on the um am den gegen kommenden kommender this dieser diesen el la las los a de del por le les au vers"
    " ce cet cette este o'clock に の"
)

# Said between the parts, and saying nothing by themselves.
CONNECTORS = frozenset(_CONNECTORS.split())
# Minutes; whole days keep the time of day.
UNITS: dict[str, int] = {word: minutes for minutes, names in _UNIT_WORDS.items() for word in names.split()}
IN = ("in", "en", "dans", "dentro de", "+")
ONE = {"a": 1, "an": 1, "one": 1, "einer": 1, "einem": 1, "un": 1, "una": 1, "une": 1}
