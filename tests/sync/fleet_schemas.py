"""The schemas of docs/asyncapi.yaml that come from gateway/contract/fleet.py.

python -m tests.sync.fleet_schemas        writes them between the two marks of the file
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic._internal._docs_extraction import extract_docstrings_from_cls

from gateway.contract.fleet import Alert, Command, Health, Result, Signed, State

API = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
BEGIN = "    # fleet:begin (written by `python -m tests.sync.fleet_schemas`)\n"
END = "    # fleet:end\n"
MODELS = (State, Health, Alert, Signed, Command, Result)


def schemas() -> dict[str, Any]:
    """Schema of each payload and of what it is made of, with the docstrings of the fields."""
    found: dict[str, Any] = {}
    for model in MODELS:
        schema = model.model_json_schema(ref_template="#/components/schemas/fleet{model}")
        parts = schema.pop("$defs", {})
        for name, part in {**parts, model.__name__: schema}.items():
            found[f"fleet{name}"] = _plain(part)
        found[f"fleet{model.__name__}"]["required"].insert(0, "version")
    for model in _all(BaseModel):
        described = found.get(f"fleet{model.__name__}", {}).get("properties", {})
        for field, words in extract_docstrings_from_cls(model, use_inspect=True).items():
            if field in described and "$ref" not in described[field]:
                described[field]["description"] = " ".join(words.split())
    return dict(sorted(found.items()))


def _all(base: type[BaseModel]) -> list[type[BaseModel]]:
    here = [c for c in base.__subclasses__() if c.__module__ == "gateway.contract.fleet"]
    return [m for child in base.__subclasses__() for m in _all(child)] + here


def _plain(part: Any) -> Any:
    """Without the titles that say what the key says."""
    if isinstance(part, dict):
        words = part.get("description")
        kept = {
            key: _plain(value)
            for key, value in part.items()
            if not (key == "title" and isinstance(value, str))
        }
        return kept | ({"description": " ".join(words.split())} if isinstance(words, str) else {})
    return [_plain(entry) for entry in part] if isinstance(part, list) else part


def text() -> str:
    """As it stands in the file."""
    plain = json.loads(json.dumps(schemas()))
    dumped = yaml.safe_dump(
        plain, sort_keys=False, width=96, allow_unicode=True, default_flow_style=None
    )
    return BEGIN + "".join(f"    {line}\n" for line in dumped.splitlines()) + END


def main() -> None:
    before, mark, rest = API.read_text().partition(BEGIN)
    assert mark, f"{API}: the mark is gone"
    after = rest.partition(END)[2]
    API.write_text(before + text() + after)


if __name__ == "__main__":
    sys.exit(main())
