"""A tool says what its sandbox must have; banks from before it could are read as ever."""

import hashlib
import json

import pytest
from pydantic import ValidationError

from sandbox.scripted import ScriptedSandbox
from tests.tool_bank.examples import schema
from tool_bank import Tool, ToolBank, ToolNotCallable

SOURCE = "def f(x: int):\n    return x\n"


def tool(**fields) -> Tool:
    return Tool(name="f", description="Returns what it is given.", source=SOURCE, function="f", **fields)


def test_a_tool_without_a_word_of_packages_keeps_the_version_that_it_always_had():
    body = json.loads(tool().body())
    assert "packages" not in body
    later = ("status", "packages", "supersedes", "generalises")
    old = {k: v for k, v in tool().model_dump(mode="json").items() if k not in later}
    text = json.dumps(old, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert tool().version == hashlib.sha256(text.encode()).hexdigest()


def test_packages_are_kept_by_the_bank_and_belong_to_the_version(tmp_path):
    wanted = tool(packages=("numpy", "idna"))
    assert wanted.version != tool().version
    with ToolBank.open(tmp_path) as bank:
        bank._record.add([tool(), wanted])
    with ToolBank.open(tmp_path) as bank:
        assert bank.get("f") == wanted
        assert [stored.tool.packages for stored in bank.history("f")] == [("numpy",), ("numpy", "idna")]
        bank.retire("f", "enough")  # an old version's row is found again by its number
        assert bank.get("f").packages == ("numpy", "idna")


def test_a_package_that_is_not_installed_is_refused_by_name_and_the_bank_goes_on(tmp_path):
    with ToolBank.open(tmp_path) as bank:
        odd = tool(packages=("no-such-package",))
        bank._record.add([odd])
        with pytest.raises(ToolNotCallable, match=r"f: .*no-such-package.*pip install"):
            bank.call("f", {"x": 1})
        bank._record.put_schema(odd.version, schema({"x": {"type": "integer"}}, ["x"]).model_dump_json())
    box = ScriptedSandbox(lambda source, function, arguments: 5)
    with ToolBank.open(tmp_path, sandbox=box) as bank:
        assert bank.call("f", {"x": 1}) == 5  # whoever brings a sandbox answers for what is in it


@pytest.mark.parametrize("name", ["", "numpy>=2", "../etc", "-r", "a\n"])
def test_what_is_no_name_of_a_package_is_refused(name):
    with pytest.raises(ValidationError, match="packages"):
        tool(packages=(name,))
