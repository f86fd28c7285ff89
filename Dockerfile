# One node of Linli. `make image` builds it without an image registry: the base comes from
# debootstrap, the wheels were downloaded on the host by requirements.lock, and the build itself
# has no network. With a registry at hand: make image BASE=debian:bookworm-slim (it needs python3
# and python3-venv on top).
ARG BASE=linli-base

FROM ${BASE} AS installed
COPY requirements.lock /build/
COPY build/wheels /build/wheels
RUN python3 -m venv /opt/linli \
    && /opt/linli/bin/pip install --quiet --no-index --find-links /build/wheels \
        --require-hashes -r /build/requirements.lock \
    && /opt/linli/bin/pip install --quiet --no-index --no-deps /build/wheels/linli-*.whl \
    && /opt/linli/bin/pip uninstall --quiet --yes setuptools pip

FROM ${BASE}
RUN useradd --uid 10001 --user-group --home-dir /var/lib/linli --no-create-home \
        --shell /usr/sbin/nologin linli \
    && install -d -o linli -g linli -m 0700 /var/lib/linli
COPY --from=installed /opt/linli /opt/linli
ENV PATH=/opt/linli/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    LINLI_HOME=/var/lib/linli \
    LINLI_WATCH=127.0.0.1:7445
USER 10001:10001
WORKDIR /var/lib/linli
ENTRYPOINT ["python", "-m", "cli.container"]
