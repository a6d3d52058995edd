"""The lookup with FastAPI and asyncpg."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from tokens import Claims, caller

AUDITED = os.environ.get("PEER_AUDIT") == "1"
# Connections of a worker unless PEER_POOL says otherwise: README.md says why so many.
CONNECTIONS = 16 if AUDITED else 8

FIND = """
  SELECT full_name, sex, permanent_residence_province_code AS province_code,
    permanent_residence_district_code AS district_code, permanent_residence_commune_code AS commune_code
  FROM register.citizen WHERE personal_id = $1"""
# One statement is one transaction, and is answered when it is committed.
FIND_AND_LOG = f"""
  WITH found AS ({FIND}), logged AS (
    INSERT INTO peers.audit (personal_id, client_id, token_id, fields, found)
    VALUES ($1, $2, $3, '{{full_name,sex,permanent_residence}}', EXISTS (SELECT FROM found))
  )
  SELECT * FROM found"""


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")
    personal_id: Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class Residence(BaseModel):
    province_code: str | None
    district_code: str | None
    commune_code: str | None


class Citizen(BaseModel):
    full_name: str
    sex: str | None
    permanent_residence: Residence


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing of a session is ever changed, so nothing need be reset between two requests."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ.get("PEER_POOL", CONNECTIONS))
    async with asyncpg.create_pool(min_size=size, max_size=size, reset=_keep) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


@app.post("/lookup")
async def lookup(question: Question, claims: Annotated[Claims, Depends(caller)]) -> Citizen:
    pool: asyncpg.Pool = app.state.pool
    if AUDITED:
        row = await pool.fetchrow(FIND_AND_LOG, question.personal_id, claims["client_id"], claims["jti"])
    else:
        row = await pool.fetchrow(FIND, question.personal_id)
    if row is None:
        raise HTTPException(404, "nobody has that number")
    full_name, sex, province, district, commune = row
    residence = Residence(province_code=province, district_code=district, commune_code=commune)
    return Citizen(full_name=full_name, sex=sex, permanent_residence=residence)
