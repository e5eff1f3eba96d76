"""A report as one HTML page that can be mailed: style inside, plots as SVG, nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c2330; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; } p.about { color: #5a6577; }
table { border-collapse: collapse; margin: .6rem 0; } th, td { padding: .25rem .8rem .25rem 0; text-align: left; }
th { border-bottom: 1px solid #9aa5b8; font-weight: 600; } td { border-bottom: 1px solid #e4e8ef; }
p.none { color: #5a6577; } .good { color: #13703a; } .bad { color: #b3261e; font-weight: 600; }
.doubtful, .inconclusive { color: #8a5a00; }
svg { width: 100%; height: auto; margin: .4rem 0 1rem; } svg text { font: 11px system-ui, sans-serif; fill: #5a6577; }
svg .right { text-anchor: end; dominant-baseline: middle; } svg .middle { text-anchor: middle; }
svg .grid { stroke: #e4e8ef; } svg .line { fill: none; stroke-width: 1.8; } svg .band { opacity: .15; stroke: none; }
svg .s0 { stroke: #2457c5; fill: #2457c5; } svg .s1 { stroke: #b3261e; fill: #b3261e; }
svg .s2 { stroke: #13703a; fill: #13703a; } svg .s3 { stroke: #8a5a00; fill: #8a5a00; } svg .line { fill: none; }
svg .t0 { fill: #2457c5; } svg .t1 { fill: #b3261e; } svg .t2 { fill: #13703a; } svg .t3 { fill: #8a5a00; }
"""
TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ page.title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{{ style }}</style></head><body>
<h1>{{ page.title }}</h1><p class="about">{{ page.about }}</p>
{% for section in page.sections %}<section><h2>{{ section.title }}</h2>
{% for line in section.lines %}<p{% if line.mark %} class="{{ line.mark }}"{% endif %}>{{ line.text }}</p>{% endfor %}
{% for table in section.tables %}<table><thead><tr>{% for cell in table.header %}<th>{{ cell }}</th>{% endfor %}</tr>
</thead><tbody>{% for row in table.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table>{% endfor %}{% for plot in section.plots %}{{ plot | safe }}{% endfor %}</section>
{% endfor %}</body></html>
"""


@dataclass(frozen=True)
class Text:
    """A paragraph; `mark`: good, bad, doubtful, inconclusive, none."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Grid:
    """Cells of any type, written as they are; markup in them is shown, not obeyed."""

    header: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Section:
    """`plots` are SVG made by jobs.reports.plot and go into the page as they are."""

    title: str
    lines: Sequence[Text] = ()
    tables: Sequence[Grid] = ()
    plots: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    title: str
    about: str
    sections: list[Section] = field(default_factory=list)


def html(page: Page) -> str:
    """Everything that is not a plot is escaped."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(TEMPLATE).render(page=page, style=environment.filters["safe"](STYLE))
