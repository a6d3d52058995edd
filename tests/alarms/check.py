#!/usr/bin/env python3
"""What an operator watches, held together: rules, their tests, runbooks, dashboard and the program's metrics.

`check.py --promtool PROGRAM` prints what does not fit and ends with 1, or says how much there is. With
`--break` it breaks each alarm (whose name has that part in it) in two ways and says where no test noticed, which
takes some minutes. Not here: what a metric is worth, or whether a runbook is right.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = ROOT / "docs/operations"
RULES = OPERATIONS / "alerts/rules.yaml"
TESTS = [OPERATIONS / "alerts/tests.yaml", OPERATIONS / "alerts/tests-long.yaml"]
DASHBOARD = OPERATIONS / "grafana/dancu.json"
WRAPPED = ROOT / "k8s/components/monitoring/prometheus-rule.yaml"
WRAP = OPERATIONS / "alerts/prometheus-rule.sh"

# Metrics that rules and dashboard already know, and the program does not yet. One that the program has by now
# fails here: take it out, and put it into metrics.md.
PENDING = {}
# What promtool says of names that are kept all the same, and which it must go on saying.
KNOWN_COMPLAINTS = set()
# The parts of each section of a runbook, in this order.
PARTS = ["What it means", "What callers feel", "Look at", "Do", "Do not", "Over when"]

faults = []


def fault(text):
    faults.append(text)


def read(path):
    return path.read_text(encoding="utf-8")


def of(path):
    return path.relative_to(ROOT)


def blocks(text, beginning):
    """The parts of a YAML list of ours, each from the line that begins so up to the next."""
    return re.split(rf"(?m)^ *- {beginning}: *", text)[1:]


def rules():
    """Each alarm with its severity and runbook, and what is recorded."""
    text = "\n".join(line for line in read(RULES).splitlines() if not line.lstrip().startswith("#"))
    alarms, pages = {}, set()
    for block in blocks(text, "alert"):
        name = block.split("\n", 1)[0]
        severity = re.search(r"severity: (\w+)", block)
        runbook = re.search(r"runbook_url: (\S+)", block)
        if name in alarms:
            fault(f"two alarms are called {name}")
        if not severity or severity[1] not in ("page", "ticket"):
            fault(f"{name} is neither a page nor a ticket")
        elif severity[1] == "page":
            pages.add(name)
        if not re.search(r"summary: \S", block) or "description: >-" not in block:
            fault(f"{name} lacks a summary or a description")
        alarms[name] = runbook[1] if runbook else ""
    told = re.search(r"(?s)## What pages\n(.*?)\n## ", read(OPERATIONS / "alerts/README.md"))
    for name in sorted(pages ^ set(re.findall(r"`(Dancu\w+)`", told[1] if told else ""))):
        fault(f"alerts/README.md and the rules do not agree whether {name} pages")
    return alarms, set(re.findall(r"(?m)^ *- record: (\S+)", text))


def check_runbooks(alarms):
    sections = set()
    for path in sorted((OPERATIONS / "runbooks").glob("*.md")):
        if path.name == "README.md":
            continue
        for section in re.split(r"(?m)^## ", read(path))[1:]:
            heading = section.split("\n", 1)[0]
            sections.add(f"{of(path)}#{heading.lower()}")
            parts = re.findall(r"(?m)^- \*\*([^*]+)\.\*\*", section)
            if parts != PARTS:
                fault(f"{of(path)}: {heading} has the parts {parts}")
    for name, runbook in alarms.items():
        if runbook not in sections:
            fault(f"{name} leads to {runbook or 'no runbook'}, which is not there")
    for section in sorted(sections - set(alarms.values())):
        fault(f"{section}: no alarm leads there")


def check_tests(alarms):
    """Each alarm must be seen firing, and be seen quiet where it, or one of its family, fires at another time."""
    fired, quiet = set(), set()
    for test in [test for path in TESTS for test in blocks(read(path), "name")]:
        looks = [set(re.findall(r'alertname="(\w+)",severity', look)) for look in test.split("eval_time:")[1:]]
        about = set().union(*looks)
        about |= {name for name in alarms if any(alarms[name] == alarms.get(other) for other in about)}
        fired |= set().union(*looks)
        quiet |= {name for name in about if any(name not in look for look in looks)}
    for name in sorted(set(alarms) - fired):
        fault(f"no test sees {name} fire")
    for name in sorted(set(alarms) & fired - quiet):
        fault(f"no test sees {name} quiet")
    for name in sorted(fired - set(alarms)):
        fault(f"tests know an alarm {name}, which is not there")


def in_source():
    names = set()
    for path in (ROOT / "src").rglob("*.rs"):
        names |= set(re.findall(r'"(dancu_[a-z0-9_]+)"', read(path)))
    return names


def listed():
    """Name and type of each metric, as metrics.md has them."""
    rows = re.findall(r"(?m)^\| `(\w+)` \| (counter|gauge|histogram)\b", read(OPERATIONS / "metrics.md"))
    names = [name for name, _ in rows]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fault(f"metrics.md has {name} twice")
    return dict(rows)


def check_names(recorded, expressions):
    """Every metric that is spoken of exists, or will."""
    source = in_source()
    for name in sorted(set(PENDING) & source):
        fault(f"{name} is in the source now: take it out of PENDING, and put it into metrics.md")
    types = {**listed(), **PENDING}
    # A library has these names. A test in tests/it/telemetry compares those listed with what is served.
    of_the_process = {name for name in types if name.startswith("process_")}
    known = source | set(PENDING) | of_the_process
    for name, kind in types.items():
        if kind == "histogram":
            known |= {f"{name}_{end}" for end in ("bucket", "sum", "count")}
    texts = {of(path): read(path) for path in [RULES, *TESTS]}
    texts[of(DASHBOARD)] = "\n".join(expressions)
    for path in [*(OPERATIONS / "runbooks").glob("*.md"), OPERATIONS / "slo.md", OPERATIONS / "alerts/README.md"]:
        texts[of(path)] = read(path)
    spoken_of = set()
    for where, text in texts.items():
        for name in set(re.findall(r"namespace:dancu_\w+:\w+", text)):
            if name not in recorded:
                fault(f"{where}: {name} is not recorded")
        text = re.sub(r"namespace:dancu_\w+:\w+", "", text)
        names = set(re.findall(r"\b(?:dancu|process)_[a-z0-9_]*[a-z0-9]\b", text))
        spoken_of |= names
        for name in sorted(names - known):
            fault(f"{where}: there is no metric {name}")
    for name in sorted(PENDING):
        if not any(one.startswith(name) for one in spoken_of):
            fault(f"{name} is pending, and nothing waits for it")
    return types


def run(promtool, *arguments, text=None):
    done = subprocess.run([promtool, *arguments], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def check_style(promtool, types):
    """What promtool thinks of names and types."""
    lines = []
    for name, kind in types.items():
        lines += [f"# HELP {name} Help.", f"# TYPE {name} {kind}"]
        if kind == "histogram":
            lines += [f'{name}_bucket{{le="+Inf"}} 1', f"{name}_sum 1", f"{name}_count 1"]
        else:
            lines.append(f"{name} 1")
    _, said = run(promtool, "check", "metrics", text="\n".join(lines) + "\n")
    said = {line for line in said.splitlines() if line.strip()}
    for line in sorted(said - KNOWN_COMPLAINTS):
        fault(f"promtool: {line}")
    for line in sorted(KNOWN_COMPLAINTS - said):
        fault(f"promtool does not say any more: {line}; take it out of KNOWN_COMPLAINTS")


def panels(board):
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def dashboard():
    """The expressions of the dashboard, which must have a shape that Grafana can import."""
    board = json.loads(read(DASHBOARD))
    where = of(DASHBOARD)
    ids = [panel["id"] for panel in panels(board)]
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        fault(f"{where}: two panels have the id {one}")
    variables = {variable["name"] for variable in board["templating"]["list"]}
    taken, expressions = {}, []
    for panel in panels(board):
        title, place = panel["title"], panel["gridPos"]
        cells = [(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])]
        others = {taken[cell] for cell in cells if cell in taken}
        taken.update(dict.fromkeys(cells, title))
        if others or place["x"] + place["w"] > 24:
            fault(f"{where}: {title} lies upon {sorted(others) or 'the edge'}")
        if panel["type"] == "row":
            continue
        if len(panel.get("description", "")) < 20:
            fault(f"{where}: {title} does not say what to feel")
        if panel["datasource"]["uid"] != "${datasource}":
            fault(f"{where}: {title} has a data source of its own")
        for target in panel["targets"]:
            expressions.append(target["expr"])
            for variable in re.findall(r"\$(?!__)\{?(\w+)", target["expr"]):
                if variable not in variables:
                    fault(f"{where}: {title} uses ${variable}, which is not there")
    return expressions


def check_expressions(promtool, expressions):
    lines = ["groups:", "- name: dashboard", "  rules:"]
    for at, expression in enumerate(expressions):
        plain = expression.replace("$__rate_interval", "5m").replace("$__range", "1h")
        plain = re.sub(r"\$\{?\w+\}?", ".*", plain)
        lines += [f"  - record: expression_{at}", f"    expr: {json.dumps(plain)}"]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        code, said = run(promtool, "check", "rules", file.name)
    if code:
        fault(f"{of(DASHBOARD)}: {said}")


def check_rules(promtool):
    code, said = run(promtool, "check", "rules", str(RULES))
    if code:
        fault(said)
    code, said = run(promtool, "test", "rules", *map(str, TESTS))
    if code:
        fault(said)


def check_wrapped():
    wrapped = subprocess.run([WRAP], capture_output=True, text=True, check=True).stdout
    if not WRAPPED.exists() or read(WRAPPED) != wrapped:
        fault(f"{of(WRAPPED)} is not what {of(WRAP)} prints")
    inner = "\n".join(line[2:] for line in wrapped.split("\nspec:\n", 1)[1].splitlines())
    plain = "\n".join(line for line in read(RULES).splitlines() if not line.lstrip().startswith("#"))
    if inner != plain:
        fault(f"{of(WRAP)} changes more than it says")


def break_each(promtool, alarms):
    """Alarms that never fire, and such that always do: the tests that name them must fail."""
    for name in alarms:
        for what, broken in (("never", "absent(vector(1))"), ("always", "vector(1)")):
            changed, times = re.subn(
                rf"(- alert: {name}\n\s+expr: )\|\n(?:          .*\n)+(?:\s+for: \w+\n)?",
                rf"\g<1>{broken}\n",
                read(RULES),
            )
            said = [outcome(promtool, path, name, changed) for path in TESTS]
            if times != 1 or any("FAILED" not in text and text for text in said):
                fault(f"{name} could not be broken: {said}")
            elif not any(said):
                fault(f"no test notices that {name} {what} fires")


def outcome(promtool, path, name, changed):
    """What promtool says of the tests of a file that name an alarm, under other rules; nothing if all is well."""
    head, *tests = re.split(r"(?m)^(?=  - name: )", read(path))
    # An anchor stands in the first test that uses it, so its value is put wherever it is used.
    text = "".join(tests)
    for anchor, value in re.findall(r"&(\w+) ('[^']+')", text):
        tests = [test.replace(f"&{anchor} {value}", value).replace(f"*{anchor}", value) for test in tests]
    about = [test for test in tests if name in test]
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "rules.yaml").write_text(changed, encoding="utf-8")
        (Path(directory) / "tests.yaml").write_text(head + "".join(about), encoding="utf-8")
        code, said = run(promtool, "test", "rules", f"{directory}/tests.yaml")
    return said if about and code else ""


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    arguments.add_argument("--promtool", required=True)
    arguments.add_argument("--break", dest="breaking", metavar="NAME", nargs="?", const="", help="a part of their names")
    asked = arguments.parse_args()

    alarms, recorded = rules()
    expressions = dashboard()
    check_runbooks(alarms)
    check_tests(alarms)
    types = check_names(recorded, expressions)
    check_wrapped()
    check_style(asked.promtool, types)
    check_expressions(asked.promtool, expressions)
    check_rules(asked.promtool)
    if asked.breaking is not None:
        break_each(asked.promtool, [name for name in alarms if asked.breaking in name])
    for text in faults:
        print(text, file=sys.stderr)
    if faults:
        return 1
    print(f"{len(alarms)} alarms, {len(recorded)} recorded, {len(expressions)} expressions of the dashboard")
    return 0


if __name__ == "__main__":
    sys.exit(main())
