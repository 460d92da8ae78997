"""The names of months, weekdays and times of day in the languages that are looked for by default.

Made by `python -m bench.calendar_table` from CLDR (https://cldr.unicode.org, Unicode License v3) and what
`calendar_names` adds. A name is in the form of its `key`; months count from 1, weekdays from Monday, 0.
"""

from __future__ import annotations

TABLE: dict[str, str] = {
    "en": """\
month 1: jan | january
month 2: feb | february
month 3: mar | march
month 4: apr | april
month 5: may
month 6: jun | june
month 7: jul | july
month 8: aug | august
month 9: sep | september
month 10: oct | october
month 11: nov | november
month 12: dec | december
weekday 0: mon | mo | monday
weekday 1: tue | tu | tuesday | tues
weekday 2: wed | we | wednesday | weds
weekday 3: thu | th | thursday | thur | thurs
weekday 4: fri | fr | friday
weekday 5: sat | sa | saturday
weekday 6: sun | su | sunday
morning: am | in the morning | morning
afternoon: pm | noon | in the afternoon | afternoon | midday | lunchtime
evening: in the evening | evening
night: at night | night
""",
    "de": """\
month 1: jan | januar
month 2: feb | februar
month 3: märz | mär
month 4: apr | april
month 5: mai
month 6: juni | jun
month 7: juli | jul
month 8: aug | august
month 9: sept | september | sep
month 10: okt | oktober
month 11: nov | november
month 12: dez | dezember
weekday 0: mo | montag
weekday 1: di | dienstag
weekday 2: mi | mittwoch
weekday 3: do | donnerstag
weekday 4: fr | freitag
weekday 5: sa | samstag | sonnabend
weekday 6: so | sonntag
morning: am | morgens | vorm | vormittags | morgen | vormittag | früh
afternoon: pm | mittags | nachm | nachmittags | mittag | nachmittag
evening: abends | abend
night: nachts | nacht
""",
    "fr": """\
month 1: janv | janvier
month 2: févr | février
month 3: mars
month 4: avr | avril
month 5: mai
month 6: juin
month 7: juil | juillet
month 8: août
month 9: sept | septembre
month 10: oct | octobre
month 11: nov | novembre
month 12: déc | décembre
weekday 0: lun | lu | lundi
weekday 1: mar | ma | mardi
weekday 2: mer | me | mercredi
weekday 3: jeu | je | jeudi
weekday 4: ven | ve | vendredi
weekday 5: sam | sa | samedi
weekday 6: dim | di | dimanche
morning: am | matin | du matin | mat
afternoon: pm | midi | après-midi | de l’après-midi | ap.m | après midi
evening: soir | du soir
""",
    "es": """\
month 1: ene | enero
month 2: feb | febrero
month 3: mar | marzo
month 4: abr | abril
month 5: may | mayo
month 6: jun | junio
month 7: jul | julio
month 8: ago | agosto
month 9: sept | septiembre
month 10: oct | octubre
month 11: nov | noviembre
month 12: dic | diciembre
weekday 0: lun | lu | lunes
weekday 1: mar | ma | martes
weekday 2: mié | mi | miércoles
weekday 3: jue | ju | jueves
weekday 4: vie | vi | viernes
weekday 5: sáb | sa | sábado
weekday 6: dom | do | domingo
morning: a. m | de la madrugada | de la mañana | madrugada | mañana
afternoon: p. m | del mediodía | mediodía
evening: de la tarde | tarde
night: de la noche | noche
""",
    "it": """\
month 1: gen | gennaio
month 2: feb | febbraio
month 3: mar | marzo
month 4: apr | aprile
month 5: mag | maggio
month 6: giu | giugno
month 7: lug | luglio
month 8: ago | agosto
month 9: set | settembre
month 10: ott | ottobre
month 11: nov | novembre
month 12: dic | dicembre
weekday 0: lun | lunedì
weekday 1: mar | martedì
weekday 2: mer | mercoledì
weekday 3: gio | giovedì
weekday 4: ven | venerdì
weekday 5: sab | sabato
weekday 6: dom | domenica
morning: am | di mattina | mattina
afternoon: pm | mezzogiorno | di pomeriggio | del pomeriggio | pomeriggio
evening: di sera | sera
night: di notte | notte
""",
    "nl": """\
month 1: jan | januari
month 2: feb | februari
month 3: mrt | maart
month 4: apr | april
month 5: mei
month 6: jun | juni
month 7: jul | juli
month 8: aug | augustus
month 9: sep | september
month 10: okt | oktober
month 11: nov | november
month 12: dec | december
weekday 0: ma | maandag
weekday 1: di | dinsdag
weekday 2: wo | woensdag
weekday 3: do | donderdag
weekday 4: vr | vrijdag
weekday 5: za | zaterdag
weekday 6: zo | zondag
morning: a.m | ’s ochtends | ochtend
afternoon: p.m | ’s middags | middag
evening: ’s avonds | avond
night: ’s nachts | nacht
""",
    "pt": """\
month 1: jan | janeiro
month 2: fev | fevereiro
month 3: mar | março
month 4: abr | abril
month 5: mai | maio
month 6: jun | junho
month 7: jul | julho
month 8: ago | agosto
month 9: set | setembro
month 10: out | outubro
month 11: nov | novembro
month 12: dez | dezembro
weekday 0: seg | segunda-feira | segunda
weekday 1: ter | terça-feira | terça
weekday 2: qua | quarta-feira | quarta
weekday 3: qui | quinta-feira | quinta
weekday 4: sex | sexta-feira | sexta
weekday 5: sáb | sábado
weekday 6: dom | domingo
morning: am | da manhã | manhã
afternoon: pm | meio-dia | da tarde | tarde
evening: da noite | noite
night: da madrugada | madrugada
""",
    "zh": """\
month 1: 1月 | 一月
month 2: 2月 | 二月
month 3: 3月 | 三月
month 4: 4月 | 四月
month 5: 5月 | 五月
month 6: 6月 | 六月
month 7: 7月 | 七月
month 8: 8月 | 八月
month 9: 9月 | 九月
month 10: 10月 | 十月
month 11: 11月 | 十一月
month 12: 12月 | 十二月
weekday 0: 周一 | 星期一 | 礼拜一
weekday 1: 周二 | 星期二 | 礼拜二
weekday 2: 周三 | 星期三 | 礼拜三
weekday 3: 周四 | 星期四 | 礼拜四
weekday 4: 周五 | 星期五 | 礼拜五
weekday 5: 周六 | 星期六 | 礼拜六
weekday 6: 周日 | 星期日 | 星期天 | 周天 | 礼拜日 | 礼拜天
morning: 上午 | 早上 | 清晨 | 早晨
afternoon: 下午 | 中午
evening: 晚上 | 傍晚
night: 凌晨
""",
}
