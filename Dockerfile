# The broker as an image: built with the locked packages, run by a user without rights, away from the source.
# docs/operations.md says how to use it.

FROM python:3.11-slim-bookworm AS build
WORKDIR /source
RUN python -m venv /opt/warnbroker
ENV PATH=/opt/warnbroker/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/all.lock requirements/
RUN pip install --require-hashes -r requirements/all.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY warnbroker warnbroker
COPY channels channels
COPY templates templates
COPY config config
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && pip install --no-deps /wheel/*.whl

FROM python:3.11-slim-bookworm
# What the locked packages cannot carry: PDF printing, and fonts for Chinese (as in scripts/setup).
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-noto-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/warnbroker --create-home warnbroker
COPY --from=build /opt/warnbroker /opt/warnbroker
ENV PATH=/opt/warnbroker/bin:$PATH \
    WARNBROKER_HOME=/var/lib/warnbroker \
    WARNBROKER_SERVER__HOST=0.0.0.0
USER 10001
WORKDIR /var/lib/warnbroker
VOLUME /var/lib/warnbroker
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('WARNBROKER_SERVER__PORT', '8080') + '/health/live', timeout=4)"]
ENTRYPOINT ["warnbroker"]
CMD ["serve"]
