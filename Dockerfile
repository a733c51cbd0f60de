FROM python:3.11.14-slim-bookworm AS build
RUN python -m venv /opt/venv
COPY requirements.lock /tmp/requirements.lock
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary=:all: \
    --require-hashes -r /tmp/requirements.lock

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin proving \
    && install --directory --owner=proving --group=proving /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/proving
COPY . .
# Nothing is written beside the code when it runs, so it is compiled here.
RUN python -m compileall -q app search migrations
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PROVING_HOST=0.0.0.0 \
    PROVING_PORT=8000 \
    PROVING_DATA_DIR=/data \
    PROVING_LOG_FORMAT=json
USER proving
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PROVING_PORT'] + '/healthz', timeout=2)"]
CMD ["python", "-m", "app.cli", "serve"]
