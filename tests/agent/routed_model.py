"""A model that answers by what it is asked for, so that whole requests can be scripted."""

from collections.abc import Callable, Sequence

from language_models import ChatRequest, Completion, Completions, ModelUnavailable, ToolCall, Usage

KINDS = "Imagine a library"
FIT = "Which tool does the work of each wanted function"
ORDER = "Describe it so that somebody else can write it"
PLAN = "You write a short Python program"
JUDGE = "You check an answer against requirements"
DRAFT = "You write Python functions that are right"
LOOP = "create_tool"

Reply = str | Completion
Script = Reply | Sequence[Reply] | Callable[[str], Reply]


class RoutedModel:
    """Replies of the first marker that a request holds; the last reply of a list goes on for ever."""

    name = "scripted"

    def __init__(self, routes: dict[str, Script], otherwise: Reply = "I do not know.") -> None:
        self.routes = {KINDS: "", **routes}
        self.otherwise = otherwise
        self.asked: list[str] = []
        self.requests: list[ChatRequest] = []
        self.is_down = False

    def count(self, marker: str) -> int:
        """How often something was asked for."""
        return self.asked.count(marker)

    def chat(self, request: ChatRequest) -> Completions:
        if self.is_down:
            raise ModelUnavailable("the model is down")
        self.requests.append(request)
        told = "\n".join(message.content for message in request.messages)
        told += "\n".join(tool.name for tool in request.tools)
        marker = next((marker for marker in self.routes if marker in told), "")
        self.asked.append(marker)
        reply = self._reply(marker, told)
        completion = Completion(reply, "stop") if isinstance(reply, str) else reply
        return Completions((completion,) * request.samples, Usage(10, 5))

    def _reply(self, marker: str, told: str) -> Reply:
        script = self.routes.get(marker, self.otherwise)
        if callable(script):
            return script(told)
        if isinstance(script, str | Completion):
            return script
        return script[min(self.count(marker), len(script)) - 1]


def calling(name: str, arguments: str) -> Completion:
    """A reply that calls a tool."""
    return Completion("", "tool_calls", (ToolCall(f"call-{name}", name, arguments),))


def code(text: str) -> str:
    """A reply that is a program."""
    return f"```python\n{text}\n```"
