"""Runs by HTTP: all that is shown is there, pages end, names stay in their folder, damage stays with its run."""

import asyncio
import json
import os
from types import SimpleNamespace

import httpx
import pytest

from experiments.synthetic_run import SyntheticRun
from funsearch.exceptions import RunError
from funsearch.program_reading import read_program
from funsearch.prompt_rebuilding import rebuilt_prompt
from funsearch.run_directory import read_config
from funsearch.run_reader import RunReader
from funsearch.task_loading import load_task
from language_models.traces import Traces
from service.web.application import application
from service.web.run_library import RunLibrary
from service.web.runs_api import RunsApi


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A folder of runs: a finished one, a running one, and what is none."""
    place = tmp_path_factory.mktemp("library")
    with SyntheticRun(place / "runs" / "done", goal=400) as run:
        run.append(400)
        run.conclude("400 evaluations")
    with SyntheticRun(place / "runs" / "going", goal=400) as going:
        going.append(80)
        (place / "runs" / "bank").mkdir()
        (place / "runs" / "notes.txt").write_text("no run")
        yield place


@pytest.fixture
def ask(library):
    return asking(library / "runs", library / "traces")


def asking(runs, traces=None):
    """Returns what sends a request to the API; it returns status and body."""
    app = application([RunsApi(SimpleNamespace(runs=runs, traces=traces))], {})

    def ask(path="", **query):
        async def send():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.get(f"/api/runs{path}", params=query or None)

        answer = asyncio.run(send())
        return answer.status_code, answer.json()

    return ask


def test_runs_are_listed_with_where_they_are(ask):
    status, page = ask()
    assert (status, page["total"]) == (200, 2)
    states = {run["name"]: run["state"] for run in page["runs"]}
    assert states == {"done": "finished", "going": "running"}
    done = next(run for run in page["runs"] if run["name"] == "done")
    assert (done["task"], done["seed"], done["ended"]) == ("bin_packing_or", 0, "400 evaluations")
    assert done["evaluations"] > 380
    assert done["best_shown"].endswith("%")


def test_the_list_comes_in_pages(ask):
    names = [ask(limit=1, offset=offset)[1]["runs"][0]["name"] for offset in (0, 1)]
    assert sorted(names) == ["done", "going"]
    assert ask(limit=1, offset=2)[1]["runs"] == []
    assert ask(limit=100_000)[0] == 422


def test_where_there_are_no_runs_the_list_is_empty(tmp_path):
    assert asking(tmp_path / "none")() == (200, {"runs": [], "total": 0, "offset": 0})


def test_a_run_is_told_with_its_counts_records_baselines_and_facts(ask):
    status, run = ask("/done")
    assert status == 200
    assert run["figure"] == "excess bins over the L1 lower bound"
    assert {one["name"] for one in run["samplers"]} == {"mutation", "openai"}
    assert run["best"]["score"] == max(record["score"] for record in run["records"])
    assert {"first fit", "FunSearch (published)"} <= {one["name"] for one in run["baselines"]}
    assert run["facts"]["sampler openai"] == "made up"
    assert run["held_out_shown"] == "3.30 %"


def test_what_has_not_changed_is_not_sent_again(ask):
    version = ask("/done")[1]["version"]
    assert ask("/done", after=version) == (200, {"version": version, "unchanged": True})
    assert ask("/done/figures", after=version)[1]["unchanged"]
    assert "figures" in ask("/done/figures", after="another")[1]


@pytest.mark.parametrize("axis", ["evaluations", "seconds"])
def test_every_figure_is_there_over_both_axes(ask, axis):
    names = ["score", "islands", "samplers", "scatter", "histogram", "lineage"]
    status, told = ask("/done/figures", names=",".join(names), axis=axis)
    assert status == 200
    assert list(told["figures"]) == names
    assert all(trace["x"] for figure in told["figures"].values() for trace in figure["data"])
    score = told["figures"]["score"]["data"][0]
    assert score["y"] == sorted(score["y"])


def test_an_unknown_figure_is_refused_with_those_that_there_are(ask):
    status, told = ask("/done/figures", names="score,pie")
    assert status == 422
    assert "'pie'" in told["error"]["message"]
    assert "lineage" in told["error"]["message"]


def test_elites_are_listed_best_first_and_drawn(ask):
    status, page = ask("/done/elites", measures="length,behaviour", limit=2)
    assert status == 200
    assert len(page["elites"]) == min(2, page["total"])
    scores = [elite["score"] for elite in page["elites"]]
    assert scores == sorted(scores, reverse=True)
    assert page["figure"]["data"][0]["type"] == "heatmap"
    assert ask("/done/elites", measures="length")[1]["figure"]["data"][0]["type"] == "bar"
    assert ask("/done/elites", measures="beauty")[0] == 422
    assert ask("/done/elites", measures="length,cpu,behaviour,a,b")[0] == 422


def test_a_program_is_told_with_its_scores_and_parents(ask):
    best = ask("/done")[1]["best"]
    status, program = ask(f"/done/programs/{best['program']}")
    assert (status, program["state"], program["score"]) == (200, "valid", best["score"])
    assert program["source"].startswith("def priority")
    assert program["feedback"] == "3 of 3 instances packed"
    assert [parent["program"] for parent in program["parents"]]
    assert ask("/done/programs/0")[1]["state"] == "initial"
    assert ask("/done/programs/49")[1]["state"] == "defective"
    assert ask("/done/programs/19")[1]["state"] == "invalid"


def test_a_diff_is_against_the_first_parent_or_the_one_named(ask):
    number = ask("/done")[1]["best"]["program"]
    parents = [parent["program"] for parent in ask(f"/done/programs/{number}")[1]["parents"]]
    told = ask(f"/done/programs/{number}/difference")[1]
    assert (told["old"], told["new"]) == (parents[0], number)
    assert told["lines"][:2] == [f"--- program {parents[0]}", f"+++ program {number}"]
    assert ask(f"/done/programs/{number}/difference", parent=parents[-1])[1]["old"] == parents[-1]
    assert ask(f"/done/programs/{number}/difference", parent=number)[0] == 404
    assert ask("/done/programs/0/difference")[0] == 404


def test_ancestors_come_once_each_and_as_far_as_asked_for(ask):
    number = ask("/done")[1]["best"]["program"]
    told = ask(f"/done/programs/{number}/ancestors", generations=1)[1]
    assert told["members"][0]["program"] == number
    assert max(member["distance"] for member in told["members"]) == 1
    whole = ask(f"/done/programs/{number}/ancestors", generations=1000, limit=1000)[1]
    numbers = [member["program"] for member in whole["members"]]
    assert len(numbers) == len(set(numbers))
    assert whole["is_whole"]


def _of(ask, sampler):
    return next(one["program"] for one in ask("/done/programs")[1]["programs"] if one["sampler"] == sampler)


def test_a_prompt_is_built_again_by_the_samplers_own_code(ask):
    prompt = ask(f"/done/programs/{_of(ask, 'openai')}/prompt")[1]
    assert prompt["kind"] == "rebuilt"
    assert [message["role"] for message in prompt["messages"]] == ["system", "user"]
    assert "Write `priority_v" in prompt["messages"][1]["content"]
    mutated = ask(f"/done/programs/{_of(ask, 'mutation')}/prompt")[1]
    assert (mutated["kind"], mutated["messages"]) == ("none", [])
    assert ask("/done/programs/0/prompt")[1]["kind"] == "none"


def test_the_exchange_itself_is_shown_where_the_traces_have_it(ask, library, tmp_path):
    directory = library / "runs" / "done"
    number = _of(ask, "openai")
    program = read_program(directory, number)
    specification = load_task("bin_packing_or").specification
    rebuilt = rebuilt_prompt(directory, read_config(directory), specification, program)
    asked = [message.as_dict() for message in rebuilt.messages]
    answer = {"choices": [{"text": f"reply {place}"} for place in range(4)], "usage": {}}
    known = {"purpose": "evolve", "backend": "tiny", "answer": answer, "seconds": 0.1}
    traces = Traces(tmp_path / "traces")
    other = [asked[0], {"role": "user", "content": "another question"}]
    traces.exchange({**known, "request": {"messages": other, "seed": rebuilt.seed}})
    traces.exchange({**known, "request": {"messages": asked, "seed": rebuilt.seed + 1}})
    ask = asking(library / "runs", tmp_path / "traces")
    assert ask(f"/done/programs/{number}/prompt")[1]["kind"] == "rebuilt", "the control: not that exchange"
    name = traces.exchange({**known, "request": {"messages": asked, "seed": rebuilt.seed}})
    prompt = ask(f"/done/programs/{number}/prompt")[1]
    assert (prompt["kind"], prompt["exchange"]) == ("exchange", name)
    assert prompt["reply"] == f"reply {program.position}"


def test_programs_come_in_pages(ask):
    page = ask("/done/programs", limit=10)[1]
    following = ask("/done/programs", limit=10, before=page["before"])[1]
    numbers = [one["program"] for one in [*page["programs"], *following["programs"]]]
    assert numbers == list(range(400, 380, -1))


@pytest.mark.parametrize(
    "path", ["/nothing", "/done/programs/999999", "/bank", "/notes.txt", "/done/report", "/.."]
)
def test_what_is_not_there_is_missing(ask, path):
    status, told = ask(path)
    assert status in (404, 422)
    assert told["error"]["message"] if "error" in told else told


@pytest.mark.parametrize(
    "name",
    ["..", "%2e", "%2e%2e", "..%2fruns%2fdone", "a%2f..%2f..%2fout", "%2fetc", "done%00", "out\\in", " "],
)
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    with SyntheticRun(tmp_path / "out") as run:
        run.append(8)
    (tmp_path / "runs").mkdir()
    ask = asking(tmp_path / "runs")
    for rest in ("", "/figures", "/programs/1", "/report"):
        assert ask(f"/{name}{rest}")[0] in (404, 422)
    assert asking(tmp_path)("/out")[0] == 200, "the control: the run itself can be read"


def test_a_pipe_in_a_files_place_is_no_run_and_holds_up_nobody(tmp_path):
    runs = tmp_path / "runs"
    (runs / "piped").mkdir(parents=True)
    (runs / "piped" / "archive.sqlite").write_bytes(b"")
    os.mkfifo(runs / "piped" / "config.json")
    assert RunLibrary(runs).names() == []
    with pytest.raises(RunError, match="no regular file"):
        read_config(runs / "piped")


def test_links_out_of_the_folder_are_no_runs(tmp_path):
    with SyntheticRun(tmp_path / "out") as run:
        run.append(8)
    runs = tmp_path / "runs"
    (runs / "half").mkdir(parents=True)
    (runs / "linked").symlink_to(tmp_path / "out")
    for file in ("config.json", "archive.sqlite"):
        (runs / "half" / file).symlink_to(tmp_path / "out" / file)
    ask = asking(runs)
    assert ask()[1]["total"] == 0
    assert {ask(f"/{name}")[0] for name in ("linked", "half")} == {404}


def test_damaged_runs_are_shown_as_such_and_hide_no_others(tmp_path):
    runs = tmp_path / "runs"
    for name in ("sound", "settings", "journal", "without", "huge"):
        with SyntheticRun(runs / name) as run:
            run.append(8)
    (runs / "settings" / "config.json").write_text('{"task": 5')
    (runs / "journal" / "archive.sqlite").write_bytes(b"x" * 9000)
    (runs / "without" / "archive.sqlite").unlink()
    (runs / "huge" / "config.json").write_bytes(b" " * (2 << 20))
    ask = asking(runs)
    found = {run["name"]: run for run in ask()[1]["runs"]}
    damaged = {name for name, run in found.items() if run["state"] == "damaged"}
    assert damaged == {"settings", "journal", "without", "huge"}
    assert all(found[name]["damage"] for name in damaged)
    assert ask("/sound")[0] == 200
    for name in damaged:
        status, told = ask(f"/{name}")
        assert status in (422, 503)
        assert told["error"]["message"]


def test_a_run_whose_task_is_gone_is_still_shown(tmp_path):
    with SyntheticRun(tmp_path / "run") as run:
        run.append(80)
    config = json.loads((run.directory / "config.json").read_text())
    (run.directory / "config.json").write_text(json.dumps({**config, "task": str(tmp_path / "gone.py")}))
    ask = asking(tmp_path)
    told = ask("/run")[1]
    assert (told["figure"], told["baselines"]) == ("score", [])
    assert ask(f"/run/programs/{told['best']['program']}/prompt")[1]["kind"] == "none"


def test_many_readers_at_once_see_one_run(library):
    from concurrent.futures import ThreadPoolExecutor

    reader = RunReader(library / "runs" / "done")
    with ThreadPoolExecutor(8) as pool:
        versions = set(pool.map(lambda _: reader.read().version, range(40)))
    assert len(versions) == 1
