"""Values made to confuse whoever decodes or compares them."""

from tests.sandbox.attacks.attack import HURRIED, attack, gives

ATTACKS = [
    attack(
        "a pickle is not a value",
        "class P:\n    def __reduce__(self):\n        return print, ('boom',)\ndef f():\n    return P()\n",
        "rejected",
    ),
    attack(
        "pickled bytes are no value", "import pickle\ndef f():\n    return pickle.dumps(print)\n", "rejected"
    ),
    attack(
        "a list that lies arrives as a plain list",
        "class L(list):\n    def __eq__(self, other):\n        return True\ndef f():\n    return L([1])\n",
        also=lambda outcome: type(outcome.results[0].value) is list and outcome.results[0].value == [1],
    ),
    attack(
        "a number that lies arrives as a plain number",
        "class N(int):\n    def __eq__(self, other): return True\n    __hash__ = None\ndef f():\n    return N(3)\n",
        also=lambda outcome: type(outcome.results[0].value) is int and outcome.results[0].value == 3,
    ),
    attack(
        "an array that lies about its shape is refused",
        """
import numpy as np
class A(np.ndarray):
    shape = property(lambda self: (10**9,))
def f():
    return np.zeros(4).view(A)
""",
        "rejected",
    ),
    attack(
        "an array of objects is no value",
        "import numpy as np\ndef f():\n    return np.array([print])\n",
        "rejected",
    ),
    attack("NaN outside an array is no value", "def f():\n    return {'a': [float('nan')]}\n", "rejected"),
    attack("infinity outside an array is no value", "def f():\n    return -1e999\n", "rejected"),
    attack("a lone surrogate is no text", "def f():\n    return chr(0xD800)\n", "rejected"),
    attack("an integer of thousands of bits is no value", "def f():\n    return 1 << 5000\n", "rejected"),
    attack("nor is one too long to write", "def f():\n    return 1 << 50000\n", "rejected", "crashed"),
    attack(
        "a value nested without end is no answer",
        "def f():\n    x = []\n    for _ in range(100000): x = [x]\n    return x\n",
        "rejected",
    ),
    attack(
        "a value that contains itself is no answer",
        "def f():\n    x = {}\n    x['x'] = x\n    return x\n",
        "rejected",
    ),
    attack(
        "a bomb of shared lists is no answer",
        "def f():\n    x = [0] * 100\n    for _ in range(20): x = [x] * 100\n    return x\n",
        "memory_exceeded",
        "output_exceeded",
        "rejected",
        "timed_out",
        limits=HURRIED,
    ),
    attack("an answer too large is cut", "def f():\n    return 'x' * 10_000_000\n", "output_exceeded"),
    attack(
        "an array too large is cut",
        "import numpy as np\ndef f():\n    return np.zeros(10_000_000)\n",
        "output_exceeded",
    ),
    attack(
        "a dictionary that means something on the wire stays a dictionary",
        "def f():\n    return [{'$array': 0}, {'$object': {'$array': 1}}]\n",
        also=gives([{"$array": 0}, {"$object": {"$array": 1}}]),
    ),
    attack(
        "an exception that raises when shown is still a value",
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit(3)\ndef f():\n    raise E\n",
        also=lambda outcome: outcome.results[0].error == "E: (its message raised, too)",
    ),
    attack(
        "an exception with an endless message is cut",
        "def f():\n    raise ValueError('x' * 10_000_000)\n",
        also=lambda outcome: len(str(outcome.results[0].error)) <= 4000,
    ),
    attack(
        "an exception without a name is still a value",
        """
class M(type):
    __name__ = property(lambda self: 1 / 0)
class E(Exception, metaclass=M): pass
def f():
    raise E("why")
""",
        also=lambda outcome: "why" in str(outcome.results[0].error),
    ),
    attack(
        "a message that lies about being text is still a value",
        """
class S(str):
    def __bool__(self): raise SystemExit
    __len__ = __format__ = encode = __getitem__ = __bool__
class E(Exception):
    def __str__(self): return S("why")
def f():
    raise E
""",
        also=lambda outcome: outcome.results[0].error == "E: why",
    ),
    attack(
        "an integer too long to write is rejected",
        "def f():\n    return [1 << 50000]\n",
        "rejected",
    ),
    attack(
        "a date is no value", "import numpy as np\ndef f():\n    return np.zeros(2, 'M8[s]')\n", "rejected"
    ),
    attack(
        "a table is no value",
        "import numpy as np\ndef f():\n    return np.zeros(2, [('a', 'f8')])\n",
        "rejected",
    ),
    attack(
        "an array without end in little memory is no answer",
        "import numpy as np\ndef f():\n    return np.lib.stride_tricks.as_strided(np.zeros(1), (10**10,), (0,))\n",
        "memory_exceeded",
    ),
    attack(
        "a view beyond its memory is a crash of its own",
        "import numpy as np\ndef f():\n    return np.lib.stride_tricks.as_strided(np.zeros(1), (10**7,), (4096,))\n",
        "crashed",
        "memory_exceeded",
    ),
    attack(
        "a key that is a lone surrogate is no text", "def f():\n    return {chr(0xDFFF): 1}\n", "rejected"
    ),
    attack("a key that is no text is refused", "def f():\n    return {1: 1}\n", "rejected"),
    attack(
        "a dictionary that never ends ends by the clock",
        "class D(dict):\n    def items(self):\n        while True: yield 'a', 1\ndef f():\n    return D()\n",
        "timed_out",
    ),
    attack(
        "an answer of more values than allowed is refused",
        "def f():\n    return [[]] * 80_000\n",
        "returned",
        "rejected",
    ),
    attack(
        "a recursion limit too low to answer is its own fault",
        "import sys\ndef f():\n    sys.setrecursionlimit(60)\n    x = []\n    for _ in range(40): x = [x]\n    return x\n",
        "rejected",
        "returned",
        "crashed",
    ),
]
