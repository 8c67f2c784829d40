from __future__ import annotations

import subprocess
import sys

CONFIGURED = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
"""
EXCHANGE = """
import json, sys
from language_models import ChatRequest, Message, ModelRequestFailed
from language_models.scripted import ScriptedBackend
from language_models.traced_backend import TracedBackend

def fail(request):
    raise ModelRequestFailed("no, " + SECRET)

SECRET = "Bearer abcdef123456"
request = ChatRequest((Message("user", "say " + SECRET),), temperature=0, max_tokens=9)
TracedBackend(ScriptedBackend([SECRET], name="gpt at api.openai.com"), None).chat(request)
list(TracedBackend(ScriptedBackend(["4"], name="smol"), None).stream(request))
try:
    TracedBackend(ScriptedBackend(fail), None).chat(request)
except ModelRequestFailed:
    pass
"""
TOLD = """
print(json.dumps([json.loads(span.to_json()) for span in spans.get_finished_spans()]))
"""
UNTOLD = """
print(json.dumps([name for name in sys.modules if name.startswith("opentelemetry")]))
"""


def output(*parts: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(parts)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_each_exchange_is_a_span_by_the_genai_conventions() -> None:
    import json

    text = output(CONFIGURED, EXCHANGE, TOLD)
    first, streamed, failed = json.loads(text)
    assert (first["name"], first["kind"]) == ("chat gpt", "SpanKind.CLIENT")
    assert (
        first["attributes"].items()
        >= {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt",
            "gen_ai.request.max_tokens": 9,
            "gen_ai.request.temperature": 0.0,
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": 3,
            "gen_ai.usage.output_tokens": 2,
        }.items()
    )
    assert streamed["attributes"]["gen_ai.usage.output_tokens"] == 1
    assert failed["attributes"]["error.type"] == "ModelRequestFailed"
    assert failed["status"]["status_code"] == "ERROR"
    assert "abcdef123456" not in text


def test_where_nobody_listens_nothing_is_imported() -> None:
    assert output(EXCHANGE, UNTOLD).strip() == "[]"
