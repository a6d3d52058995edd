"""Runs checkov over a rendering or the Dockerfile: nothing may fail, and what is left out says why.

    python3 tests/manifests/policy.py kubernetes|dockerfile <file>
"""

import json
import subprocess
import sys
from pathlib import Path


def main(framework, file):
    checkov = Path(sys.executable).with_name("checkov")
    done = subprocess.run([checkov, "--framework", framework, "--file", file, "--output", "json",
                           "--skip-download"], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert isinstance(report, dict) and "results" in report, f"checkov looked at nothing: {done.stderr}"
    summary, results = report["summary"], report["results"]
    for failed in results["failed_checks"]:
        print(f"{failed['resource']}: {failed['check_id']} {failed['check_name']}", file=sys.stderr)
    assert summary["failed"] == 0, f"{summary['failed']} rules are broken"
    assert summary["parsing_errors"] == 0, results["parsing_errors"]
    for skipped in results["skipped_checks"]:
        why = skipped["check_result"].get("suppress_comment", "")
        assert len(why.split()) > 3, f"{skipped['resource']}: {skipped['check_id']} is left out without a reason"
    assert summary["passed"] > 0, "checkov looked at nothing"
    print(f"policy: {framework}: {summary['passed']} rules hold, {summary['skipped']} are left out with a reason")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except AssertionError as wrong:
        sys.exit(f"{Path(sys.argv[2]).name}: {wrong}")
