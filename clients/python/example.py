"""Asks a demonstration what a counter asks: a verification, a lookup, a form, a batch, a refusal.

The token comes from the environment (DANCU_TOKEN), the service's address too (DANCU_URL). The
person is made up, as all of the demonstration's are.
"""

import os
import sys
from typing import TypeVar

from dancu_client import AuthenticatedClient
from dancu_client.api.citizens import lookup, prefill, verify, verify_batch
from dancu_client.models import (
    Citizen,
    ClaimsBody,
    Context,
    LookupAnswer,
    LookupRequest,
    PrefillAnswer,
    PrefillRequest,
    Problem,
    RefusedItem,
    SubjectBody,
    VerifyAnswer,
    VerifyBatchAnswer,
    VerifyBatchRequest,
    VerifyItem,
    VerifyRequest,
)
from dancu_client.models.field_path import FieldPath
from dancu_client.types import UNSET, Unset

# Under which procedure, by which officer and for which case: it is in the log with every answer.
CONTEXT = Context(
    procedure_code="1.004194", officer_id="079085001234", case_id="H29.12-261121-0007"
)
SUBJECT = SubjectBody(personal_id="087190147636")
CLAIMS = ClaimsBody(full_name="Trần Hương Trà", birth_date="1990-11-07")


Answer = TypeVar("Answer")


class Refused(Exception):
    """Anything but an answer. Branch on `problem.code`, never on its texts."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.action}")
        self.problem = problem


def answered(answer: Answer | Problem | None) -> Answer:
    """The answer, or the problem raised. `None` is a status the document does not describe."""
    if answer is None:
        raise RuntimeError("an answer that openapi.json does not describe")
    if isinstance(answer, Problem):
        raise Refused(answer)
    return answer


def verified(client: AuthenticatedClient, birth_date: str) -> VerifyAnswer:
    claims = ClaimsBody(full_name=CLAIMS.full_name, birth_date=birth_date)
    body = VerifyRequest(context=CONTEXT, subject=SUBJECT, claims=claims)
    return answered(verify.sync(client=client, body=body))


def read(client: AuthenticatedClient, fields: list[FieldPath]) -> tuple[Citizen, list[str]]:
    """The fields, and those that may not be read: these are left out, and the rest is asked again."""
    body = LookupRequest(context=CONTEXT, subject=SUBJECT, claims=CLAIMS, fields=fields)
    left_out: list[str] = []
    try:
        answer: LookupAnswer = answered(lookup.sync(client=client, body=body))
    except Refused as refused:
        if refused.problem.code != "field_not_permitted":
            raise
        for fault in refused.problem.errors or []:
            left_out.append(str(fault.field))
        body.fields = [field for field in fields if field not in left_out]
        answer = answered(lookup.sync(client=client, body=body))
    if isinstance(answer.citizen, Unset):
        raise LookupError("no such person, or a claim is wrong: it cannot be told which")
    return answer.citizen, left_out


def form(client: AuthenticatedClient) -> PrefillAnswer:
    body = PrefillRequest(context=CONTEXT, subject=SUBJECT, claims=CLAIMS)
    return answered(prefill.sync(client=client, body=body))


def several(client: AuthenticatedClient) -> VerifyBatchAnswer:
    items = [
        VerifyItem(ref="right", subject=SUBJECT, claims=CLAIMS),
        VerifyItem(ref="nobody", subject=SubjectBody(personal_id="001095999999"), claims=CLAIMS),
        VerifyItem(ref="mistyped", subject=SubjectBody(personal_id="0871901476"), claims=CLAIMS),
    ]
    body = VerifyBatchRequest(context=CONTEXT, items=items)
    return answered(verify_batch.sync(client=client, body=body))


def main() -> None:
    client = AuthenticatedClient(
        base_url=os.environ.get("DANCU_URL", "http://127.0.0.1:8080"),
        token=os.environ["DANCU_TOKEN"],
    )
    for birth_date in ("1990-11-07", "1900-01-01"):
        answer = verified(client, birth_date)
        how = "" if answer.name_match is UNSET else f", name {answer.name_match}"
        print(f"verify {birth_date}: {answer.result}{how}")

    citizen, left_out = read(client, ["full_name", "sex", "mobile_number"])
    print(f"lookup: {citizen.full_name}, {citizen.sex}; may not be read: {', '.join(left_out)}")

    filled = form(client)
    boxes = {} if isinstance(filled.values, Unset) else filled.values.additional_properties
    print(f"prefill {filled.form_code}: ngay_sinh = {boxes['ngay_sinh']}")
    for box in filled.missing or []:
        print(f"  {box.box} is empty: {box.reason}")

    for item in several(client).results:
        if isinstance(item, RefusedItem):
            faults = ", ".join(fault.code for fault in item.problem.errors or [])
            print(f"batch {item.ref}: {item.problem.code} ({faults})")
        else:
            print(f"batch {item.ref}: {item.result}")


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        # What a person at the counter is shown must never be "not found": nothing was said of anybody.
        sys.exit(str(refused))
