"""What all records are made of: the kinds of their fields, and what the records themselves have in common."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Setting: TypeAlias = str | int | float | bool | None
"""One value of the protocol or the environment: flat, so that two records can be compared field by field."""

LARGEST = 1e15
"""Of all numbers of a record but the seed and operations, so that whoever draws one can divide and count."""
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=int(LARGEST))]
Operations = Annotated[int, Field(ge=0, le=10**21)]
"""Of an image: one of 512x512 pixels takes ADM 1.1e15 in 250 guided steps."""
PositiveCount = Annotated[int, Field(gt=0, le=int(LARGEST))]


class Record(BaseModel):
    """What all records share: they cannot be changed, know all of their fields, and hold no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
