"""Settings of the application, read from the environment."""

from functools import lru_cache
from typing import Annotated
from typing import Literal

from pydantic import AnyUrl
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import PositiveFloat
from pydantic import PositiveInt
from pydantic import UrlConstraints
from pydantic_settings import BaseSettings
from pydantic_settings import NoDecode
from pydantic_settings import SettingsConfigDict

AsyncPostgresUrl = Annotated[
    AnyUrl, UrlConstraints(allowed_schemes=["postgresql+asyncpg"], host_required=True)
]


def _split_commas(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


class Settings(BaseSettings):
    """Every setting, named like its environment variable in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    app_name: str = "shop"
    app_version: str = "1.0.0"
    environment: Literal["development", "test", "staging", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    request_timeout_seconds: PositiveFloat = 30
    cors_origins: Annotated[list[str], NoDecode, BeforeValidator(_split_commas)] = []

    database_url: AsyncPostgresUrl = Field(repr=False)
    database_pool_size: PositiveInt = 5
    database_max_overflow: int = Field(default=10, ge=0)
    database_pool_timeout: PositiveFloat = 5
    database_statement_timeout_ms: PositiveInt = 10_000


@lru_cache
def get_settings() -> Settings:
    """Return the settings, read once per process.

    Raises:
        pydantic.ValidationError: A setting is missing or not valid.
    """
    return Settings()
