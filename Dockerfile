# Modelwright in one container: pages, training worker and model server.
#
#   CPU   docker build --build-arg TORCH_INDEX=<address of PyTorch's CPU wheels> -t modelwright .
#   CUDA  docker build -t modelwright:cuda .          (the wheels of the default index bring CUDA along)
#
# PyTorch publishes the addresses of its wheels at https://pytorch.org/get-started/locally.
FROM python:3.12-slim AS build
ARG TORCH_INDEX=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /build
COPY requirements.txt .
# hadolint ignore=DL3013
RUN torch="$(grep '^torch==' requirements.txt)" \
    && pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$torch" \
    && pip install -r requirements.txt

FROM python:3.12-slim
# fonts-noto-cjk lets the server draw Chinese into images.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 modelwright \
    && mkdir -p /data /models \
    && chown modelwright /data /models
COPY --from=build /opt/venv /opt/venv
COPY --chown=modelwright . /app
WORKDIR /app
USER 10001
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8501 \
    MODELWRIGHT_HOME=/data \
    MODELWRIGHT_MODELS=/models \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
VOLUME ["/data"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/api/health\", timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "core", "start"]
