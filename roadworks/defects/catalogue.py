"""The distress catalogue 病害类型 (CJJ 36-2016 as far as it could be confirmed, see catalogue.json's `edition`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DefectType:
    """One type of defect: where it occurs, how it is counted, and when it is mended."""

    code: str
    name_zh: str
    name_en: str
    surface: str
    pavement: str | None
    class_zh: str
    class_en: str
    unit: str
    counting: str
    limits: Mapping[str, Any]
    deduct: list[list[float]]
    deduct_at_or_above_last: float | None
    edition: str
    parent: str | None
    owner_zh: str
    done_zh: str
    done_en: str
    presets: list[dict[str, str]]  # usual sizes offered in the form: length and width in m, or the number of places

    @property
    def sizes(self) -> str:
        """The usual sizes as the form's script reads them: `0.5×0.3` in m, `2` a length in m, `#3` places."""
        return " ".join(
            f"#{size['count']}" if "count" in size else "×".join(size[s] for s in ("length_m", "width_m") if s in size)
            for size in self.presets
        )


def _read() -> dict[str, DefectType]:
    rows = json.loads((Path(__file__).parent / "catalogue.json").read_text("utf-8"))
    return {row["code"]: DefectType(**row) for row in rows}


TYPES: Mapping[str, DefectType] = _read()
