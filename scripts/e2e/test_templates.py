"""Chat templates render as Python's Jinja does with the settings of transformers:
tools, documents and variables to the byte, whatever their keys are and in whatever
order they stand."""

import json
import random
import subprocess
from datetime import datetime
from pathlib import Path

import jinja2
import pytest
from conftest import TIMEOUT
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = Path(__file__).resolve()
STRANGERS = HERE.parents[3] / "shared" / "data" / "chat-templates"
NOW = datetime(2026, 1, 2)

OWN = {
    "tools": "{{ bos_token }}{% if tools %}TOOLS:{{ tools | tojson }}\n{% endif %}{% for m in messages %}[{{ m.role }}]"
    "{% if m.content is string %}{{ m.content }}{% elif m.content %}{% for p in m.content %}{% if p.type == 'text' %}{{ p.text }}{% endif %}{% endfor %}{% endif %}"
    "{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% endif %}\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}",
    "indented": "{% for t in tools %}{{ t | tojson(indent=4) }}\n{% endfor %}{{ documents | tojson(indent=2) }}{{ messages | tojson(ensure_ascii=True) }}",
    "walked": "{% for t in tools %}{% for k, v in t.function.items() %}{{ k }}={{ v | tojson(separators=(',', ':')) }};{% endfor %}{{ t.function.parameters }}{% endfor %}"
    "{% for d in documents %}{{ d.keys() | list }}{{ d | dictsort }}{% endfor %}{% for m in messages %}{{ m.content }}{% endfor %}",
    "printed": "{{ tools }}{{ documents }}{{ effort }}{{ tools | tojson(sort_keys=True) }}",
}


def environment():
    class Generation(jinja2.ext.Extension):
        tags = {"generation"}

        def parse(self, parser):
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


class Made:
    """Values as they come: keys in any order, numbers of every kind, any text."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def text(self):
        return self.r.choice(["", "x", "Get the weather", "é 日本 😀", 'a "quoted" word\n', "<b>&'</b>", "\\n\u2028\x7f", "None"])

    def number(self):
        return self.r.choice(["0", "1.0", "1e3", "-0.0", "12345678901234567890123", "0.1", "1E-7", "1e16", "123456789.125", "5e-324", "-7", "1e400"])

    def value(self, depth):
        kind = self.r.randrange(9 if depth else 6)
        if kind < 2:
            return json.dumps(self.text(), ensure_ascii=self.r.random() < 0.5)
        if kind < 4:
            return self.number()
        if kind < 6:
            return self.r.choice(["true", "false", "null"])
        if kind == 6:
            return "[" + ", ".join(self.value(depth - 1) for _ in range(self.r.randrange(4))) + "]"
        return self.object(depth - 1)

    def object(self, depth, fixed=None):
        pairs = dict(fixed or {})
        for _ in range(self.r.randrange(4)):
            pairs.setdefault(self.r.choice("zyxabc_Q9é") + self.r.choice(["", "1", "key", "_"]), self.value(depth))
        keys = list(pairs)
        self.r.shuffle(keys)
        return "{" + ",".join(json.dumps(k) + ": " + pairs[k] for k in keys) + "}"

    def tool(self):
        properties = self.object(0, {n: self.object(2, {"type": '"string"', "description": json.dumps(self.text())}) for n in self.r.sample(["city", "Unit", "a1", "zeta"], 2)})
        parameters = self.object(2, {"type": '"object"', "properties": properties, "required": '["city"]'})
        function = self.object(2, {"name": json.dumps(self.r.choice(["get_weather", "f"])), "description": json.dumps(self.text()), "parameters": parameters})
        return self.object(0, {"type": '"function"', "function": function})

    def conversation(self, calls):
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather?"}]
        if self.r.random() < 0.3:
            messages[1]["name"] = "Bob"
        if calls:
            arguments = {"city": self.text() or "x", "b": 1.0, "a": [1, None]}
            messages.append({"role": "assistant", "content": "", "tool_calls": [{"type": "function", "id": "call00001", "function": {"name": "get_weather", "arguments": arguments}}]})
            messages.append({"role": "tool", "tool_call_id": "call00001", "name": "get_weather", "content": self.r.choice(['{"temp": 22.0}', "sunny", '"quoted"'])})
            messages.append({"role": "assistant", "content": "It is 22."})
            messages.append({"role": "user", "content": "Thanks."})
        parts = ['"messages": ' + json.dumps(messages, ensure_ascii=self.r.random() < 0.5)]
        if self.r.random() < 0.9:
            parts.append('"tools": [' + ", ".join(self.tool() for _ in range(self.r.randrange(1, 3))) + "]")
        if self.r.random() < 0.4:
            parts.append('"documents": [' + ", ".join(self.object(1, {"title": '"T"', "text": '"words"'}) for _ in range(2)) + "]")
        self.r.shuffle(parts)
        return "{" + ", ".join(parts) + "}"


def theirs(env, source, conversation, variables):
    try:
        return env.from_string(source).render(
            **{"tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": True, **variables, **json.loads(conversation)}
        )
    except Exception as error:
        return error


def ours(capture, path, file, variables):
    given = [arg for name, value in variables.items() for arg in ("--var", f"{name}={json.dumps(value)}")]
    run = subprocess.run([capture.binary, "template", path, "--messages", file, "--now", "2026-01-02", *given], capture_output=True, timeout=TIMEOUT)
    return run.stdout.decode() if run.returncode == 0 else Exception(run.stderr.decode())


def sources():
    found = dict(OWN)
    for path in sorted(STRANGERS.glob("*.jinja")):
        found[path.stem] = path.read_text()
    return found


@pytest.mark.parametrize("name", sources())
def test_tools_render_as_python_renders_them(capture, tmp_path, name):
    source = sources()[name]
    path, file = tmp_path / "t.jinja", tmp_path / "m.json"
    path.write_text(source)
    env = environment()
    same = 0
    for seed in range(12):
        made = Made(f"{name}{seed}")
        conversation = made.conversation(calls=seed % 3 == 0)
        variables = {"effort": json.loads(made.value(2).replace("1e400", "1"))}
        file.write_text(conversation)
        want, got = theirs(env, source, conversation, variables), ours(capture, path, file, variables)
        if isinstance(want, Exception):
            assert isinstance(got, Exception), f"seed {seed}: {want!r}, but here {got!r}"
            continue
        assert got == want, f"seed {seed}: {conversation}"
        same += 1
    assert same > 0 or name not in OWN
