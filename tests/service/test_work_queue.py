"""Which request is worked on next."""

import threading
from queue import Queue

from service.web.work_queue import LONGEST_REST, WorkQueue

PATIENCE = 20.0


def test_each_request_is_given_out_once_in_the_order_in_which_it_came():
    queue = WorkQueue()
    for request in ("a", "b", "a"):
        queue.put(request)
    queue.offer(["a", "b", "c"])
    assert [queue.take(0) for _ in range(4)] == ["a", "b", "c", None]
    queue.offer(["a"])
    assert queue.take(0) is None, "it is being worked on"
    queue.done("a")
    queue.offer(["a"])
    assert queue.take(0) == "a"


def test_what_happens_while_a_request_is_worked_on_is_worked_on_after():
    queue = WorkQueue()
    queue.put("a")
    assert queue.take(0) == "a"
    queue.put("a")
    assert queue.take(0) is None
    queue.done("a")
    assert queue.take(0) == "a"
    queue.put("a")
    queue.failed("a")
    assert queue.take(0) == "a", "what happened may be what was wanted"


def test_a_request_that_fails_rests_longer_and_longer_while_others_are_worked_on():
    queue = WorkQueue()
    rests = []
    for _ in range(12):
        queue.put("a")
        assert queue.take(0) == "a"
        rests.append(queue.failed("a"))
    assert rests[:3] == [2.0, 4.0, 8.0]
    assert rests[-1] == LONGEST_REST
    queue.offer(["a", "b"])
    assert [queue.take(0), queue.take(0)] == ["b", None]
    queue.put("a")
    assert queue.take(0) == "a", "its user has changed it"
    queue.done("a")
    queue.put("a")
    queue.take(0)
    assert queue.failed("a") == 2.0


def test_a_rest_ends_by_itself():
    queue = WorkQueue(first_rest=0.01)
    queue.put("a")
    queue.take(0)
    queue.failed("a")
    assert queue.take(PATIENCE) == "a"


def test_whoever_waits_is_woken_by_a_request_and_by_the_end():
    queue = WorkQueue()
    taken = Queue()

    def take():
        for _ in range(2):
            taken.put(queue.take(PATIENCE * 10))
        queue.pause(PATIENCE * 10)

    thread = threading.Thread(target=take)
    thread.start()
    queue.put("a")
    assert taken.get(timeout=PATIENCE) == "a"
    queue.close()
    assert taken.get(timeout=PATIENCE) is None
    thread.join(PATIENCE)
    assert not thread.is_alive()
