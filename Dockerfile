# Two stages: what is needed to install stays in the first. State lives in a volume at /var/lib/isekai, outside the
# code: /app/data is a package, and mounting a volume over it would stop the process.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

COPY requirements.txt ./
RUN python -m venv /venv \
 && /venv/bin/python -m pip install --require-hashes -r requirements.txt

# Run by the system's Python, so that the Node it may bring does not end up in /venv.
COPY package.json package-lock.json .npmrc requirements-node.txt ./
COPY tools/vendor.py tools/
RUN python tools/vendor.py \
 && rm -rf node_modules

COPY . .
RUN /venv/bin/python -m pip install --no-deps --no-index --no-build-isolation --editable . \
 && rm -rf build tools requirements-node.txt package.json package-lock.json .npmrc \
 && /venv/bin/python -m compileall -q bot core data web \
 && /venv/bin/python -c 'from web.pages.templates import compile_all; compile_all()' \
 && /venv/bin/python -m pip uninstall --yes --quiet setuptools pip

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/isekai --create-home --shell /usr/sbin/nologin isekai
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ISEKAI_HOME=/var/lib/isekai \
    ISEKAI_HOST=0.0.0.0 \
    ISEKAI_PORT=8080
WORKDIR /app
USER isekai
VOLUME /var/lib/isekai
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"ISEKAI_PORT\"]}/health', timeout=4)"]
# `exec` makes the server process 1, so that it gets the signal to stop.
CMD ["sh", "-c", "isekai migrate && exec isekai serve"]
