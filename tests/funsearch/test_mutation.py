"""Mutation: every operator at work on any function, and every mutant Python."""

import ast

import numpy as np
import pytest

from funsearch.expressions import Grower, Material
from funsearch.mutation import Mutation
from funsearch.mutation_sampler import MutationSampler
from funsearch.sampler import Prompt
from funsearch.scope import Kind, Survey, parameters_of
from funsearch.statement_edits import StatementEdits
from funsearch.syntax_tree import Role
from funsearch.vocabulary import vocabulary_of
from programs import Function, Program, Specification

NUMBERS = "def f(x: float, y: int | None = 3 + 4, *, z=1) -> float:\n    return x + y * z\n"
SEQUENCES = """def f(el: tuple[int, ...], n: int) -> float:
    total = 0.5 * n
    for i, e in enumerate(el):
        if e == el[-i] and not e > 1:
            total += e
        else:
            total -= sum(a * b for a, b in zip(el, el[1:]) if a)
    while total > 100:
        total /= 2
    return total if el.count(0) else max(el)
"""
TEXTS = """def f(text: str, words: dict[str, int]) -> int:
    def inner(c):
        return ord(c) + 1

    try:
        return inner(text[0]) + len([w for w in words if w in text])
    except IndexError:
        return 0
"""
ARRAYS = """def f(item: int, bins: np.ndarray) -> np.ndarray:
    score = np.where(bins > item, bins, 2.5)
    score[bins == item] = 7
    return -score
"""
ODD = {
    "no expressions": "def f():\n    pass\n",
    "a docstring alone": 'def f(x):\n    """Nothing."""\n',
    "async": "async def f(x):\n    async with x as y:\n        return await y\n",
    "a generator": "def f(x):\n    yield from (i for i in x)\n    yield 1\n",
    "match": "def f(x):\n    match x:\n        case [a, *_]:\n            return a\n        case _:\n            return -1\n",
    "lambda and walrus": "def f(x):\n    return (lambda a: a + (b := 1))(x) + [*range(3)][0:2][::-1][0]\n",
    "strings": "def f(x):\n    return f'{x!r:>{3}}' + 'a' * 2\n",
    "unpacking": "def f(*args, **kwargs):\n    a, (b, *c) = args\n    x = y = {**kwargs, 'k': a}\n    return x, y, b, c\n",
}
EVERY = {"numbers": NUMBERS, "sequences": SEQUENCES, "texts": TEXTS, "arrays": ARRAYS, **ODD}


def specification(source):
    return Specification.from_text(f"import funsearch\nimport numpy as np\n\n\n@funsearch.evolve\n{source}")


def grower(source, seed=0):
    node = Function.from_text(source).node
    program = Program(f"import numpy as np\n\n\n{source}")
    return Grower(np.random.default_rng(seed), vocabulary_of(program, node), Material(node)), node


def after(edit, source, seed=0):
    """The text of a function after one edit of its statements."""
    grown, node = grower(source, seed)
    getattr(StatementEdits(grown, node, Material(Function("f", source).node)), edit)(Survey.of(node))
    return ast.unparse(node)


@pytest.mark.parametrize("source", EVERY.values(), ids=EVERY.keys())
def test_every_mutant_of_any_function_is_a_function_of_the_same_head(source):
    sampler = MutationSampler(specification(source))
    parents = (Function.from_text(source),) * 2
    head = ast.unparse(parents[0].node.args)
    for ticket in range(15):
        candidates = sampler.sample(Prompt(parents, (3, 0, ticket)), 4).candidates
        for candidate in candidates:
            mutant = Function.from_text(candidate.source)
            assert ast.unparse(mutant.node.args) == head
        parents = (parents[-1], Function("f", candidates[-1].source))


@pytest.mark.parametrize("source", EVERY.values(), ids=EVERY.keys())
def test_equal_seeds_give_equal_mutants_of_any_function(source):
    def draw():
        sampler = MutationSampler(specification(source))
        return sampler.sample(Prompt((Function.from_text(source),), (5, 0, 1)), 20)

    assert draw() == draw()


def test_from_a_constant_mutation_reaches_all_that_a_tuple_offers():
    """What selection needs to find must be there: entries, counts, sums, loops, conditions, returns, modulo."""
    source = "def f(el: tuple[int, ...], n: int) -> float:\n    return 0.0\n"
    sampler = MutationSampler(specification(source))
    start = Function.from_text(source)
    seen = "\n".join(
        candidate.source
        for ticket in range(400)
        for candidate in sampler.sample(Prompt((start,), (0, 0, ticket)), 2).candidates
    )
    for form in (
        "el[-1]",
        "el[0]",
        "el.count(",
        "len(el)",
        "sum(el",
        "max(el",
        "% 3",
        "for e in el",
        "for i, e in enumerate(el",
        "in zip(el",
        "el[1:]",
        "el[::-1]",
        " == ",
        " if ",
        " and ",
        "else:",
        "v += ",
        "v *= ",
        "    return n",
    ):
        assert form in seen, form


def tables(source):
    """Returns the tables of a function, each with what an entry is found by."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Subscript)]
    return [(node.value, node.slice) for node in found if isinstance(node.value, ast.Tuple)]


def test_a_number_made_of_a_sequence_is_read_off_tables_that_never_end_too_soon():
    source = "def f(el: tuple[int, ...], n: int) -> float:\n    return 0.0\n"
    node = Function.from_text(source).node
    for seed in range(60):
        grown, _ = grower(source, seed)
        [(table, place)] = tables(ast.unparse(grown.tabulated(parameters_of(node))))
        assert all(isinstance(entry, ast.Constant) for entry in table.elts)
        assert isinstance(place, ast.BinOp)
        assert isinstance(place.op, ast.Mod)
        assert ast.literal_eval(place.right) == len(table.elts)


def test_entries_of_a_table_are_changed_one_at_a_time():
    source = "def f(el: tuple[int, ...]) -> float:\n    return (1, 2, 3)[sum(el) % 3]\n"
    sampler, start = MutationSampler(specification(source)), Function.from_text(source)
    mutants = [sampler.sample(Prompt((start,), (1, 0, ticket)), 1).candidates[0] for ticket in range(150)]
    kept = [table for mutant in mutants for table, place in tables(mutant.source) if len(table.elts) == 3]
    entries = [ast.literal_eval(table) for table in kept]
    assert sum(sum(a != b for a, b in zip(table, (1, 2, 3), strict=True)) == 1 for table in entries) > 20


def test_only_a_number_made_of_a_sequence_is_started_anew():
    """A body of nothing but a sum over the sequence comes up from SEQUENCES, and from no other function."""

    def starts_anew(source):
        sampler, start = MutationSampler(specification(source)), Function.from_text(source)
        mutants = (sampler.sample(Prompt((start,), (3, 0, ticket)), 1).candidates[0] for ticket in range(80))
        bodies = [Function.from_text(mutant.source).node.body for mutant in mutants]
        return [
            body
            for body in bodies
            if len(body) == 1 and ast.unparse(body).startswith(("return sum(", "return -sum("))
        ]

    assert starts_anew(SEQUENCES)
    for source in (NUMBERS, TEXTS, ARRAYS, SEQUENCES.replace("float:", "tuple[int, ...]:")):
        assert not starts_anew(source)


def test_arrays_are_never_put_into_loops_conditions_or_sums():
    sampler = MutationSampler(specification(ARRAYS))
    start = Function.from_text(ARRAYS)
    for ticket in range(60):
        [candidate] = sampler.sample(Prompt((start,), (2, 0, ticket)), 1).candidates
        tree = ast.parse(candidate.source)
        assert not any(isinstance(node, ast.If | ast.For | ast.IfExp | ast.BoolOp) for node in ast.walk(tree))
        assert "sum(" not in candidate.source


def test_extract_names_an_expression_and_inline_undoes_it():
    source = "def f(x, y):\n    return abs(x + 1)\n"
    extracted = {after("extract", source, seed) for seed in range(10)}
    assert "def f(x, y):\n    v = x + 1\n    return abs(v)" in extracted
    assert "def f(x, y):\n    v = abs(x + 1)\n    return v" in extracted
    assert after("inline", "def f(x, y):\n    v = x + 1\n    return abs(v) * v\n") == (
        "def f(x, y):\n    return abs(x + 1) * (x + 1)"
    )


def test_extract_leaves_alone_what_depends_on_a_loop_of_its_own_expression():
    source = "def f(x):\n    return sum(e * e for e in x)\n"
    for seed in range(10):
        assert "v = e * e" not in after("extract", source, seed)


def test_a_local_that_is_bound_twice_is_not_inlined():
    source = "def f(x):\n    v = x\n    v += 1\n    return v"
    assert after("inline", source) == source


def test_delete_keeps_the_last_statement_and_what_is_read():
    assert after("delete", "def f(x):\n    v = x\n    return v") == "def f(x):\n    v = x\n    return v"
    deleted = {
        after("delete", "def f(x):\n    if x:\n        x += 1\n    return x", seed) for seed in range(20)
    }
    assert "def f(x):\n    return x" in deleted
    assert "def f(x):\n    if x:\n        pass\n    return x" in deleted
    assert "def f(x):\n    x += 1\n    return x" in deleted


def test_move_lets_neighbours_change_places_but_never_passes_a_return():
    source = "def f(x):\n    a = x\n    b = 2\n    return a + b"
    assert after("move", source) == "def f(x):\n    b = 2\n    a = x\n    return a + b"
    assert after("move", "def f(x):\n    a = x\n    return a") == "def f(x):\n    a = x\n    return a"


def test_exchange_brings_statements_only_to_where_their_names_are_bound():
    source = "def f(x):\n    a = x + 1\n    a *= 2\n    return a"
    results = {after("exchange", source, seed) for seed in range(40)}
    assert any(result.count("a *= 2") == 2 for result in results)
    assert all(result.index("a = x + 1") < result.index("a *= 2") for result in results)


def test_insert_updates_a_local_or_names_the_result_first():
    results = {after("insert", "def f(x: float):\n    return x\n", seed) for seed in range(30)}
    assert any("v = x" in result and "return v" in result for result in results)
    results = {after("insert", "def f(x: float):\n    a = x\n    return a\n", seed) for seed in range(30)}
    assert any("a += " in result or "a *= " in result for result in results)


def test_a_function_that_returns_nothing_gets_no_early_return():
    for seed in range(30):
        assert "return" not in after("insert", "def f(x):\n    a = x\n    print(a)\n", seed)


def test_a_scope_knows_what_is_bound_where():
    survey = Survey.of(Function.from_text(SEQUENCES).node)
    assert parameters_of(Function.from_text(SEQUENCES).node) == {"el": Kind.SEQUENCE, "n": Kind.NUMBER}
    by_text = {ast.unparse(place.slot.value): place for place in survey.places}
    assert set(by_text["a * b"].scope) == {"el", "n", "total", "i", "e", "a", "b"}
    assert set(by_text["0.5 * n"].scope) == {"el", "n"}
    assert set(by_text["total > 100"].scope) == {"el", "n", "total"}
    assert by_text["total > 100"].slot.role is Role.TEST
    assert by_text["-i"].slot.role is Role.INDEX
    assert by_text["el[1:]"].slot.role is Role.SEQUENCE


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("tuple[int, ...]", Kind.SEQUENCE),
        ("list", Kind.SEQUENCE),
        ("Sequence[float]", Kind.SEQUENCE),
        ("list[str]", Kind.OTHER),
        ("tuple[tuple[int, int], ...]", Kind.OTHER),
        ("str", Kind.OTHER),
        ("np.ndarray", Kind.ARRAY),
        ("npt.NDArray[np.float64]", Kind.ARRAY),
        ("int", Kind.NUMBER),
        ("int | None", Kind.NUMBER),
    ],
)
def test_annotations_tell_what_a_parameter_is(annotation, kind):
    assert parameters_of(Function.from_text(f"def f(x: {annotation}):\n    return x\n").node) == {"x": kind}


@pytest.mark.parametrize(
    ("source", "module"),
    [(NUMBERS, None), (SEQUENCES, None), (ARRAYS, "np"), ("def f(x, y):\n    return x\n", "np")],
)
def test_numpy_is_used_for_arrays_and_for_what_may_be_one(source, module):
    assert (
        vocabulary_of(specification(source).program, Function.from_text(source).node).array_module == module
    )


def test_indices_stay_whole_numbers():
    source = "def f(el: tuple[int, ...]) -> float:\n    return el[1] * el[-2] + sum(el[1:])\n"
    for seed in range(60):
        grown, node = grower(source, seed)
        Mutation(grown.rng, grown.vocabulary, node, Material(Function("f", source).node)).apply()
        indices = [place.slot.value for place in Survey.of(node).places if place.slot.role is Role.INDEX]
        numbers = [n.value for index in indices for n in ast.walk(index) if isinstance(n, ast.Constant)]
        assert all(type(number) is int for number in numbers)
