# Candor's image. Made by `make image`, or: docker build -t candor .
# Where wheels come from is the builder's affair: its settings for pip and its certificates come
# as the secrets `pipconf` and `ca` (both optional) and stay out of the image. See docs/image.md.

# Any base with Python 3.11 or newer, its venv module and glibc.
ARG PYTHON_IMAGE=python:3.12-slim
# What the service runs on: the same Python at the same path; no shell or pip is needed there.
ARG RUNTIME_IMAGE=${PYTHON_IMAGE}

FROM ${PYTHON_IMAGE} AS build
# What is installed: every extra but `learn`. `make image EXTRAS=learn` adds to it.
ARG LOCK=requirements.lock
WORKDIR /src
RUN python3 -m venv /opt/build && mkdir /data
COPY tools/image/locked.py requirements-dev.lock ./
COPY ${LOCK} runtime.lock
RUN --mount=type=secret,id=pipconf,target=/etc/pip.conf \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    python3 locked.py requirements-dev.lock hatchling packaging pathspec pluggy trove-classifiers \
        > build.lock \
    && /opt/build/bin/pip wheel -q --disable-pip-version-check --no-cache-dir --no-deps \
        --require-hashes --only-binary :all: -r runtime.lock -w /wheels \
    && /opt/build/bin/pip install -q --disable-pip-version-check --no-cache-dir --no-deps \
        --require-hashes --only-binary :all: -r build.lock
COPY pyproject.toml README.md LICENSE ./
COPY service service
RUN /opt/build/bin/pip wheel -q --no-index --no-deps --no-build-isolation -w /wheels . \
    && python3 -m venv --without-pip /opt/candor \
    && /opt/build/bin/pip --python /opt/candor/bin/python install -q --no-index --no-deps \
        --no-compile /wheels/*.whl
COPY tools/sbom.py tools/sbom.py
COPY tools/image/prune.py tools/image/trim.py tools/image/
COPY tools/image/healthcheck.py /opt/candor/
# The root is read-only when the service runs: byte-code is made now, and trusted as it is.
RUN /opt/candor/bin/python tools/sbom.py runtime.lock --output /opt/candor/sbom.json \
    && /opt/candor/bin/python tools/image/prune.py /opt/candor \
    && /opt/candor/bin/python tools/image/trim.py /opt/candor \
    && /opt/candor/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        /opt/candor/lib

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Candor" \
      org.opencontainers.image.description="Tells whether a multimodal model is deceiving its user" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# No RUN from here on: the base of the last stage may have no shell.
COPY --from=build /opt/candor /opt/candor
# For what is to outlive the container, such as a ledger in SQLite: mount a volume here.
COPY --from=build --chown=65532:65532 /data /var/lib/candor
ENV PATH=/opt/candor/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    CANDOR_SERVER__HOST=0.0.0.0
WORKDIR /var/lib/candor
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/opt/candor/bin/python", "-I", "-S", "/opt/candor/healthcheck.py"]
ENTRYPOINT ["candor"]
CMD ["serve"]
