"""The public names are those of the table that all languages share."""

import json
from pathlib import Path

import toolgate


def test_the_public_names_are_those_of_the_table() -> None:
    table = json.loads((Path(__file__).parents[1] / "vectors" / "api.json").read_text(encoding="utf-8"))
    listed = {row["python"] for row in table["names"]} - {None}
    members = {
        f"{kind.__name__}.{name}"
        for kind in (toolgate.Gate, toolgate.Decision)
        for name in vars(kind)
        if name[0] != "_"
    }
    assert listed == {*toolgate.__all__, *members}
