# One node of Linli. `make image` builds it without an image registry: the base comes from
# debootstrap, the wheels were downloaded on the host by requirements.lock, and the build itself
# has no network. Any other base needs Python 3.11 with venv: make image BASE=NAME
ARG BASE=linli-base

# What the lock names. It changes rarely, and then this part of the image is built again.
FROM ${BASE} AS packages
RUN python3 -m venv /tools && python3 -m venv --without-pip /opt/linli
COPY requirements.lock /build/
COPY build/wheels /build/wheels
RUN /tools/bin/pip --python /opt/linli/bin/python install --quiet --no-index \
        --find-links /build/wheels --require-hashes -r /build/requirements.lock

# Linli itself.
FROM packages AS own
COPY build/own /build/own
RUN /tools/bin/pip --python /opt/linli/bin/python install --quiet --no-index --no-deps \
        --target /own /build/own/*.whl

FROM ${BASE}
RUN useradd --uid 10001 --user-group --home-dir /var/lib/linli --no-create-home \
        --shell /usr/sbin/nologin linli \
    && install -d -o linli -g linli -m 0700 /var/lib/linli
COPY --from=packages /opt/linli /opt/linli
COPY --from=own /own /opt/linli/lib/python3.11/site-packages
ENV PATH=/opt/linli/lib/python3.11/site-packages/bin:/opt/linli/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    LINLI_HOME=/var/lib/linli \
    LINLI_WATCH=127.0.0.1:7445
USER 10001:10001
WORKDIR /var/lib/linli
ENTRYPOINT ["python", "-m", "cli.container"]
