"""Reports: everything that is known of one or several runs, as one file to send, print and keep.

``make_report`` gathers, ``write_html`` and ``write_markdown`` write. All that comes from a log is untrusted: texts stay
raw in the document and are made harmless in one place for each form, ``html.py`` and ``markdown.py``.
"""

from tau2_tui.reports.document import Report
from tau2_tui.reports.gathering import Options, ReportedRun, make_report
from tau2_tui.reports.html import write_html
from tau2_tui.reports.markdown import write_markdown

__all__ = ["Options", "Report", "ReportedRun", "make_report", "write_html", "write_markdown"]
