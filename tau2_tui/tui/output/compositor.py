"""What lies hidden beneath other widgets is not drawn.

Textual draws every widget that touches what has changed, backgrounds too, in the whole height of it, and then throws
away what is hidden: half of the time from a key to the terminal. Relied on of Textual 8.2 are the compositor's regions,
cuts and order of widgets, and what its ``_render_chops`` and ``render_partial_update`` return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_Chops = list[dict[int, Strip | None]]
"""For each line what is drawn from each cut on, None for nothing yet."""

_Filled = tuple[Region, Widget, Region]
"""A region that has changed, the widget that fills it, and where that is."""


class DirectCompositor(Compositor):
    """Draws what has changed by asking only the widgets that can be seen there."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what has changed, None when nothing has."""
        regions = list(self._dirty_regions)
        filled = self._filled(regions)
        if not filled:
            return super().render_partial_update()
        self._dirty_regions.clear()
        chops: list[dict[int, Strip | None]] = [{}] * self.size.height
        spans = list(self._regions_to_spans(regions))
        for y, _, _ in spans:
            if not chops[y]:
                chops[y] = dict.fromkeys(self.cuts[y][:-1])
        for region, widget, (left, top, width, _) in filled:
            strips = widget.render_lines(Region(0, region.y - top, width, region.height))
            for y, strip in zip(region.line_range, strips, strict=True):
                chops[y][left] = strip
        return ChopsUpdate(chops, spans, [cuts[1:] for cuts in self.cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        """Return what is drawn in some lines; widgets in front come first, and are not drawn over."""
        cuts = self.cuts
        chops: _Chops = [dict.fromkeys(line[:-1]) for line in cuts]
        for widget, (region, clip) in self.visible_widgets.items():
            place = region.intersection(clip)
            left, right = place.column_span
            open_lines = [
                y
                for y in (place.line_range if crop.overlaps(clip) else ())
                if is_rendered_line(y) and any(chops[y][cut] is None for cut in _cuts_in(cuts[y], left, right))
            ]
            if not open_lines:
                continue
            top = open_lines[0]
            asked = Region(place.x - region.x, top - region.y, place.width, open_lines[-1] + 1 - top)
            strips = widget.render_lines(asked)
            for y in open_lines:
                inside = [*_cuts_in(cuts[y], left, right)]
                parts = strips[y - top].divide([cut - left for cut in [*inside[1:], right]])
                for cut, part in zip(inside, parts, strict=False):
                    if chops[y][cut] is None:
                        chops[y][cut] = part
        return cast("Sequence[Mapping[int, Strip]]", chops)

    def _filled(self, regions: Sequence[Region]) -> list[_Filled]:
        """Return which widget fills each region, nothing when that is not so of all of them."""
        found: list[_Filled] = []
        for region in regions:
            filler = self._filler(region)
            if filler is None:
                return []
            found.append((region, *filler))
        return found

    def _filler(self, region: Region) -> tuple[Widget, Region] | None:
        for widget, (place, clip) in self.visible_widgets.items():  # those in front come first
            if not place.overlaps(region):
                continue
            left, _, width, _ = place
            if not (clip.contains_region(place) and place.contains_region(region)):
                return None
            whole = all(_is_uncut(self.cuts[y], left, left + width) for y in region.line_range)
            return (widget, place) if whole else None
        return None


def _cuts_in(cuts: Sequence[int], left: int, right: int) -> Iterator[int]:
    """Yield the columns of a line, from one up to another, at which a widget starts or ends."""
    return (cut for cut in cuts if left <= cut < right)


def _is_uncut(cuts: Sequence[int], left: int, right: int) -> bool:
    """Return whether no other widget starts or ends between two columns of a line."""
    return left in cuts and cuts.index(left) + 1 < len(cuts) and cuts[cuts.index(left) + 1] == right
