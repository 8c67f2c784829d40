"""Evaluators that start Python get a Python, with pipes, exit codes and timeouts; other programs are refused."""

import pytest

from evaluators.folder_evaluator import SUPPORT
from sandbox import Limits

PRELUDE = f"""
import concurrent.futures, importlib, multiprocessing, os, subprocess, sys
for name, text in {SUPPORT!r}.items():
    os.makedirs("support", exist_ok=True)
    open(f"support/{{name}}.py", "w").write(text)
home = os.getcwd()
sys.path.insert(0, home + "/support")
importlib.import_module("event_semaphore").install()
importlib.import_module("forked_python").install(home)
def python(*words, **options):
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, **options)
"""


@pytest.fixture
def run(box):
    """Runs a body of a function inside the sandbox and returns what it returns."""

    def result_of(body):
        source = PRELUDE + "def main():\n" + "".join(f"    {line}\n" for line in body.splitlines())
        result = box.call(source, "main", [[]], limits=Limits(wall_seconds=10.0, processes=32)).first()
        assert result.ok, result.error
        return result.value

    return result_of


def test_a_script_prints_exits_and_gets_its_arguments(run):
    body = (
        "open('s.py', 'w').write('import sys; print(sys.argv[1:], __name__); print(7, file=sys.stderr); sys.exit(3)')\n"
        "done = python('-u', 's.py', 'a', '-b')\nreturn [done.stdout, done.stderr, done.returncode]"
    )
    assert run(body) == ["['a', '-b'] __main__\n", "7\n", 3]


def test_code_modules_and_standard_input_run(run):
    body = (
        "open('m.py', 'w').write('print(6)')\n"
        "return [python('-c', 'print(5)').stdout, python('-m', 'm').stdout, python(input='print(7)').stdout]"
    )
    assert run(body) == ["5\n", "6\n", "7\n"]


def test_an_error_is_a_traceback_and_an_exit_code(run):
    done = run("d = python('-c', '1/0')\nreturn [d.returncode, d.stderr.splitlines()[-1]]")
    assert done == [1, "ZeroDivisionError: division by zero"]


def test_a_script_that_hangs_is_ended_by_its_timeout(run):
    body = (
        "try:\n    python('-c', 'while True: pass', timeout=0.3)\n"
        "except subprocess.TimeoutExpired as error:\n    return type(error).__name__"
    )
    assert run(body) == "TimeoutExpired"


def test_environment_and_folder_are_those_asked_for(run):
    body = (
        "os.mkdir('sub')\n"
        'code = \'import os; print(os.environ["A"], os.path.basename(os.getcwd()), "HOME" in os.environ)\'\n'
        "return python('-c', code, env={'A': '1'}, cwd='sub').stdout"
    )
    assert run(body) == "1 sub False\n"


def test_a_script_does_not_see_what_its_parent_changed(run):
    body = (
        "open('shared.py', 'w').write('value = 1')\nsys.path.insert(0, os.getcwd())\n"
        "import shared\nshared.value = 2\n"
        "return python('-c', 'import shared; print(shared.value)').stdout"
    )
    assert run(body) == "1\n"


@pytest.mark.parametrize("words", [["ls", "-l"], ["/bin/true"], ["gcc", "x.c"]])
def test_other_programs_are_refused_in_words(run, words):
    said = run(f"try:\n    subprocess.run({words!r})\nexcept OSError as error:\n    return str(error)")
    assert said == f"[Errno 1] the sandbox starts no program but Python: {words[0]!r}"


def test_a_shell_line_that_only_starts_python_runs(run):
    assert (
        run(
            "return subprocess.run('python3 -c \"print(4)\"', shell=True, capture_output=True).stdout.decode()"
        )
        == "4\n"
    )


def test_processes_of_multiprocessing_answer_through_pipes(run):
    body = (
        "here, there = multiprocessing.Pipe()\n"
        "process = multiprocessing.Process(target=there.send, args=(9,))\nprocess.start()\n"
        "value = here.recv()\nprocess.join()\nreturn [value, process.exitcode]"
    )
    assert run(body) == [9, 0]


def test_pools_and_queues_of_processes_work(run):
    body = (
        "with concurrent.futures.ProcessPoolExecutor(2) as pool:\n"
        "    mapped = list(pool.map(abs, [-1, 2]))\n"
        "with multiprocessing.Pool(2) as pool:\n    mapped += pool.map(abs, [-3])\n"
        "queue = multiprocessing.Queue()\n"
        "process = multiprocessing.Process(target=queue.put, args=(4,))\nprocess.start()\n"
        "mapped.append(queue.get(timeout=5))\nprocess.join()\nreturn mapped"
    )
    assert run(body) == [1, 2, 3, 4]


def test_processes_share_values(run):
    body = (
        "value = multiprocessing.Value('i', 0)\n"
        "def add():\n    with value.get_lock():\n        value.value += 1\n"
        "started = [multiprocessing.Process(target=add) for _ in range(3)]\n"
        "for process in started:\n    process.start()\nfor process in started:\n    process.join()\n"
        "return value.value"
    )
    assert run(body) == 3


def test_a_pool_tells_of_a_worker_that_died(run):
    body = (
        "pool = concurrent.futures.ProcessPoolExecutor(1)\n"
        "try:\n    pool.submit(os._exit, 3).result(timeout=5)\n"
        "except concurrent.futures.BrokenExecutor as error:\n    return type(error).__name__"
    )
    assert run(body) == "BrokenProcessPool"
